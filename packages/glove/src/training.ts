import type { EpochEnd, TokenizerFingerprint, TrainingProgress, Workplace } from '@wordmill/core';
import { type Cancellation, type JobTotals, onDevice, runJob } from '@wordmill/core/internal';
import { type Cooccurrence as CountMatrix, type Isa, type Keys, native } from '@wordmill/native';
import { type MatrixFingerprint, writeModel } from './model-file.js';
import { runWatched } from './native-progress.js';
import type { GloveProgress, GloveState, GloveTrainingProgress } from './options.js';
import { writeParameters, writeSquares } from './reference-files.js';
import { squaresOf, vectorsOf } from './results.js';
import { type CheckedRunOptions, engineOptions, type GloveSettings } from './settings.js';
import type { Counts } from './source.js';
import type { Weights } from './weights.js';

/** What a training did. */
export interface TrainingReport extends Workplace {
  /** words */
  readonly vocabulary: number;
  /** entries of the matrix that are not 0 */
  readonly nonzeros: number;
  /**
   * Of each epoch that was finished: half the weighted squared error of an entry before its step, mean of all entries, as glove
   * prints it.
   */
  readonly costs: readonly number[];
  /** the last of them; NaN when there is none */
  readonly cost: number;
  /** of the training alone, without reading and counting */
  readonly seconds: number;
  readonly nonzerosPerSecond: number;
  /** the instruction set that the engine used */
  readonly isa: Isa;
  readonly threads: number;
  /** false when it was aborted with `onAbort: 'return'` */
  readonly finished: boolean;
}

/** One training, from its first or a later block to its end. */
export interface Training {
  readonly settings: GloveSettings;
  readonly counts: Counts;
  /** the words of the model, and their frequencies in the text it was first trained on */
  readonly keys: Keys;
  readonly wordCounts: BigUint64Array;
  readonly tokenizer: TokenizerFingerprint | undefined;
  readonly weights: Weights;
  /**
   * Fills the weights, where they are not what they shall be yet. That waits until the counts have been freed, so that memory
   * holds one or the other; only a GPU takes the weights while the job is created.
   */
  readonly fill?: (() => Promise<void>) | undefined;
  readonly firstBlock: number;
  readonly before: JobTotals;
  readonly costsBefore: readonly number[];
  readonly run: CheckedRunOptions;
  readonly onProgress: ((progress: GloveProgress) => void) | undefined;
  readonly cancellation: Cancellation;
}

export const NOTHING_BEFORE: JobTotals = { tokens: 0, seconds: 0, lossSum: 0, examples: 0 };

/** Trains, and frees the counts as soon as the job has its own form of them. */
export async function runTraining(training: Training): Promise<TrainingReport> {
  const { settings, counts, keys, wordCounts, weights, run, onProgress, cancellation } = training;
  const { matrix } = counts.words;
  const { stored, nonzeros } = matrix.describe();
  const fingerprint = fingerprintOf(matrix);
  let filling: Promise<void> | undefined;
  const fill = (): Promise<void> | undefined => {
    filling ??= training.fill?.();
    return filling;
  };
  const { result: job, workplace } = await onDevice(run.device, async (device) => {
    if (device !== undefined) await fill();
    return runWatched(
      cancellation,
      onProgress && ((done) => onProgress({ phase: 'preparing', done, total: stored })),
      (signal) => matrix.gloveJob(weights, { ...engineOptions(settings, run.threads), device }, signal),
    );
  }).finally(() => counts.release());
  const costs = [...training.costsBefore];
  /** At the end of an epoch, which has one example for each nonzero entry, also when it was resumed in its middle. */
  const closeEpoch = ({ lossSum, examples }: Pick<JobTotals, 'lossSum' | 'examples'>): void => {
    if (examples !== (costs.length + 1) * nonzeros) return;
    costs.push(lossSum / nonzeros - costs.reduce((sum, cost) => sum + cost, 0));
  };
  const { before } = training;
  const { onEpoch } = run;
  try {
    const { threads } = job.poll();
    const reportOf = (totals: JobTotals, finished: boolean): TrainingReport => ({
      vocabulary: keys.size,
      nonzeros,
      costs: [...costs],
      cost: costs.at(-1) ?? Number.NaN,
      seconds: totals.seconds,
      nonzerosPerSecond: totals.seconds > 0 ? totals.tokens / totals.seconds : 0,
      isa: native().runtime().isa,
      threads,
      ...workplace,
      finished,
    });
    const words = { keys, counts: wordCounts, tokenizer: training.tokenizer };
    const { signal } = cancellation;
    const state: GloveState = {
      snapshot: (result = settings.result) => vectorsOf(weights, words, { ...settings, result }, signal),
      squaredGradients: () => squaresOf(weights, words, false, signal),
      saveParameters: (path) => writeParameters(path, weights, { signal }),
      saveSquaredGradients: (path) => writeSquares(path, weights, { signal }),
    };
    const { path, every = { epochs: 1 } } = run.checkpoint ?? {};
    const save = async (nextBlock: number, totals: JobTotals): Promise<void> => {
      closeEpoch(totals);
      const finished = nextBlock === job.poll().blocks;
      const training = { nextBlock, totals, matrix: fingerprint, checkpointEvery: every };
      const vectors = await state.snapshot();
      try {
        const model = {
          settings,
          keys,
          counts: wordCounts,
          weights,
          vectors,
          report: reportOf(totals, finished),
          training,
        };
        await writeModel(path!, model, { signal });
      } finally {
        vectors.dispose();
      }
    };
    await fill();
    await run.onStart?.(state);
    cancellation.throwIfAborted();
    const { totals, finished } = await runJob({
      job,
      epochs: settings.epochs,
      firstBlock: training.firstBlock,
      before,
      cancellation,
      onAbort: run.onAbort,
      onProgress: onProgress && ((progress) => onProgress(gloveProgress(progress))),
      // Also without a callback: the report has the cost of each epoch.
      onEpoch: ({ epoch, epochs }: EpochEnd) => {
        const { lossSum, examples } = job.poll();
        closeEpoch({ lossSum: before.lossSum + lossSum, examples: before.examples + examples });
        return onEpoch?.({ epoch, epochs, cost: costs.at(-1)!, ...state });
      },
      checkpoint: path === undefined ? undefined : { every, save },
    });
    return reportOf(totals, finished);
  } finally {
    job.dispose();
  }
}

function gloveProgress(progress: TrainingProgress): GloveTrainingProgress {
  const { done, total, epoch, epochs, loss: cost, tokensPerSecond: nonzerosPerSecond, eta } = progress;
  return { phase: 'training', done, total, epoch, epochs, cost, nonzerosPerSecond, eta };
}

/** What tells one matrix from another. */
export function fingerprintOf(matrix: CountMatrix): MatrixFingerprint {
  const { rows, nonzeros, symmetric } = matrix.describe();
  return { rows, nonzeros, symmetric };
}

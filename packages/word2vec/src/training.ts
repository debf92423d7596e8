import { KeyedVectors, type TokenizerFingerprint, type Workplace } from '@wordmill/core';
import {
  type Cancellation,
  copyRows,
  type JobTotals,
  onDevice,
  runJob,
  tokenizerMetadata,
} from '@wordmill/core/internal';
import { type Isa, native, type View, type WindowTables } from '@wordmill/native';
import { type TextFingerprint, writeModel } from './model-file.js';
import type { Word2VecProgress } from './options.js';
import { type CheckedRunOptions, type Word2VecSettings, windowOptions } from './settings.js';
import type { Weights } from './weights.js';

/** What a training did. */
export interface TrainingReport extends Workplace {
  /** tokens of the vocabulary that were worked on, before subsampling, over all epochs */
  readonly tokens: number;
  /** of the training alone, without reading the text */
  readonly seconds: number;
  readonly tokensPerSecond: number;
  /** mean loss of all training examples; NaN when there were none */
  readonly loss: number;
  /** words */
  readonly vocabulary: number;
  /** the instruction set that the engine used */
  readonly isa: Isa;
  readonly threads: number;
  /** false when it was aborted with `onAbort: 'return'` */
  readonly finished: boolean;
}

/** One training, from its first or a later block to its end. */
export interface Training {
  readonly settings: Word2VecSettings;
  readonly view: View;
  /** see TrainingState */
  readonly rowsAreIds: boolean;
  readonly weights: Weights;
  readonly tokenizer: TokenizerFingerprint | undefined;
  readonly locks: Float32Array | undefined;
  readonly firstBlock: number;
  readonly before: JobTotals;
  readonly run: CheckedRunOptions;
  readonly onProgress: ((progress: Word2VecProgress) => void) | undefined;
  readonly cancellation: Cancellation;
}

export const NOTHING_BEFORE: JobTotals = { tokens: 0, seconds: 0, lossSum: 0, examples: 0 };

export async function runTraining(training: Training): Promise<TrainingReport> {
  const { settings, view, weights, locks, run, cancellation } = training;
  const { input, output, tree } = weights;
  const tables: WindowTables = { input, ...(output && { output }), ...(tree && { tree }), ...(locks && { locks }) };
  const { result: job, workplace } = await onDevice(run.device, (device) =>
    view.windowJob(tables, { ...windowOptions(settings, run.threads), device }),
  );
  const { onEpoch } = run;
  try {
    const { threads } = job.poll();
    const reportOf = (totals: JobTotals, finished: boolean): TrainingReport => ({
      tokens: totals.tokens,
      seconds: totals.seconds,
      tokensPerSecond: totals.seconds > 0 ? totals.tokens / totals.seconds : 0,
      loss: totals.lossSum / totals.examples,
      vocabulary: view.describe().rows,
      isa: native().runtime().isa,
      threads,
      ...workplace,
      finished,
    });
    const { totals, finished } = await runJob({
      job,
      epochs: settings.epochs,
      firstBlock: training.firstBlock,
      before: training.before,
      cancellation,
      onAbort: run.onAbort,
      onProgress: training.onProgress,
      onEpoch: onEpoch && ((epoch) => onEpoch({ ...epoch, snapshot: () => snapshot(training) })),
      checkpoint: run.checkpoint && checkpointing(training, run.checkpoint, reportOf),
    });
    return reportOf(totals, finished);
  } finally {
    job.dispose();
  }
}

function checkpointing(
  { settings, view, rowsAreIds, weights, tokenizer, locks, cancellation }: Training,
  { path, every = { epochs: 1 } }: NonNullable<CheckedRunOptions['checkpoint']>,
  reportOf: (totals: JobTotals, finished: boolean) => TrainingReport,
) {
  const text = fingerprintOf(view);
  const save = async (nextBlock: number, totals: JobTotals): Promise<void> => {
    const keys = view.keys();
    try {
      const report = reportOf(totals, nextBlock === text.blocks * settings.epochs);
      const state = { nextBlock, totals, text, locks, rowsAreIds, checkpointEvery: every };
      const model = { settings, keys, counts: view.counts(), weights, report, tokenizer, training: state };
      await writeModel(path, model, { signal: cancellation.signal });
    } finally {
      keys.dispose();
    }
  };
  return { every, save };
}

export function fingerprintOf(view: View): TextFingerprint {
  const { tokens, sentences, blocks } = view.describe();
  return { tokens, sentences, blocks };
}

async function snapshot({ view, weights: { input }, tokenizer, cancellation }: Training): Promise<KeyedVectors> {
  const { rows, columns } = input.describe();
  const table = native().createTable('f32', rows, columns);
  try {
    await copyRows(input, table, rows, cancellation.signal);
  } catch (error) {
    table.dispose();
    throw error;
  }
  const metadata = tokenizerMetadata(tokenizer);
  return KeyedVectors.fromNative({ table, keys: view.keys(), counts: view.counts(), metadata });
}

import { type Isa, native, type Sequence, type View } from '@wordmill/native';
import type { Cancellation } from '../cancellation.js';
import { onDevice, type Workplace } from '../device.js';
import { KeyedVectors } from '../keyed-vectors/keyed-vectors.js';
import { type JobTotals, runJob } from '../schedule.js';
import { type TokenizerFingerprint, tokenizerMetadata } from '../tokenizers/fingerprint.js';
import { copyRows } from '../training/rows.js';
import type { NextTokenProgress } from './options.js';
import { type CheckedTrainOptions, engineOptions, type NextTokenSettings } from './settings.js';
import { tablesOf, type Weights } from './weights.js';

/** What a training did. A perplexity is exp of the mean of -log p over tokens of the vocabulary. */
export interface NextTokenReport extends Workplace {
  /** tokens that were predicted and learned from, over all epochs */
  readonly tokens: number;
  /** of the training alone, without reading the text and without validation */
  readonly seconds: number;
  readonly tokensPerSecond: number;
  /** mean loss of the last epoch that was begun; NaN when there was none */
  readonly loss: number;
  /**
   * exp of that: of the tokens of the last epoch, each before it was trained on; undefined with `sampled-softmax`, whose loss is
   * over samples
   */
  readonly trainingPerplexity: number | undefined;
  /** undefined where no text was held out or given */
  readonly validation: ValidationReport | undefined;
  /** tokens that can be predicted; of ids, those that occur often enough */
  readonly vocabulary: number;
  /** the instruction set that the engine used */
  readonly isa: Isa;
  readonly threads: number;
  /** false when it was aborted with `onAbort: 'return'` */
  readonly finished: boolean;
}

/** How well the validation text is predicted: by the model, and by what is counted on the same training text. */
export interface ValidationReport {
  readonly tokens: number;
  /** of the model after the last whole epoch; undefined where it was aborted before the first one ended */
  readonly perplexity: number | undefined;
  /** of the tokens' frequencies, with 1 added to each */
  readonly unigramPerplexity: number;
  /**
   * of pairs of neighbours with k added to each count; a token at the start of a line comes after its start. k is the best
   * of 1, 1/2, 1/4 and so on for one tenth of the training text after pairs counted in the other nine.
   */
  readonly bigramPerplexity: number;
  readonly bigramK: number;
}

/** One training. */
export interface Training {
  readonly settings: NextTokenSettings;
  /** of the training text */
  readonly view: View;
  readonly counts: BigUint64Array;
  /** row = token id, as the corpus has them */
  readonly rowsAreIds: boolean;
  readonly tokenizer: TokenizerFingerprint | undefined;
  readonly sequence: Sequence;
  readonly heldOut: Sequence | undefined;
  readonly weights: Weights;
  readonly run: Pick<CheckedTrainOptions, 'threads' | 'device' | 'onAbort' | 'onEpoch'>;
  readonly onProgress: ((progress: NextTokenProgress) => void) | undefined;
  readonly cancellation: Cancellation;
}

const NOTHING_BEFORE: JobTotals = { tokens: 0, seconds: 0, lossSum: 0, examples: 0 };

export async function runTraining(training: Training): Promise<NextTokenReport> {
  const { settings, counts, rowsAreIds, sequence, heldOut, weights, run, cancellation } = training;
  const tables = tablesOf(weights, settings, training);
  const options = engineOptions(settings, run.threads);
  const baselines = heldOut && (await baselinesOf(sequence, heldOut, cancellation));
  const { result: job, workplace } = await onDevice(run.device, (device) =>
    sequence.nextTokenJob(tables, { ...options, device }),
  );
  let last = { loss: Number.NaN, totals: NOTHING_BEFORE };
  let validated: number | undefined;
  const perplexityOfHeldOut = async (): Promise<number | undefined> => {
    if (heldOut === undefined) return undefined;
    const loss = await cancellation.run((signal) => heldOut.nextTokenLoss(tables, options, signal));
    return Math.exp(loss / heldOut.describe().tokens);
  };
  const perplexityOf = (loss: number): number | undefined =>
    settings.objective === 'sampled-softmax' ? undefined : Math.exp(loss);
  try {
    const { threads } = job.poll();
    const { totals, finished } = await runJob({
      job,
      epochs: settings.epochs,
      firstBlock: 0,
      before: NOTHING_BEFORE,
      cancellation,
      onAbort: run.onAbort,
      onProgress: training.onProgress,
      onEpoch: async (epoch) => {
        const { tokensDone: tokens, seconds, lossSum, examples } = job.poll();
        last = { loss: epoch.loss, totals: { tokens, seconds, lossSum, examples } };
        validated = await perplexityOfHeldOut();
        await run.onEpoch?.({
          ...epoch,
          trainingPerplexity: perplexityOf(epoch.loss),
          validationPerplexity: validated,
          snapshot: () => snapshot(training),
        });
      },
    });
    const begun = totals.examples - last.totals.examples;
    const loss = begun > 0 ? (totals.lossSum - last.totals.lossSum) / begun : last.loss;
    return {
      tokens: totals.tokens,
      seconds: totals.seconds,
      tokensPerSecond: totals.seconds > 0 ? totals.tokens / totals.seconds : 0,
      loss,
      trainingPerplexity: perplexityOf(loss),
      validation: baselines && { ...baselines, perplexity: validated },
      vocabulary: rowsAreIds ? counts.filter((count) => count > 0n).length : counts.length,
      isa: native().runtime().isa,
      threads,
      ...workplace,
      finished,
    };
  } finally {
    job.dispose();
  }
}

async function baselinesOf(sequence: Sequence, heldOut: Sequence, cancellation: Cancellation) {
  const { unigram, bigram, bigramK } = await cancellation.run((signal) => sequence.baselines(heldOut, signal));
  const { tokens } = heldOut.describe();
  return {
    tokens,
    unigramPerplexity: Math.exp(unigram / tokens),
    bigramPerplexity: Math.exp(bigram / tokens),
    bigramK,
  };
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

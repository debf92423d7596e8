import { type Corpus, WordmillError } from '@wordmill/core';
import {
  type CorpusView,
  corpusTokenizer,
  Handles,
  onDevice,
  overwriteKnownRows,
  runJob,
  type Scope,
} from '@wordmill/core/internal';
import { native, type Subwords, type View } from '@wordmill/native';
import type { StoredModel, TrainingReport } from './model.js';
import type { FastTextProgress } from './options.js';
import {
  type CheckedPlanOptions,
  type CheckedRunOptions,
  type CheckedTrainOptions,
  type FastTextSettings,
  subwordRules,
  windowOptions,
} from './settings.js';
import { createWeights, disposeWeights, type Weights } from './weights.js';

const NOTHING_BEFORE = { tokens: 0, seconds: 0, lossSum: 0, examples: 0 };

/** Trains a new model. */
export async function trainModel(
  corpus: Corpus,
  settings: FastTextSettings,
  options: CheckedTrainOptions,
  scope: Scope<FastTextProgress>,
): Promise<StoredModel> {
  const view = await trainingView(corpus, options);
  const { tokens } = view.info;
  try {
    const model = await trainView(view.native, tokens, settings, options, scope, async ({ keys, weights }, signal) => {
      const { initialVectors } = options;
      if (initialVectors !== undefined) await overwriteKnownRows(initialVectors, keys, weights.input, signal);
    });
    return { ...model, tokenizer: corpusTokenizer(corpus) };
  } finally {
    view.dispose();
  }
}

/** The corpus as a training sees it. */
export async function trainingView(corpus: Corpus, options: CheckedPlanOptions): Promise<CorpusView> {
  const { minCount, maxVocabulary, keep, drop, maxSentenceLength } = options;
  // Ready ids have no row for line ends.
  const { lineEndToken = !corpus.info.externalIds } = options;
  const view = await corpus.view({ minCount, maxVocabulary, keep, drop, lineEndToken, maxSentenceLength });
  if (view.size > 1) return view;
  view.dispose();
  throw new WordmillError(
    'ERR_WORDMILL_CORPUS',
    'only one word is left, and it has nothing to be compared with: lower minCount',
    { option: 'minCount' },
  );
}

/** Trains the words of a view, from random weights of which `start` may write over some. `tokens`: see {@link StoredModel}. */
export async function trainView(
  view: View,
  tokens: number,
  settings: FastTextSettings,
  options: CheckedRunOptions,
  scope: Scope<FastTextProgress>,
  start: (model: Pick<StoredModel, 'keys' | 'subwords' | 'weights'>, signal: AbortSignal) => Promise<void>,
): Promise<Omit<StoredModel, 'tokenizer'>> {
  const { signal } = scope.cancellation;
  const made = new Handles();
  let weights: Weights | undefined;
  try {
    const subwords = made.keep(await view.subwords(subwordRules(settings)));
    const keys = made.keep(view.keys());
    weights = await createWeights(settings, keys.size, subwords.describe().rows, signal);
    await start({ keys, subwords, weights }, signal);
    const report = await run(view, settings, weights, subwords, options, scope);
    const composed = await subwords.compose(weights.input, keys, options.threads);
    return {
      settings,
      keys,
      counts: view.counts(),
      tokens,
      weights,
      subwords,
      composed,
      isPruned: false,
      quantized: undefined,
      report,
    };
  } catch (error) {
    made.dispose();
    if (weights !== undefined) disposeWeights(weights);
    throw error;
  }
}

async function run(
  view: View,
  settings: FastTextSettings,
  { input, output, tree }: Weights,
  subwords: Subwords,
  options: CheckedRunOptions,
  { cancellation, onProgress }: Scope<FastTextProgress>,
): Promise<TrainingReport> {
  const tables = { input, subwords, ...(output && { output }), ...(tree && { tree }) };
  const { result: job, workplace } = await onDevice(options.device, (device) =>
    view.windowJob(tables, { ...windowOptions(settings, options.threads), device }),
  );
  try {
    const { threads } = job.poll();
    const { totals, finished } = await runJob({
      job,
      epochs: settings.epochs,
      firstBlock: 0,
      before: NOTHING_BEFORE,
      cancellation,
      onAbort: options.onAbort,
      onProgress,
      onEpoch: options.onEpoch,
      checkpoint: undefined,
    });
    return {
      tokens: totals.tokens,
      seconds: totals.seconds,
      tokensPerSecond: totals.seconds > 0 ? totals.tokens / totals.seconds : 0,
      loss: totals.lossSum / totals.examples,
      vocabulary: view.describe().rows,
      ngrams: subwords.describe().rows,
      isa: native().runtime().isa,
      threads,
      ...workplace,
      finished,
    };
  } finally {
    job.dispose();
  }
}

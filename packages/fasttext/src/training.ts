import { type Corpus, WordmillError } from '@wordmill/core';
import { type CorpusView, overwriteKnownRows, runJob, type Scope } from '@wordmill/core/internal';
import { native, type Subwords } from '@wordmill/native';
import type { StoredModel, TrainingReport } from './model.js';
import type { FastTextProgress } from './options.js';
import { type CheckedTrainOptions, type FastTextSettings, subwordRules, windowOptions } from './settings.js';
import { createWeights, disposeWeights, type Weights } from './weights.js';

/** The reference goes on to the next line after 1024 words. */
const MAX_SENTENCE_LENGTH = 1024;

const NOTHING_BEFORE = { tokens: 0, seconds: 0, lossSum: 0, examples: 0 };

/** Trains a new model. */
export async function trainModel(
  corpus: Corpus,
  settings: FastTextSettings,
  options: CheckedTrainOptions,
  scope: Scope<FastTextProgress>,
): Promise<StoredModel> {
  const { signal } = scope.cancellation;
  const view = await trainingView(corpus, options, settings.minCount);
  const made: { dispose(): void }[] = [];
  let weights: Weights | undefined;
  try {
    const subwords = await view.native.subwords(subwordRules(settings));
    made.push(subwords);
    const keys = view.native.keys();
    made.push(keys);
    const ngrams = subwords.describe().rows;
    weights = await createWeights(settings, view.size, ngrams, signal);
    const { initialVectors } = options;
    if (initialVectors !== undefined) await overwriteKnownRows(initialVectors, keys, weights.input, signal);
    const report = await run(view, settings, weights, subwords, options, scope);
    const composed = await subwords.compose(weights.input, keys, options.threads);
    return {
      settings,
      keys,
      counts: view.native.counts(),
      tokens: view.info.tokens,
      weights,
      subwords,
      composed,
      isPruned: false,
      quantized: undefined,
      report,
    };
  } catch (error) {
    for (const handle of made) handle.dispose();
    if (weights !== undefined) disposeWeights(weights);
    throw error;
  } finally {
    view.dispose();
  }
}

async function trainingView(corpus: Corpus, options: CheckedTrainOptions, minCount: number): Promise<CorpusView> {
  const { maxVocabulary, keep, drop, lineEndToken, maxSentenceLength = MAX_SENTENCE_LENGTH } = options;
  const view = await corpus.view({ minCount, maxVocabulary, keep, drop, lineEndToken, maxSentenceLength });
  if (view.size > 1) return view;
  view.dispose();
  throw new WordmillError(
    'ERR_WORDMILL_CORPUS',
    'only one word is left, and it has nothing to be compared with: lower minCount',
    { option: 'minCount' },
  );
}

async function run(
  view: CorpusView,
  settings: FastTextSettings,
  { input, output, tree }: Weights,
  subwords: Subwords,
  options: CheckedTrainOptions,
  { cancellation, onProgress }: Scope<FastTextProgress>,
): Promise<TrainingReport> {
  const tables = { input, subwords, ...(output && { output }), ...(tree && { tree }) };
  const job = view.native.windowJob(tables, windowOptions(settings, options.threads));
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
      vocabulary: view.size,
      ngrams: subwords.describe().rows,
      isa: native().runtime().isa,
      threads,
      finished,
    };
  } finally {
    job.dispose();
  }
}

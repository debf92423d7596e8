import { type Corpus, WordmillError } from '@wordmill/core';
import {
  Handles,
  onDevice,
  overwriteKnownRows,
  randomiseRows,
  requireMemory,
  runJob,
  type Scope,
  tableBytes,
} from '@wordmill/core/internal';
import { type Examples, native, type Table } from '@wordmill/native';
import { type ClassifierReport, hasTree, type StoredClassifier } from './classifier-model.js';
import { type CheckedClassifierOptions, type ClassifierSettings, featureRules } from './classifier-settings.js';
import type { FastTextProgress } from './options.js';

const NOTHING_BEFORE = { tokens: 0, seconds: 0, lossSum: 0, examples: 0 };

/**
 * Rows begin at random in +- that divided by their length. fastText begins in +- 1 / length, from which the mean of a line's rows is next to
 * nothing, and so is the first gradient of the labels; see the notes on speed for what it gives.
 */
const INITIAL_RANGE = 8;

/** Trains a new classifier. */
export async function trainClassifier(
  corpus: Corpus,
  settings: ClassifierSettings,
  options: CheckedClassifierOptions,
  scope: Scope<FastTextProgress>,
): Promise<StoredClassifier> {
  const { labelPrefix, minCount, minCountLabel, wordNgrams, vectorSize, seed } = settings;
  const rules = { labelPrefix, minCount, minCountLabel, wordNgrams, rules: featureRules(settings) };
  const { cancellation } = scope;
  const examples = await cancellation.run((signal) => native().createExamples(corpus.native, rules, signal));
  const made = new Handles();
  try {
    const about = examples.describe();
    if (about.labels < 2) {
      throw new WordmillError('ERR_WORDMILL_CORPUS', 'all lines have the same label: there is nothing to tell apart');
    }
    const outputs = hasTree(settings) ? about.labels - 1 : about.labels;
    requireMemory(
      tableBytes(about.rows, vectorSize) + tableBytes(outputs, vectorSize),
      `a classifier of ${about.rows} words and n-grams and ${about.labels} labels`,
      'raise minCount, or lower buckets or vectorSize',
    );
    const input = made.keep(native().createTable('f32', about.rows, vectorSize));
    await randomiseRows(input, 0, INITIAL_RANGE / vectorSize, BigInt(seed), cancellation.signal);
    const output = made.keep(native().createTable('f32', outputs, vectorSize));
    const words = made.keep(examples.words());
    const labels = made.keep(examples.labels());
    const subwords = made.keep(examples.subwords());
    const { initialVectors } = options;
    if (initialVectors !== undefined) await overwriteKnownRows(initialVectors, words, input, cancellation.signal);
    const report = await runTraining(examples, input, output, settings, options, scope);
    return {
      ...{ settings, words, labels, input, output, subwords, report },
      wordCounts: examples.wordCounts(),
      labelCounts: examples.labelCounts(),
      isPruned: false,
      quantized: undefined,
      tokens: about.tokens,
    };
  } catch (error) {
    made.dispose();
    throw error;
  } finally {
    examples.dispose();
  }
}

export async function runTraining(
  examples: Examples,
  input: Table,
  output: Table,
  { objective, negativeSamples, learningRate, epochs, seed }: ClassifierSettings,
  { threads, device, onAbort, onEpoch }: Pick<CheckedClassifierOptions, 'threads' | 'device' | 'onAbort' | 'onEpoch'>,
  { cancellation, onProgress }: Scope<FastTextProgress>,
): Promise<ClassifierReport> {
  const options = { objective, negativeSamples, learningRate, epochs, threads, seed: BigInt(seed) };
  const { result: job, workplace } = await onDevice(device, (device) =>
    examples.classifierJob(input, output, { ...options, device }),
  );
  try {
    const used = job.poll().threads;
    const { totals, finished } = await runJob({
      ...{ job, epochs, firstBlock: 0, before: NOTHING_BEFORE, cancellation, onAbort, onProgress, onEpoch },
    });
    const about = examples.describe();
    return {
      tokens: totals.tokens,
      seconds: totals.seconds,
      tokensPerSecond: totals.seconds > 0 ? totals.tokens / totals.seconds : 0,
      loss: totals.lossSum / totals.examples,
      examples: about.examples,
      skippedLines: about.skipped,
      vocabulary: about.words,
      labels: about.labels,
      ngrams: about.rows - about.words,
      isa: native().runtime().isa,
      threads: used,
      ...workplace,
      finished,
    };
  } finally {
    job.dispose();
  }
}

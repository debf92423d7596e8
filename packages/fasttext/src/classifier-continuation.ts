import { type Corpus, WordmillError } from '@wordmill/core';
import { copyKeys, Handles, type Scope } from '@wordmill/core/internal';
import { native } from '@wordmill/native';
import type { ClassifierReport, StoredClassifier } from './classifier-model.js';
import { type CheckedClassifierContinueOptions, type ClassifierSettings, featureRules } from './classifier-settings.js';
import { runTraining } from './classifier-training.js';
import { asTable, firstRows } from './copied-rows.js';
import type { FastTextProgress } from './options.js';

/** Trains the rows of a classifier, as they are, on lines seen through the words, labels and n-grams that it has. */
export async function trainFurther(
  { words, labels, labelCounts, subwords, input, output }: StoredClassifier,
  corpus: Corpus,
  settings: ClassifierSettings,
  options: Pick<CheckedClassifierContinueOptions, 'threads' | 'device' | 'onAbort' | 'onEpoch'>,
  scope: Scope<FastTextProgress>,
): Promise<ClassifierReport> {
  const { labelPrefix, minCount, minCountLabel, wordNgrams } = settings;
  const rules = { labelPrefix, minCount, minCountLabel, wordNgrams, rules: featureRules(settings) };
  const given = { ...rules, features: { words, labels, labelCounts, subwords } };
  const examples = await scope.cancellation.run((signal) => native().createExamples(corpus.native, given, signal));
  try {
    return await runTraining(examples, input, output, settings, options, scope);
  } finally {
    examples.dispose();
  }
}

/** Trains copies of a classifier's rows on more lines, so that it stays as it is should that fail. */
export async function trainOn(
  model: StoredClassifier,
  corpus: Corpus,
  settings: ClassifierSettings,
  options: CheckedClassifierContinueOptions,
  scope: Scope<FastTextProgress>,
): Promise<StoredClassifier> {
  if (model.quantized !== undefined) {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      'a quantised classifier cannot be trained on: train the one that it was made of, and quantise that',
    );
  }
  const { signal } = scope.cancellation;
  const { words, labels, subwords, isPruned } = model;
  const { minLength, maxLength, buckets, rows } = subwords.describe();
  const rules = { minLength, maxLength, buckets };
  const made = new Handles();
  const copied = (name: 'input' | 'output') =>
    asTable({ table: model[name], rows: firstRows(model[name].describe().rows) }, settings.vectorSize, signal);
  try {
    const further = {
      ...model,
      settings,
      words: made.keep(copyKeys(words)),
      labels: made.keep(copyKeys(labels)),
      // All buckets of a .bin have rows, and need no list.
      subwords: made.keep(
        native().createSubwords(rules, words.size, rows === buckets ? undefined : subwords.buckets(), isPruned),
      ),
      input: made.keep(await copied('input')),
      output: made.keep(await copied('output')),
    };
    return { ...further, report: await trainFurther(further, corpus, settings, options, scope) };
  } catch (error) {
    made.dispose();
    throw error;
  }
}

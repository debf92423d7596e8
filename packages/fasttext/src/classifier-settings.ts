import { type EpochEnd, KeyedVectors } from '@wordmill/core';
import {
  callback,
  checkOptions,
  contradiction,
  device,
  finite,
  integer,
  MAX_NGRAM_LENGTH,
  oneOf,
  readingEntries,
  signal,
  threads,
} from '@wordmill/core/internal';
import type { SubwordRules } from '@wordmill/native';
import * as v from 'valibot';
import type { ClassifierObjective } from './classifier-options.js';
import type { FastTextProgress } from './options.js';
import { ngramLengthsOf, vectorSizeOf } from './sizes.js';

/** {@link ClassifierModelOptions} with their defaults: what a model's file keeps. */
export interface ClassifierSettings {
  readonly labelPrefix: string;
  readonly vectorSize: number;
  readonly objective: ClassifierObjective;
  readonly negativeSamples: number;
  readonly wordNgrams: number;
  readonly minNgramLength: number;
  readonly maxNgramLength: number;
  readonly buckets: number;
  readonly learningRate: number;
  readonly epochs: number;
  readonly minCount: number;
  readonly minCountLabel: number;
  readonly seed: number;
}

export const DEFAULT_LABEL_PREFIX = '__label__';

const labelPrefix = v.pipe(v.string(), v.regex(/^[^\s\0]+$/, 'must be text without white space, such as __label__'));

const modelEntries = {
  labelPrefix: v.optional(labelPrefix),
  vectorSize: v.optional(integer(1, 65536)),
  objective: v.optional(oneOf('softmax', 'hierarchical-softmax', 'negative-sampling', 'one-vs-all')),
  negativeSamples: v.optional(integer(1, 1000)),
  wordNgrams: v.optional(integer(1, 1000)),
  minNgramLength: v.optional(integer(0, MAX_NGRAM_LENGTH)),
  maxNgramLength: v.optional(integer(0, MAX_NGRAM_LENGTH)),
  buckets: v.optional(integer(0, 2 ** 31 - 1)),
  learningRate: v.optional(finite(Number.MIN_VALUE)),
  epochs: v.optional(integer(1, 1_000_000)),
  minCount: v.optional(integer(0)),
  minCountLabel: v.optional(integer(0)),
  seed: v.optional(integer(0)),
};

/** {@link ClassifierSettings} as a file has them. */
export const classifierSettingsSchema = v.required(v.object(modelEntries));

const runEntries = {
  threads,
  device,
  signal,
  onAbort: v.optional(oneOf('throw', 'return'), 'throw'),
  onProgress: v.optional(callback<(progress: FastTextProgress) => void>()),
  onEpoch: v.optional(callback<(epoch: EpochEnd) => void | Promise<void>>()),
};

const trainSchema = v.strictObject({
  ...modelEntries,
  ...readingEntries,
  ...runEntries,
  initialVectors: v.optional(v.custom<KeyedVectors>((value) => value instanceof KeyedVectors, 'must be KeyedVectors')),
});

const { learningRate, epochs, seed, negativeSamples } = modelEntries;
const continueSchema = v.strictObject({
  ...{ learningRate, epochs, seed, negativeSamples },
  ...readingEntries,
  ...runEntries,
});

export type CheckedClassifierOptions = v.InferOutput<typeof trainSchema>;
export type CheckedClassifierContinueOptions = v.InferOutput<typeof continueSchema>;

export const checkClassifierContinueOptions = (options: unknown): CheckedClassifierContinueOptions =>
  checkOptions(continueSchema, options);

export const checkClassifierOptions = (options: unknown): CheckedClassifierOptions =>
  checkOptions(trainSchema, options);

const count = v.pipe(
  v.number(),
  v.check((k) => k >= 1 && (Number.isSafeInteger(k) || k === Number.POSITIVE_INFINITY), 'must be at least 1'),
);

const predictEntries = {
  k: v.optional(count, 1),
  threshold: v.optional(finite(0, 1), 0),
  sigmoid: v.optional(oneOf('exact', 'table')),
};
export const predictSchema = v.strictObject(predictEntries);
export const batchSchema = v.strictObject({ ...predictEntries, threads, signal });
export const testSchema = v.strictObject({ ...predictEntries, ...readingEntries, threads, signal });
export type CheckedPredictOptions = v.InferOutput<typeof predictSchema>;

/** The settings of a new model: defaults filled in, contradictions refused. */
export function newClassifierSettings(options: CheckedClassifierOptions): ClassifierSettings {
  const { objective = 'softmax', maxNgramLength = 0, wordNgrams = 1, buckets = 2_000_000 } = options;
  refuseUselessSamples(options, objective);
  const hasNgrams = maxNgramLength > 0 || wordNgrams > 1;
  if (hasNgrams && buckets === 0) {
    throw contradiction('buckets', 'must be at least 1, or wordNgrams 1 and maxNgramLength 0 for no n-grams');
  }
  return {
    labelPrefix: options.labelPrefix ?? DEFAULT_LABEL_PREFIX,
    vectorSize: vectorSizeOf(options),
    objective,
    negativeSamples: options.negativeSamples ?? 5,
    wordNgrams,
    ...ngramLengthsOf(options.minNgramLength, maxNgramLength),
    buckets: hasNgrams ? buckets : 0,
    learningRate: options.learningRate ?? 0.1,
    epochs: options.epochs ?? 5,
    minCount: options.minCount ?? 1,
    minCountLabel: options.minCountLabel ?? 0,
    seed: options.seed ?? 1,
  };
}

/** The settings of a classifier that is trained on: those it has, and what is given. */
export function continuedClassifierSettings(
  model: ClassifierSettings,
  options: Pick<CheckedClassifierContinueOptions, 'learningRate' | 'epochs' | 'seed' | 'negativeSamples'>,
): ClassifierSettings {
  refuseUselessSamples(options, model.objective);
  return {
    ...model,
    learningRate: options.learningRate ?? model.learningRate,
    epochs: options.epochs ?? model.epochs,
    seed: options.seed ?? model.seed,
    negativeSamples: options.negativeSamples ?? model.negativeSamples,
  };
}

function refuseUselessSamples(
  options: Pick<CheckedClassifierContinueOptions, 'negativeSamples'>,
  objective: ClassifierObjective,
): void {
  if (options.negativeSamples === undefined || objective === 'negative-sampling') return;
  throw contradiction('negativeSamples', `has no meaning with objective '${objective}', which draws no samples`);
}

export function featureRules({ minNgramLength, maxNgramLength, buckets }: ClassifierSettings): SubwordRules {
  return { minLength: minNgramLength, maxLength: maxNgramLength, buckets };
}

import type { EpochEnd } from '@wordmill/core';
import { KeyedVectors } from '@wordmill/core';
import {
  callback,
  checkOptions,
  contradiction,
  device,
  finite,
  flag,
  integer,
  MAX_NGRAM_LENGTH,
  oneOf,
  readingEntries,
  signal,
  threads,
  tokenizerEntries,
  viewEntries,
} from '@wordmill/core/internal';
import type { SubwordRules, WindowOptions } from '@wordmill/native';
import * as v from 'valibot';
import type { Architecture, FastTextProgress, Objective } from './options.js';
import { ngramLengthsOf, vectorSizeOf } from './sizes.js';

/** {@link ModelOptions} with their defaults, and how the text was read: what a model's file keeps. */
export interface FastTextSettings {
  readonly architecture: Architecture;
  readonly vectorSize: number;
  readonly windowSize: number;
  readonly objective: Objective;
  readonly negativeSamples: number;
  readonly negativeExponent: number;
  readonly minNgramLength: number;
  readonly maxNgramLength: number;
  readonly buckets: number;
  readonly sample: number;
  readonly learningRate: number;
  readonly epochs: number;
  readonly seed: number;
  readonly minCount: number;
}

const modelEntries = {
  architecture: v.optional(oneOf('skip-gram', 'cbow')),
  vectorSize: v.optional(integer(1, 65536)),
  windowSize: v.optional(integer(1, 1000)),
  objective: v.optional(oneOf('negative-sampling', 'hierarchical-softmax', 'softmax')),
  negativeSamples: v.optional(integer(1, 1000)),
  negativeExponent: v.optional(finite(-10, 10)),
  minNgramLength: v.optional(integer(0, MAX_NGRAM_LENGTH)),
  maxNgramLength: v.optional(integer(0, MAX_NGRAM_LENGTH)),
  buckets: v.optional(integer(0, 2 ** 31 - 1)),
  sample: v.optional(finite(0, 1)),
  learningRate: v.optional(finite(Number.MIN_VALUE)),
  epochs: v.optional(integer(1, 1_000_000)),
  seed: v.optional(integer(0)),
};

const { minCount, maxVocabulary, keep, drop, maxSentenceLength } = viewEntries;

/** {@link FastTextSettings} as a file has them. */
export const settingsSchema = v.required(v.object({ ...modelEntries, minCount }));

/** Where the reference goes on to the next line. */
const MAX_SENTENCE_LENGTH = 1024;

const watchEntries = {
  threads,
  device,
  signal,
  onProgress: v.optional(callback<(progress: FastTextProgress) => void>()),
};

const runEntries = {
  ...watchEntries,
  onAbort: v.optional(oneOf('throw', 'return'), 'throw'),
  onEpoch: v.optional(callback<(epoch: EpochEnd) => void | Promise<void>>()),
};

const viewingEntries = {
  minCount,
  maxVocabulary,
  keep,
  drop,
  maxSentenceLength: v.optional(v.unwrap(maxSentenceLength), MAX_SENTENCE_LENGTH),
  lineEndToken: v.optional(flag),
  ...tokenizerEntries,
};

const planSchema = v.strictObject({ ...modelEntries, ...readingEntries, ...viewingEntries, ...watchEntries });

const trainSchema = v.strictObject({
  ...modelEntries,
  ...readingEntries,
  ...viewingEntries,
  ...runEntries,
  initialVectors: v.optional(v.custom<KeyedVectors>((value) => value instanceof KeyedVectors, 'must be KeyedVectors')),
});

const continueSchema = v.strictObject({
  windowSize: modelEntries.windowSize,
  negativeSamples: modelEntries.negativeSamples,
  negativeExponent: modelEntries.negativeExponent,
  sample: modelEntries.sample,
  learningRate: modelEntries.learningRate,
  epochs: modelEntries.epochs,
  seed: modelEntries.seed,
  ...readingEntries,
  ...tokenizerEntries,
  ...runEntries,
  maxSentenceLength: viewingEntries.maxSentenceLength,
  updateVocabulary: v.optional(flag, false),
  minCount,
});

export type CheckedTrainOptions = v.InferOutput<typeof trainSchema>;
export type CheckedPlanOptions = v.InferOutput<typeof planSchema>;
export type CheckedContinueOptions = v.InferOutput<typeof continueSchema>;
export type CheckedRunOptions = Pick<CheckedTrainOptions, keyof typeof runEntries>;

export const checkTrainOptions = (options: unknown): CheckedTrainOptions => checkOptions(trainSchema, options);
export const checkPlanOptions = (options: unknown): CheckedPlanOptions => checkOptions(planSchema, options);
export const checkContinueOptions = (options: unknown): CheckedContinueOptions => checkOptions(continueSchema, options);

/** The settings of a new model: defaults filled in, contradictions refused. */
export function newSettings(
  options: CheckedPlanOptions & Pick<CheckedTrainOptions, 'initialVectors'>,
): FastTextSettings {
  const { objective = 'negative-sampling', maxNgramLength = 6 } = options;
  refuseUselessSamples(options, objective);
  const { buckets = 2_000_000 } = options;
  if (maxNgramLength > 0 && buckets === 0) {
    throw contradiction('buckets', 'must be at least 1, or maxNgramLength 0 for no n-grams');
  }
  return {
    architecture: options.architecture ?? 'skip-gram',
    vectorSize: vectorSizeOf(options),
    windowSize: options.windowSize ?? 5,
    objective,
    negativeSamples: options.negativeSamples ?? 5,
    negativeExponent: options.negativeExponent ?? 0.5,
    ...ngramLengthsOf(options.minNgramLength, maxNgramLength),
    buckets: maxNgramLength === 0 ? 0 : buckets,
    sample: options.sample ?? 1e-4,
    learningRate: options.learningRate ?? 0.05,
    epochs: options.epochs ?? 5,
    seed: options.seed ?? 1,
    minCount: options.minCount ?? 5,
  };
}

function refuseUselessSamples(
  options: Pick<CheckedContinueOptions, 'negativeSamples' | 'negativeExponent'>,
  objective: Objective,
): void {
  if (objective === 'negative-sampling') return;
  for (const name of ['negativeSamples', 'negativeExponent'] as const) {
    if (options[name] === undefined) continue;
    throw contradiction(name, `has no meaning with objective '${objective}', which draws no samples`);
  }
}

/** The settings of a model that is trained on: those it has, and what is given. */
export function continuedSettings(model: FastTextSettings, options: CheckedContinueOptions): FastTextSettings {
  if (options.minCount !== undefined && !options.updateVocabulary) {
    throw contradiction('minCount', 'has no meaning without updateVocabulary: the vocabulary stays as it is');
  }
  if (options.updateVocabulary && model.objective === 'hierarchical-softmax') {
    throw contradiction(
      'updateVocabulary',
      'cannot go with hierarchical softmax: new words would change the tree that the weights belong to; train a new model, or ' +
        'leave the option out to train the words there are',
    );
  }
  refuseUselessSamples(options, model.objective);
  const { windowSize, negativeSamples, negativeExponent, sample, learningRate, epochs, seed, minCount } = options;
  return {
    ...model,
    windowSize: windowSize ?? model.windowSize,
    negativeSamples: negativeSamples ?? model.negativeSamples,
    negativeExponent: negativeExponent ?? model.negativeExponent,
    sample: sample ?? model.sample,
    learningRate: learningRate ?? model.learningRate,
    epochs: epochs ?? model.epochs,
    seed: seed ?? model.seed,
    minCount: minCount ?? model.minCount,
  };
}

export function subwordRules({ minNgramLength, maxNgramLength, buckets }: FastTextSettings): SubwordRules {
  return { minLength: minNgramLength, maxLength: maxNgramLength, buckets };
}

/** What the engine takes. */
export function windowOptions(settings: FastTextSettings, threads: number): WindowOptions {
  const { architecture, objective, windowSize, negativeSamples, negativeExponent } = settings;
  const { sample, learningRate, epochs, seed } = settings;
  return {
    ...{
      architecture,
      objective,
      windowSize,
      negativeSamples,
      negativeExponent,
      sample,
      learningRate,
      epochs,
      threads,
    },
    mean: true,
    dynamicWindow: true,
    learningRateEnd: 0,
    seed: BigInt(seed),
  };
}

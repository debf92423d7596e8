import { KeyedVectors } from '@wordmill/core';
import {
  callback,
  checkOptions,
  checkpoint,
  checkRun,
  contradiction,
  device,
  finite,
  flag,
  integer,
  oneOf,
  readingEntries,
  signal,
  threads,
  tokenizerEntries,
  viewEntries,
} from '@wordmill/core/internal';
import type { WindowOptions } from '@wordmill/native';
import * as v from 'valibot';
import type { Architecture, InitialVectors, Objective, Word2VecEpoch, Word2VecProgress } from './options.js';

/** {@link ModelOptions} with their defaults, and how the text was read: what a model's file keeps. */
export interface Word2VecSettings {
  readonly architecture: Architecture;
  readonly vectorSize: number;
  readonly windowSize: number;
  readonly dynamicWindow: boolean;
  readonly cbowMean: boolean;
  readonly objective: Objective;
  readonly negativeSamples: number;
  readonly negativeExponent: number;
  readonly sample: number;
  readonly learningRate: number;
  readonly learningRateEnd: number;
  readonly epochs: number;
  readonly seed: number;
  readonly minCount: number;
  readonly sentence: 'line' | 'fixed';
  readonly maxSentenceLength: number;
  readonly lineEndToken: boolean;
  readonly lowercase: boolean;
  readonly invalidUtf8: 'strict' | 'replace' | 'escape';
  readonly maxTokenBytes: number;
}

/** {@link RunOptions} as entries of a schema. */
export const runEntries = {
  threads,
  device,
  signal,
  onAbort: v.optional(oneOf('throw', 'return'), 'throw'),
  onProgress: v.optional(callback<(progress: Word2VecProgress) => void>()),
  onEpoch: v.optional(callback<(epoch: Word2VecEpoch) => void | Promise<void>>()),
  checkpoint,
};

const scheduleEntries = {
  windowSize: v.optional(integer(1, 1000)),
  dynamicWindow: v.optional(flag),
  negativeSamples: v.optional(integer(1, 1000)),
  negativeExponent: v.optional(finite(-10, 10)),
  sample: v.optional(finite(0, 1)),
  learningRate: v.optional(finite(Number.MIN_VALUE)),
  learningRateEnd: v.optional(finite(0)),
  epochs: v.optional(integer(1, 1_000_000)),
  seed: v.optional(integer(0)),
};

const modelEntries = {
  architecture: v.optional(oneOf('skip-gram', 'cbow')),
  vectorSize: v.optional(integer(1, 65536)),
  cbowMean: v.optional(flag),
  objective: v.optional(oneOf('negative-sampling', 'hierarchical-softmax', 'both', 'softmax')),
  ...scheduleEntries,
};

const { memoryLimit, ...textEntries } = readingEntries;
const { minCount, sentence, maxSentenceLength, lineEndToken } = viewEntries;

/** {@link Word2VecSettings} as a file has them. */
export const settingsSchema = v.required(
  v.object({ ...modelEntries, ...textEntries, minCount, sentence, maxSentenceLength, lineEndToken }),
);

const initialVectors = v.optional(
  v.strictObject({
    vectors: v.custom<KeyedVectors>((value) => value instanceof KeyedVectors, 'must be KeyedVectors'),
    locks: v.optional(
      v.custom<NonNullable<InitialVectors['locks']>>(
        (value) => ['number', 'object', 'function'].includes(typeof value) && value !== null,
        'must be a number, a record or map from words to numbers, or a function',
      ),
    ),
  }),
);

const trainSchema = v.strictObject({
  ...modelEntries,
  ...runEntries,
  ...readingEntries,
  ...tokenizerEntries,
  ...viewEntries,
  initialVectors,
});
const planSchema = v.strictObject({
  ...modelEntries,
  threads,
  device,
  signal,
  onProgress: runEntries.onProgress,
  ...readingEntries,
  ...tokenizerEntries,
  ...viewEntries,
});
const continueSchema = v.strictObject({
  ...scheduleEntries,
  ...runEntries,
  ...readingEntries,
  ...tokenizerEntries,
  updateVocabulary: v.optional(flag, false),
  minCount,
});
const resumeSchema = v.strictObject({ ...runEntries, memoryLimit, ...tokenizerEntries });

export type CheckedTrainOptions = v.InferOutput<typeof trainSchema>;
export type CheckedPlanOptions = v.InferOutput<typeof planSchema>;
export type CheckedContinueOptions = v.InferOutput<typeof continueSchema>;
export type CheckedResumeOptions = v.InferOutput<typeof resumeSchema>;
export type CheckedRunOptions = Pick<CheckedResumeOptions, keyof typeof runEntries>;

export const checkTrainOptions = (options: unknown): CheckedTrainOptions =>
  checkRun(checkOptions(trainSchema, options));
export const checkPlanOptions = (options: unknown): CheckedPlanOptions => checkOptions(planSchema, options);
export const checkContinueOptions = (options: unknown): CheckedContinueOptions =>
  checkRun(checkOptions(continueSchema, options));
export const checkResumeOptions = (options: unknown): CheckedResumeOptions =>
  checkRun(checkOptions(resumeSchema, options));

/** The settings of a new model: defaults filled in, contradictions refused. */
export function newSettings(options: CheckedPlanOptions, dimension?: number): Word2VecSettings {
  const { architecture = 'cbow', objective = 'negative-sampling' } = options;
  const samples = objective === 'negative-sampling' || objective === 'both';
  for (const name of ['negativeSamples', 'negativeExponent'] as const) {
    if (options[name] !== undefined && !samples) {
      throw contradiction(name, `has no meaning with objective '${objective}', which draws no samples`);
    }
  }
  if (options.cbowMean !== undefined && architecture === 'skip-gram') {
    throw contradiction('cbowMean', "has no meaning with architecture 'skip-gram'");
  }
  const { vectorSize = dimension ?? 100 } = options;
  if (dimension !== undefined && dimension !== vectorSize) {
    throw contradiction('vectorSize', `is ${vectorSize}, but initialVectors have ${dimension} numbers each`);
  }
  const learningRate = options.learningRate ?? (architecture === 'skip-gram' ? 0.025 : 0.05);
  return {
    architecture,
    vectorSize,
    windowSize: options.windowSize ?? 5,
    dynamicWindow: options.dynamicWindow ?? true,
    cbowMean: options.cbowMean ?? true,
    objective,
    negativeSamples: options.negativeSamples ?? 5,
    negativeExponent: options.negativeExponent ?? 0.75,
    sample: options.sample ?? 1e-3,
    learningRate,
    learningRateEnd: endOf(learningRate, options.learningRateEnd),
    epochs: options.epochs ?? 5,
    seed: options.seed ?? 1,
    minCount: options.minCount ?? 5,
    sentence: options.sentence ?? 'line',
    maxSentenceLength: options.maxSentenceLength ?? 1000,
    lineEndToken: options.lineEndToken ?? false,
    lowercase: options.lowercase ?? false,
    invalidUtf8: options.invalidUtf8 ?? 'strict',
    maxTokenBytes: options.maxTokenBytes ?? 1024,
  };
}

/** The settings of a model that is trained on: those it has, and what is given. */
export function continuedSettings(model: Word2VecSettings, options: CheckedContinueOptions): Word2VecSettings {
  if (options.minCount !== undefined && !options.updateVocabulary) {
    throw contradiction('minCount', 'has no meaning without updateVocabulary: the vocabulary stays as it is');
  }
  const samples = model.objective === 'negative-sampling' || model.objective === 'both';
  const { learningRate = model.learningRate } = options;
  const sameRate = options.learningRate === undefined;
  return newSettings({
    architecture: model.architecture,
    vectorSize: model.vectorSize,
    cbowMean: model.architecture === 'cbow' ? model.cbowMean : undefined,
    objective: model.objective,
    windowSize: options.windowSize ?? model.windowSize,
    dynamicWindow: options.dynamicWindow ?? model.dynamicWindow,
    // Left undefined where the objective does not sample, so that giving them is refused.
    negativeSamples: options.negativeSamples ?? (samples ? model.negativeSamples : undefined),
    negativeExponent: options.negativeExponent ?? (samples ? model.negativeExponent : undefined),
    sample: options.sample ?? model.sample,
    learningRate,
    learningRateEnd: options.learningRateEnd ?? (sameRate ? model.learningRateEnd : undefined),
    epochs: options.epochs ?? model.epochs,
    seed: options.seed ?? model.seed,
    minCount: options.minCount ?? model.minCount,
    sentence: model.sentence,
    maxSentenceLength: model.maxSentenceLength,
    lineEndToken: model.lineEndToken,
    lowercase: options.lowercase ?? model.lowercase,
    invalidUtf8: options.invalidUtf8 ?? model.invalidUtf8,
    maxTokenBytes: options.maxTokenBytes ?? model.maxTokenBytes,
    threads: options.threads,
    device: options.device,
  });
}

/** word2vec.c never goes below a ten-thousandth of the first learning rate. */
function endOf(learningRate: number, end: number | undefined): number {
  if (end === undefined) return learningRate * 1e-4;
  if (end > learningRate) {
    throw contradiction('learningRateEnd', `must be from 0 to learningRate (${learningRate}), not ${end}`);
  }
  return end;
}

/** What the engine takes. */
export function windowOptions(settings: Word2VecSettings, threads: number): WindowOptions {
  return {
    architecture: settings.architecture,
    objective: settings.objective,
    mean: settings.cbowMean,
    dynamicWindow: settings.dynamicWindow,
    windowSize: settings.windowSize,
    negativeSamples: settings.negativeSamples,
    negativeExponent: settings.negativeExponent,
    sample: settings.sample,
    learningRate: settings.learningRate,
    learningRateEnd: settings.learningRateEnd,
    epochs: settings.epochs,
    seed: BigInt(settings.seed),
    threads,
  };
}

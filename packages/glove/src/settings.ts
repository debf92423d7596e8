import { KeyedVectors, type Progress } from '@wordmill/core';
import {
  callback,
  checkOptions,
  checkpoint,
  checkRun,
  contradiction,
  device,
  filePath,
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
import type { GloveOptions as EngineOptions, StorageOptions as EngineStorage } from '@wordmill/native';
import * as v from 'valibot';
import type { CountOptions, GloveEpoch, GloveProgress, GloveState, ResultKind } from './options.js';

/** How counts were made, for more of the same kind. */
export interface CountSettings {
  readonly windowSize: number;
  readonly symmetric: boolean;
  readonly distanceWeighting: boolean;
  readonly lowercase: boolean;
  readonly invalidUtf8: 'strict' | 'replace' | 'escape';
  readonly maxTokenBytes: number;
}

/** {@link ModelOptions} with their defaults: what a model's file keeps. */
export interface GloveSettings {
  readonly vectorSize: number;
  readonly xMax: number;
  readonly alpha: number;
  readonly learningRate: number;
  readonly gradientClip: number;
  readonly epochs: number;
  readonly seed: number;
  readonly result: ResultKind;
  readonly unknownVector: boolean;
  /** how the text was read and counted; undefined where the counts came from elsewhere */
  readonly counting?: CountSettings | undefined;
}

/** cooccur's help says 4.0 GB. */
const DEFAULT_MEMORY_LIMIT = 4 * 2 ** 30;

const positive = finite(Number.MIN_VALUE);

const windowEntries = {
  windowSize: v.optional(integer(1, 65535)),
  symmetric: v.optional(flag),
  distanceWeighting: v.optional(flag),
};
const { memoryLimit, ...textReadingEntries } = readingEntries;
const { minCount, maxVocabulary, keep, drop, vocabulary } = viewEntries;
const textEntries = { ...textReadingEntries, ...tokenizerEntries, minCount, maxVocabulary, keep, drop, vocabulary };
const storageEntries = {
  memoryLimit,
  temporaryFolder: v.optional(
    v.custom<string>((value) => typeof value === 'string' && value !== '', 'must be the path of a folder'),
  ),
};
const countingEntries = { ...windowEntries, ...textEntries };

const trainingEntries = {
  xMax: v.optional(positive),
  alpha: v.optional(finite(0)),
  learningRate: v.optional(positive),
  gradientClip: v.optional(positive),
  epochs: v.optional(integer(1, 1_000_000)),
  seed: v.optional(integer(0)),
};
const modelEntries = {
  vectorSize: v.optional(integer(1, 65536)),
  ...trainingEntries,
  result: v.optional(oneOf('word+context', 'word', 'context', 'concatenated', 'parameters')),
  unknownVector: v.optional(flag),
};

const watchEntries = { threads, device, signal, onProgress: v.optional(callback<(progress: GloveProgress) => void>()) };
const runEntries = {
  ...watchEntries,
  onAbort: v.optional(oneOf('throw', 'return'), 'throw'),
  onStart: v.optional(callback<(state: GloveState) => void | Promise<void>>()),
  onEpoch: v.optional(callback<(epoch: GloveEpoch) => void | Promise<void>>()),
  checkpoint,
};

const path = v.optional(v.union([v.string(), v.instance(URL)]));
const initialEntries = {
  initialVectors: v.optional(v.custom<KeyedVectors>((value) => value instanceof KeyedVectors, 'must be KeyedVectors')),
  initialParameters: path,
  initialSquares: path,
};

const countSettingsSchema = v.required(v.object({ ...windowEntries, ...textReadingEntries }));
/** {@link GloveSettings} as a file has them. */
export const settingsSchema = v.object({
  ...v.required(v.object(modelEntries)).entries,
  counting: v.optional(countSettingsSchema),
});
/** {@link CountSettings} as a file has them. */
export const countingSchema = countSettingsSchema;

const fileWatchEntries = { signal, onProgress: v.optional(callback<(progress: Progress) => void>()) };
const extendSchema = v.strictObject({ ...storageEntries, ...watchEntries, ...tokenizerEntries });
const storageSchema = v.strictObject({ ...storageEntries, ...fileWatchEntries, threads });
/** shuffle's default is 2.0 GB. */
const memory = v.optional(integer(1 << 20), 2 ** 31);
const seed = v.optional(integer(0), 1);
const recordSchema = v.strictObject({
  order: v.optional(oneOf('sorted', 'shuffled'), 'sorted'),
  seed,
  memory,
  ...fileWatchEntries,
});
const shuffleSchema = v.strictObject({ ...storageEntries, seed, memory, signal });

const countSchema = v.strictObject({ ...countingEntries, ...storageEntries, ...watchEntries });
const trainSchema = v.strictObject({
  ...modelEntries,
  ...countingEntries,
  ...storageEntries,
  ...runEntries,
  ...initialEntries,
});
const planSchema = v.strictObject({ ...modelEntries, ...countingEntries, ...storageEntries, ...watchEntries });
const continueSchema = v.strictObject({ ...trainingEntries, ...storageEntries, ...tokenizerEntries, ...runEntries });
const resumeSchema = v.strictObject({ ...storageEntries, ...tokenizerEntries, ...runEntries });

export type CheckedCountOptions = v.InferOutput<typeof countSchema>;
export type CheckedTrainOptions = v.InferOutput<typeof trainSchema>;
export type CheckedPlanOptions = v.InferOutput<typeof planSchema>;
export type CheckedContinueOptions = v.InferOutput<typeof continueSchema>;
export type CheckedResumeOptions = v.InferOutput<typeof resumeSchema>;
export type CheckedRunOptions = Pick<CheckedResumeOptions, keyof typeof runEntries>;
export type CheckedStorageOptions = Pick<CheckedResumeOptions, keyof typeof storageEntries>;

export const checkCountOptions = (options: CountOptions | undefined): CheckedCountOptions =>
  checkOptions(countSchema, options);
export const checkExtendOptions = (options: unknown) => checkOptions(extendSchema, options);
export const checkStorageOptions = (options: unknown) => checkOptions(storageSchema, options);
export const checkRecordOptions = (options: unknown) => checkOptions(recordSchema, options);
export const checkShuffleOptions = (options: unknown) => checkOptions(shuffleSchema, options);
export const checkPlanOptions = (options: unknown): CheckedPlanOptions => checkOptions(planSchema, options);
export const checkContinueOptions = (options: unknown): CheckedContinueOptions =>
  checkRun(checkOptions(continueSchema, options));
export const checkResumeOptions = (options: unknown): CheckedResumeOptions =>
  checkRun(checkOptions(resumeSchema, options));

export function checkTrainOptions(options: unknown): CheckedTrainOptions {
  const checked = checkRun(checkOptions(trainSchema, options));
  for (const name of ['initialParameters', 'initialSquares'] as const) {
    const given = checked[name];
    if (given !== undefined) filePath(given, name);
  }
  if (checked.initialVectors !== undefined && checked.initialParameters !== undefined) {
    throw contradiction('initialVectors', 'cannot go with initialParameters, which sets the vectors of all words');
  }
  return checked;
}

/** Names of the options that say how text is read and counted. */
export const COUNTING_OPTIONS = Object.keys(countingEntries) as (keyof typeof countingEntries)[];

export function countSettings(options: Partial<Record<keyof CountSettings, unknown>> & CheckedWindow): CountSettings {
  return {
    windowSize: options.windowSize ?? 15,
    symmetric: options.symmetric ?? true,
    distanceWeighting: options.distanceWeighting ?? true,
    lowercase: options.lowercase ?? false,
    invalidUtf8: options.invalidUtf8 ?? 'strict',
    maxTokenBytes: options.maxTokenBytes ?? 1024,
  };
}

type CheckedWindow = Pick<CheckedCountOptions, keyof CountSettings>;

/** The settings of a new model: defaults filled in. */
export function newSettings(
  options: CheckedPlanOptions & { readonly initialVectors?: KeyedVectors | undefined },
  counting: CountSettings | undefined,
): GloveSettings {
  const dimension = options.initialVectors?.dimension;
  const { vectorSize = dimension ?? 50 } = options;
  if (dimension !== undefined && dimension !== vectorSize) {
    throw contradiction('vectorSize', `is ${vectorSize}, but initialVectors have ${dimension} numbers each`);
  }
  return {
    vectorSize,
    xMax: options.xMax ?? 100,
    alpha: options.alpha ?? 0.75,
    learningRate: options.learningRate ?? 0.05,
    gradientClip: options.gradientClip ?? 100,
    epochs: options.epochs ?? 25,
    seed: options.seed ?? 1,
    result: options.result ?? 'word+context',
    unknownVector: options.unknownVector ?? false,
    counting,
  };
}

/** The settings of a model that is trained on: those it has, and what is given. */
export function continuedSettings(model: GloveSettings, options: CheckedContinueOptions): GloveSettings {
  return {
    ...model,
    xMax: options.xMax ?? model.xMax,
    alpha: options.alpha ?? model.alpha,
    learningRate: options.learningRate ?? model.learningRate,
    gradientClip: options.gradientClip ?? model.gradientClip,
    epochs: options.epochs ?? model.epochs,
    seed: options.seed ?? model.seed,
  };
}

/** What the engine takes. */
export function engineOptions(settings: GloveSettings, threads: number): EngineOptions {
  const { learningRate, xMax, alpha, gradientClip, epochs, seed } = settings;
  return { learningRate, xMax, alpha, gradientClip, epochs, seed: BigInt(seed), threads };
}

export function engineStorage({ memoryLimit, temporaryFolder }: CheckedStorageOptions): EngineStorage {
  return {
    memoryLimit: memoryLimit ?? DEFAULT_MEMORY_LIMIT,
    ...(temporaryFolder !== undefined && { temporaryFolder }),
  };
}

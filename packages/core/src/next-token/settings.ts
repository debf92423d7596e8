import type { NextTokenOptions as EngineOptions } from '@wordmill/native';
import * as v from 'valibot';
import { Corpus } from '../corpus/corpus.js';
import { readingEntries, tokenizerEntries, viewEntries } from '../corpus/options.js';
import { device } from '../device.js';
import { callback, checkOptions, finite, flag, integer, oneOf, signal, threads } from '../options.js';
import type { CorpusProgress } from '../progress.js';
import { contradiction } from '../training/run-options.js';
import type { NextTokenEpoch, NextTokenObjective, NextTokenOptimizer, NextTokenProgress } from './options.js';

/** {@link NextTokenModelOptions} with their defaults, and how the text was read: what a model's file keeps. */
export interface NextTokenSettings {
  readonly vectorSize: number;
  readonly contextSize: number;
  readonly context: 'concatenated' | 'mean';
  readonly objective: NextTokenObjective;
  readonly negativeSamples: number;
  readonly negativeExponent: number;
  readonly tied: boolean;
  readonly keepOutput: boolean;
  readonly batchSize: number;
  readonly optimizer: NextTokenOptimizer;
  readonly learningRate: number;
  readonly schedule: 'constant' | 'linear' | 'cosine';
  readonly warmup: number;
  readonly learningRateEnd: number;
  readonly momentum: number;
  readonly betas: readonly [number, number];
  readonly weightDecay: number;
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

/** A number from 0 to 1, 1 excluded. */
const belowOne = v.custom<number>(
  (value) => typeof value === 'number' && value >= 0 && value < 1,
  (issue) => `must be a number from 0 to below 1, not ${issue.received}`,
);

const betas = v.custom<readonly [number, number]>(
  (value) => Array.isArray(value) && value.length === 2 && value.every((beta) => v.is(belowOne, beta)),
  'must be two numbers from 0 to below 1',
);

const modelEntries = {
  vectorSize: v.optional(integer(1, 65536)),
  contextSize: v.optional(integer(1, 1024)),
  context: v.optional(oneOf('concatenated', 'mean')),
  objective: v.optional(oneOf('softmax', 'hierarchical-softmax', 'sampled-softmax')),
  negativeSamples: v.optional(integer(1, 1 << 20)),
  negativeExponent: v.optional(finite(-10, 10)),
  tied: v.optional(flag),
  keepOutput: v.optional(flag),
  batchSize: v.optional(integer(1, 65536)),
  optimizer: v.optional(oneOf('sgd', 'adagrad', 'adam', 'adamw')),
  learningRate: v.optional(finite(Number.MIN_VALUE)),
  schedule: v.optional(oneOf('constant', 'linear', 'cosine')),
  warmup: v.optional(finite(0, 1)),
  learningRateEnd: v.optional(finite(0)),
  momentum: v.optional(belowOne),
  betas: v.optional(betas),
  weightDecay: v.optional(finite(0)),
  epochs: v.optional(integer(1, 1_000_000)),
  seed: v.optional(integer(0)),
};

const { memoryLimit, ...textEntries } = readingEntries;
const { minCount, sentence, maxSentenceLength, lineEndToken } = viewEntries;

/** {@link NextTokenSettings} as a file has them. */
export const settingsSchema = v.required(
  v.object({ ...modelEntries, ...textEntries, minCount, sentence, maxSentenceLength, lineEndToken }),
);

const validation = v.optional(
  v.custom<number | Corpus>(
    (value) => value instanceof Corpus || v.is(belowOne, value),
    (issue) => `must be a share from 0 to below 1, or a Corpus, not ${issue.received}`,
  ),
  0.05,
);

const runEntries = {
  threads,
  device,
  signal,
  onAbort: v.optional(oneOf('throw', 'return'), 'throw'),
  onProgress: v.optional(callback<(progress: NextTokenProgress) => void>()),
  onEpoch: v.optional(callback<(epoch: NextTokenEpoch) => void | Promise<void>>()),
};

const planEntries = { ...modelEntries, ...readingEntries, ...tokenizerEntries, ...viewEntries, validation };
const planSchema = v.strictObject({ ...planEntries, threads, device, signal, onProgress: runEntries.onProgress });
const trainSchema = v.strictObject({ ...planEntries, ...runEntries });
const { vectorSize, contextSize, context, objective, tied, keepOutput, ...stepEntries } = modelEntries;
const continueSchema = v.strictObject({ ...stepEntries, ...runEntries, memoryLimit, ...tokenizerEntries, validation });
const perplexitySchema = v.strictObject({
  memoryLimit,
  ...tokenizerEntries,
  threads,
  signal,
  onProgress: v.optional(callback<(progress: CorpusProgress) => void>()),
});
const predictSchema = v.strictObject({ topN: v.optional(integer(1), 10) });

export type CheckedTrainOptions = v.InferOutput<typeof trainSchema>;
export type CheckedPlanOptions = v.InferOutput<typeof planSchema>;
export type CheckedContinueOptions = v.InferOutput<typeof continueSchema>;

export const checkTrainOptions = (options: unknown): CheckedTrainOptions => checkOptions(trainSchema, options);
export const checkPlanOptions = (options: unknown): CheckedPlanOptions => checkOptions(planSchema, options);
export const checkContinueOptions = (options: unknown): CheckedContinueOptions => checkOptions(continueSchema, options);
export const checkPerplexityOptions = (options: unknown) => checkOptions(perplexitySchema, options);
export const checkPredictOptions = (options: unknown) => checkOptions(predictSchema, options);

/** Options that mean something only with some value of another. */
const MEANINGFUL: readonly [
  option: keyof typeof stepEntries,
  of: 'objective' | 'optimizer' | 'schedule',
  values: readonly string[],
][] = [
  ['negativeSamples', 'objective', ['sampled-softmax']],
  ['negativeExponent', 'objective', ['sampled-softmax']],
  ['momentum', 'optimizer', ['sgd']],
  ['betas', 'optimizer', ['adam', 'adamw']],
  ['learningRateEnd', 'schedule', ['linear', 'cosine']],
];

const LEARNING_RATES: Readonly<Record<NextTokenOptimizer, number>> = {
  sgd: 1,
  adagrad: 0.1,
  adam: 0.005,
  adamw: 0.005,
};

/** The settings of a new model: defaults filled in, contradictions refused. */
export function newSettings(options: CheckedPlanOptions): NextTokenSettings {
  const { objective = 'softmax', optimizer = 'adam', schedule = 'cosine', tied = false } = options;
  refuseMeaningless(options, { objective, optimizer, schedule });
  if (tied && objective === 'hierarchical-softmax') {
    throw contradiction('tied', "cannot go with objective 'hierarchical-softmax', whose output has vectors of nodes");
  }
  const { learningRate = LEARNING_RATES[optimizer], learningRateEnd = 0 } = options;
  checkEnd(learningRate, learningRateEnd);
  return {
    vectorSize: options.vectorSize ?? 128,
    contextSize: options.contextSize ?? 4,
    context: options.context ?? 'concatenated',
    objective,
    negativeSamples: options.negativeSamples ?? 1024,
    negativeExponent: options.negativeExponent ?? 1,
    tied,
    keepOutput: options.keepOutput ?? true,
    batchSize: options.batchSize ?? 512,
    optimizer,
    learningRate,
    schedule,
    warmup: options.warmup ?? 0.02,
    learningRateEnd,
    momentum: options.momentum ?? 0,
    betas: options.betas ?? [0.9, 0.999],
    weightDecay: options.weightDecay ?? (optimizer === 'adamw' ? 0.01 : 0),
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

/** The settings of a model that is trained on: those it has, and what is given. With another optimiser its defaults count. */
export function continuedSettings(model: NextTokenSettings, options: CheckedContinueOptions): NextTokenSettings {
  const { optimizer = model.optimizer, schedule = model.schedule } = options;
  refuseMeaningless(options, { objective: model.objective, optimizer, schedule });
  const known = optimizer === model.optimizer ? model : undefined;
  const learningRate = options.learningRate ?? known?.learningRate ?? LEARNING_RATES[optimizer];
  const learningRateEnd = options.learningRateEnd ?? 0;
  checkEnd(learningRate, learningRateEnd);
  return {
    ...model,
    optimizer,
    schedule,
    learningRate,
    learningRateEnd,
    batchSize: options.batchSize ?? model.batchSize,
    negativeSamples: options.negativeSamples ?? model.negativeSamples,
    negativeExponent: options.negativeExponent ?? model.negativeExponent,
    warmup: options.warmup ?? model.warmup,
    momentum: options.momentum ?? known?.momentum ?? 0,
    betas: options.betas ?? known?.betas ?? [0.9, 0.999],
    weightDecay: options.weightDecay ?? known?.weightDecay ?? (optimizer === 'adamw' ? 0.01 : 0),
    epochs: options.epochs ?? model.epochs,
    seed: options.seed ?? model.seed,
  };
}

function refuseMeaningless(
  options: Pick<CheckedContinueOptions, keyof typeof stepEntries>,
  chosen: Pick<NextTokenSettings, 'objective' | 'optimizer' | 'schedule'>,
): void {
  for (const [option, of, values] of MEANINGFUL) {
    if (options[option] === undefined || values.includes(chosen[of])) continue;
    throw contradiction(
      option,
      `has no meaning with ${of} '${chosen[of]}', only with ${values.map(quoted).join(' or ')}`,
    );
  }
}

function checkEnd(learningRate: number, learningRateEnd: number): void {
  if (learningRateEnd <= learningRate) return;
  throw contradiction('learningRateEnd', `must be from 0 to learningRate (${learningRate}), not ${learningRateEnd}`);
}

const quoted = (value: string): string => `'${value}'`;

/** torch's: 1e-10 for AdaGrad, 1e-8 for Adam. */
const epsilonOf = (optimizer: NextTokenOptimizer): number => (optimizer === 'adagrad' ? 1e-10 : 1e-8);

/** What the engine takes. */
export function engineOptions(settings: NextTokenSettings, threads: number): EngineOptions {
  const { betas, seed, optimizer, ...same } = settings;
  return {
    context: same.context,
    contextSize: same.contextSize,
    objective: same.objective,
    negativeSamples: same.negativeSamples,
    negativeExponent: same.negativeExponent,
    batchSize: same.batchSize,
    optimizer,
    momentum: same.momentum,
    beta1: betas[0],
    beta2: betas[1],
    epsilon: epsilonOf(optimizer),
    weightDecay: same.weightDecay,
    schedule: same.schedule,
    warmup: same.warmup,
    learningRate: same.learningRate,
    learningRateEnd: same.learningRateEnd,
    epochs: same.epochs,
    seed: BigInt(seed),
    threads,
  };
}

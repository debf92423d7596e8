import { native } from '@wordmill/native';
import * as v from 'valibot';
import { WordmillError } from '../errors.js';
import { checkOptions, finite, integer, oneOf } from '../options.js';

/** How the learning rate changes from step to step. */
export interface LearningRateSchedule {
  /** `constant`, `linear` (falls evenly) or `cosine` (falls as half a wave of the cosine). */
  readonly shape: 'constant' | 'linear' | 'cosine';
  /** The highest, at least 0. */
  readonly learningRate: number;
  /** Steps at the start during which the rate rises evenly. Default 0. */
  readonly warmupSteps?: number | undefined;
  /** All steps, those of the warm-up among them. Needed unless `constant`. */
  readonly totalSteps?: number | undefined;
  /** Rate after the last step, and from then on. Default 0. Not for `constant`. */
  readonly finalRate?: number | undefined;
}

const schema = v.strictObject({
  shape: oneOf('constant', 'linear', 'cosine'),
  learningRate: finite(0),
  warmupSteps: v.optional(integer(0), 0),
  totalSteps: v.optional(integer(1)),
  finalRate: v.optional(finite(0)),
});

const wrong = (option: string, text: string): WordmillError =>
  new WordmillError('ERR_WORDMILL_OPTION', `option ${option} ${text}`, { option });

/**
 * The learning rate of a step, counted from 0: a function of the step and nothing else, the one that training in the engine uses too.
 * During the warm-up it is `learningRate * (step + 1) / (warmupSteps + 1)`; it is at its highest at step `warmupSteps`.
 *
 * @example
 * embedding.step({ optimizer: 'adam', learningRate: learningRateAt(step, { shape: 'cosine', learningRate: 0.01, totalSteps: 1000 }) });
 */
export function learningRateAt(step: number, schedule: LearningRateSchedule): number {
  const { shape, totalSteps, finalRate, ...rest } = checkOptions(schema, schedule);
  if (!Number.isSafeInteger(step) || step < 0) throw wrong('step', `must be a whole number of at least 0, not ${step}`);
  if (shape === 'constant') {
    if (totalSteps !== undefined) throw wrong('totalSteps', 'is not for a constant rate');
    if (finalRate !== undefined) throw wrong('finalRate', 'is not for a constant rate');
  } else if (totalSteps === undefined) {
    throw wrong('totalSteps', `is needed for a ${shape} rate`);
  }
  return native().scheduledRate(
    { schedule: shape, totalSteps: totalSteps ?? 0, finalRate: finalRate ?? 0, ...rest },
    step,
  );
}

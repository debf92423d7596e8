import type { OptimizerOptions, OptimizerRule } from '@wordmill/native';
import * as v from 'valibot';
import { WordmillError } from '../errors.js';
import { checkOptions, finite, oneOf } from '../options.js';

/** A step of gradient descent, with the defaults of torch.optim. */
export interface StepOptions {
  /**
   * `sgd` (torch SGD), `adagrad` (Duchi et al. 2011; torch Adagrad), `adam` (Kingma and Ba 2015; torch SparseAdam) or `adamw`
   * (Loshchilov and Hutter 2019; torch AdamW). Another one than in the step before forgets what that one remembered.
   */
  readonly optimizer: OptimizerRule;
  /** At least 0. Default 0.01 for `adagrad`, else 0.001. {@link learningRateAt} makes it fall. */
  readonly learningRate?: number | undefined;
  /** `sgd`: share of the step before that is made again, from 0 to 1. Default 0. */
  readonly momentum?: number | undefined;
  /**
   * At least 0. `adamw`: share of the learning rate by which values shrink, default 0.01; others: multiple of the value that is
   * added to its gradient, default 0. Only rows with a gradient decay.
   */
  readonly weightDecay?: number | undefined;
  /** `adam` and `adamw`: memory of the running means of the gradient and of its square. Default `[0.9, 0.999]`. */
  readonly betas?: readonly [number, number] | undefined;
  /** Added to the root of squares, above 0. Default 1e-10 for `adagrad`, else 1e-8. Not for `sgd`. */
  readonly epsilon?: number | undefined;
}

const schema = v.strictObject({
  optimizer: oneOf('sgd', 'adagrad', 'adam', 'adamw'),
  learningRate: v.optional(finite(0)),
  momentum: v.optional(finite(0, 1)),
  weightDecay: v.optional(finite(0)),
  betas: v.optional(
    v.custom<readonly [number, number]>(
      (value) => Array.isArray(value) && value.length === 2 && value.every((beta) => beta >= 0 && beta < 1),
      'must be two numbers from 0 to 1, without 1',
    ),
  ),
  epsilon: v.optional(finite(Number.MIN_VALUE)),
});

/** The options each rule reads beside those of all. */
const READS: Readonly<Record<OptimizerRule, readonly string[]>> = {
  sgd: ['momentum'],
  adagrad: ['epsilon'],
  adam: ['betas', 'epsilon'],
  adamw: ['betas', 'epsilon'],
};

/** The options as the engine takes them. An option that the rule has no use for is ERR_WORDMILL_OPTION. */
export function checkStep(options: StepOptions): { readonly optimizer: OptimizerOptions; readonly rate: number } {
  const given = checkOptions(schema, options);
  const { optimizer, momentum, betas, epsilon } = given;
  for (const [option, value] of Object.entries({ momentum, betas, epsilon })) {
    if (value !== undefined && !READS[optimizer].includes(option)) {
      throw new WordmillError('ERR_WORDMILL_OPTION', `option ${option} is not for ${optimizer}`, { option });
    }
  }
  const [beta1, beta2] = betas ?? [0.9, 0.999];
  const weightDecay = given.weightDecay ?? (optimizer === 'adamw' ? 0.01 : 0);
  const isAdaGrad = optimizer === 'adagrad';
  return {
    optimizer: {
      optimizer,
      momentum: momentum ?? 0,
      beta1,
      beta2,
      epsilon: epsilon ?? (isAdaGrad ? 1e-10 : 1e-8),
      weightDecay,
    },
    rate: given.learningRate ?? (isAdaGrad ? 0.01 : 0.001),
  };
}

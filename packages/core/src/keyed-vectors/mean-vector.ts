import * as v from 'valibot';
import { WordmillError } from '../errors.js';
import { checkOptions, finite, flag } from '../options.js';
import type { KeyOrVector, Rows } from './rows.js';
import { add, normalize } from './vector-math.js';

/** How vectors are averaged. */
export interface MeanVectorOptions {
  /** A factor for each key. Default: 1. */
  readonly weights?: readonly number[] | undefined;
  /** Normalise every vector before. Default true. */
  readonly preNormalize?: boolean | undefined;
  /** Normalise the mean. Default false. */
  readonly postNormalize?: boolean | undefined;
  /** Leave out keys that are not in the vocabulary; false: they are ERR_WORDMILL_OOV. Default true. */
  readonly ignoreMissing?: boolean | undefined;
}

const schema = v.strictObject({
  weights: v.optional(v.array(finite())),
  preNormalize: v.optional(flag, true),
  postNormalize: v.optional(flag, false),
  ignoreMissing: v.optional(flag, true),
});

/** The weighted mean, divided by the sum of the weights' sizes as gensim does; zero when no key is known. */
export function meanVector(
  rows: Rows,
  keys: readonly KeyOrVector[],
  options?: MeanVectorOptions | undefined,
): Float32Array {
  const { weights, preNormalize, postNormalize, ignoreMissing } = checkOptions(schema, options);
  if (weights !== undefined && weights.length !== keys.length) {
    throw new WordmillError('ERR_WORDMILL_OPTION', `there are ${weights.length} weights for ${keys.length} keys`, {
      option: 'weights',
    });
  }
  if (keys.length === 0) {
    throw new WordmillError('ERR_WORDMILL_OPTION', 'there is no mean of no keys', { option: 'keys' });
  }
  const mean = new Float32Array(rows.dimension);
  let total = 0;
  keys.forEach((key, i) => {
    if (ignoreMissing && typeof key === 'string' && rows.vectorOf(key) === undefined) return;
    const vector = rows.vector(key);
    const weight = weights?.[i] ?? 1;
    add(mean, preNormalize ? normalize(vector) : vector, weight);
    total += Math.abs(weight);
  });
  if (total > 0) for (let i = 0; i < mean.length; i++) mean[i]! /= total;
  return postNormalize ? normalize(mean) : mean;
}

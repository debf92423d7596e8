import { KeyedVectors } from '@wordmill/core';

/** Numbers from -1 to 1 that are the same in every run. */
export function randomNumbers(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export interface Sample {
  readonly keys: string[];
  readonly vectors: Float32Array[];
  readonly kv: KeyedVectors;
}

/** Random vectors for w0, w1, … */
export function sample(size: number, dimension: number, seed = 1): Sample {
  const keys = Array.from({ length: size }, (_, i) => `w${i}`);
  const numbers = randomNumbers(size * dimension, seed);
  const vectors = keys.map((_, i) => numbers.slice(i * dimension, (i + 1) * dimension));
  return { keys, vectors, kv: KeyedVectors.from({ keys, vectors: numbers }) };
}

/** Cosine in double precision, as the definition has it. */
export function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) => Array.from(x).reduce((sum, v, i) => sum + v * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** The vector divided by its length, in double precision. */
export function unit(vector: ArrayLike<number>): number[] {
  const length = Math.hypot(...Array.from(vector));
  return Array.from(vector, (value) => value / length);
}

import type { KeyedVectors } from '@wordmill/core';
import { contradiction } from '@wordmill/core/internal';

// Sizes that word vectors and classifiers have alike.

/** Numbers in a vector: as many as the vectors to start from have. */
export function vectorSizeOf({
  vectorSize,
  initialVectors,
}: {
  readonly vectorSize?: number | undefined;
  readonly initialVectors?: KeyedVectors | undefined;
}): number {
  const dimension = initialVectors?.dimension;
  if (vectorSize !== undefined && dimension !== undefined && vectorSize !== dimension) {
    throw contradiction('vectorSize', `is ${vectorSize}, but initialVectors have ${dimension} numbers each`);
  }
  return vectorSize ?? dimension ?? 100;
}

/** Least and greatest length of character n-grams; both 0 where there are none. */
export function ngramLengthsOf(
  least: number | undefined,
  greatest: number,
): { readonly minNgramLength: number; readonly maxNgramLength: number } {
  if (greatest === 0) return { minNgramLength: 0, maxNgramLength: 0 };
  // fastText takes 0 as least length, which finds what 1 finds.
  const minNgramLength = Math.max(1, least ?? Math.min(3, greatest));
  if (minNgramLength > greatest) {
    throw contradiction('minNgramLength', `is ${minNgramLength}, above maxNgramLength (${greatest})`);
  }
  return { minNgramLength, maxNgramLength: greatest };
}

import type { KeyedVectors } from '@wordmill/core';

/** Numbers from 0 to n - 1 that are the same in every run. */
export function randomNumbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 48271) % 2147483647;
    return state % n;
  };
}

const WORDS = 20;
const STEMS = ['sunny', 'rainy'] as const;

/** Sentences of two topics whose words share a stem, as `sunny3` and `rainy7`. */
export function topicSentences(count: number, seed = 1): string[][] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => {
    const stem = STEMS[random(2)]!;
    return Array.from({ length: 10 }, () => (random(10) === 0 ? 'the' : `${stem}${random(WORDS)}`));
  });
}

/** Mean cosine within the topics less that between them: 0 for random vectors, at most 2. */
export function separation(vectors: KeyedVectors): number {
  const [a, b] = STEMS;
  let difference = 0;
  for (let i = 0; i < WORDS; i++) {
    const next = (i + 1) % WORDS;
    difference += vectors.similarity(`${a}${i}`, `${a}${next}`) + vectors.similarity(`${b}${i}`, `${b}${next}`);
    difference -= vectors.similarity(`${a}${i}`, `${b}${i}`) + vectors.similarity(`${a}${i}`, `${b}${next}`);
  }
  return difference / (2 * WORDS);
}

import type { KeyedVectors } from '@wordmill/core';
import type { Word2Vec } from '@wordmill/word2vec';

/** Numbers from 0 to n - 1 that are the same in every run. */
export function randomNumbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 48271) % 2147483647;
    return state % n;
  };
}

const WORDS = 20;

/**
 * Sentences of two topics that share no word but `the`: whatever learns from neighbours learns which words belong together.
 */
export function topicSentences(count: number, seed = 1): string[][] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => {
    const topic = 'ab'[random(2)]!;
    return Array.from({ length: 10 }, () => (random(10) === 0 ? 'the' : `${topic}${random(WORDS)}`));
  });
}

/** Mean cosine within the topics less that between them: 0 for random vectors, at most 2. */
export function separation(vectors: KeyedVectors): number {
  let within = 0;
  let between = 0;
  for (let i = 0; i < WORDS; i++) {
    const next = (i + 1) % WORDS;
    within += vectors.similarity(`a${i}`, `a${next}`) + vectors.similarity(`b${i}`, `b${next}`);
    between += vectors.similarity(`a${i}`, `b${i}`) + vectors.similarity(`a${i}`, `b${next}`);
  }
  return (within - between) / (2 * WORDS);
}

/** All numbers of a model, to compare models byte by byte. */
export function bytesOf(model: Word2Vec): Buffer {
  const { vectors, contextVectors } = model;
  const parts = [vectors.toFloat32Array(), contextVectors?.toFloat32Array()];
  return Buffer.concat(parts.flatMap((part) => (part ? [Buffer.from(part.buffer)] : [])));
}

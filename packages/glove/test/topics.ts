import type { KeyedVectors } from '@wordmill/core';
import type { Cooccurrence, Glove } from '@wordmill/glove';

/** Numbers from 0 to n - 1 that are the same in every run. */
export function randomNumbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 48271) % 2147483647;
    return state % n;
  };
}

const WORDS = 20;

/** Lines of two topics, whose words stray into each other's now and then: of pairs that never meet, GloVe learns nothing. */
export function topicLines(count: number, seed = 1): string[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => {
    const topic = random(2);
    const word = (): string => `${'ab'[random(8) === 0 ? 1 - topic : topic]}${random(WORDS)}`;
    return Array.from({ length: 10 }, () => (random(10) === 0 ? 'the' : word())).join(' ');
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

export interface Rules {
  readonly windowSize: number;
  readonly symmetric: boolean;
  readonly distanceWeighting: boolean;
}

/** As GloVe's cooccur defines it: each word with those before it in its line. */
export function countedByDefinition(
  lines: readonly string[],
  vocabulary: ReadonlySet<string>,
  { windowSize, symmetric, distanceWeighting }: Rules,
): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (a: string, b: string, weight: number): void => {
    counts.set(`${a} ${b}`, (counts.get(`${a} ${b}`) ?? 0) + weight);
  };
  for (const line of lines) {
    const words = line.split(' ').filter((word) => vocabulary.has(word));
    for (const [i, word] of words.entries()) {
      for (let d = 1; d <= Math.min(windowSize, i); d++) {
        const weight = distanceWeighting ? 1 / d : 1;
        add(words[i - d]!, word, weight);
        if (symmetric) add(word, words[i - d]!, weight);
      }
    }
  }
  return counts;
}

export async function countsOf(matrix: Cooccurrence): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const { centre, word, count } of matrix.entries()) counts.set(`${centre} ${word}`, count);
  return counts;
}

/** All numbers of a model, to compare models byte by byte. */
export async function bytesOf(model: Glove): Promise<Buffer> {
  const parameters = await model.vectorsOf('parameters');
  const squares = await model.squaredGradients();
  const parts = [model.vectors, parameters, squares].map((vectors) => Buffer.from(vectors.toFloat32Array().buffer));
  parameters.dispose();
  squares.dispose();
  return Buffer.concat(parts);
}

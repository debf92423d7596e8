import { KeyedVectors } from '@wordmill/core';
import { wordClasses } from '@wordmill/word2vec';
import { describe, expect, it } from 'vitest';

/** Vectors around a few directions, the same each time. */
function clouds(words: number, dimension: number, directions: number): Record<string, number[]> {
  let state = 7;
  const random = (): number => {
    state = (state * 48271) % 0x7fffffff;
    return state / 0x7fffffff - 0.5;
  };
  const centres = Array.from({ length: directions }, () => Array.from({ length: dimension }, random));
  return Object.fromEntries(
    Array.from({ length: words }, (_, i) => {
      const centre = centres[Math.floor(Math.abs(random()) * 2 * directions)]!;
      return [`word${i}`, centre.map((value) => value + 0.3 * random())];
    }),
  );
}

/** k-means as word2vec.c does it, loop by loop. */
function plainClasses(vectors: number[][], classes: number, iterations: number): number[] {
  const found = vectors.map((_, i) => i % classes);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const centres = Array.from({ length: classes }, (_, name) => {
      const sum = vectors[0]!.map((_, j) =>
        vectors.reduce((total, vector, i) => total + (found[i] === name ? vector[j]! : 0), 0),
      );
      const norm = Math.hypot(...sum);
      return sum.map((value) => value / norm);
    });
    vectors.forEach((vector, i) => {
      let best = -10;
      centres.forEach((centre, name) => {
        const product = vector.reduce((total, value, j) => total + value * centre[j]!, 0);
        if (product > best) {
          best = product;
          found[i] = name;
        }
      });
    });
  }
  return found;
}

describe('classes of words', () => {
  it('are those of the plain algorithm', async () => {
    const entries = clouds(500, 12, 5);
    const vectors = KeyedVectors.from(entries);
    for (const [classes, iterations] of [
      [5, 10],
      [7, 1],
      [40, 10],
    ] as const) {
      const found = await wordClasses(vectors, classes, { iterations });
      expect([...found]).toEqual(plainClasses(Object.values(entries), classes, iterations));
    }
  });

  it('may be empty', async () => {
    const vectors = KeyedVectors.from({ a: [1, 0], b: [1, 0.1], c: [-1, 0], d: [0, 0] });
    const found = await wordClasses(vectors, 10);
    expect(found[0]).not.toBe(found[2]);
    for (const name of found) expect(name).toBeLessThan(10);
  });

  it('stop when they are asked to', async () => {
    const vectors = KeyedVectors.from(clouds(50, 4, 2));
    await expect(wordClasses(vectors, 3, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
  });

  it.each([0, -1, 1.5, Number.NaN, 1e9])('cannot be %d', async (classes) => {
    const vectors = KeyedVectors.from({ a: [1, 0] });
    await expect(wordClasses(vectors, classes)).rejects.toMatchObject({
      code: 'ERR_WORDMILL_OPTION',
      option: 'classes',
    });
  });
});

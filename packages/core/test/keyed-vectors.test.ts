import { isWordmillError, KeyedVectors, type Neighbour } from '@wordmill/core';
import { describe, expect, it } from 'vitest';
import { cosineOf, sample, unit } from './sample-vectors.js';

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return isWordmillError(error) ? error.code : String(error);
  }
  return undefined;
};

/** The best rows by the definition, in double precision. */
function best(
  vectors: readonly Float32Array[],
  query: ArrayLike<number>,
  topN: number,
  banned: readonly number[],
): number[] {
  return vectors
    .map((vector, row) => ({ row, score: cosineOf(query, vector) }))
    .filter(({ row }) => !banned.includes(row))
    .sort((a, b) => b.score - a.score)
    .slice(0, topN)
    .map(({ row }) => row);
}

const rowsOf = (found: readonly Neighbour[]): number[] => found.map(({ index }) => index);

describe('keys and vectors', () => {
  const kv = KeyedVectors.from({
    keys: ['cat', 'dog', '__proto__', '', 'constructor', 'a\u00a0b', 'nul\0', '日本'],
    vectors: Array.from({ length: 8 }, (_, i) => [i, i + 0.5]),
    counts: [9, 8, 7, 6, 5, 4, 3, 2],
  });

  it('looks up any string as a key, also names of object properties', () => {
    expect([kv.size, kv.dimension]).toEqual([8, 2]);
    expect(kv.has('__proto__') && kv.has('') && kv.has('nul\0') && kv.has('a\u00a0b')).toBe(true);
    expect(kv.has('toString')).toBe(false);
    expect(kv.canInfer('dog')).toBe(true);
    expect(kv.indexOf('constructor')).toBe(4);
    expect(kv.indexOf('nowhere')).toBe(-1);
    expect([kv.keyAt(7), kv.keyAt(8), kv.keyAt(-1), kv.keyAt(0.5)]).toEqual(['日本', undefined, undefined, undefined]);
    expect([...kv.keys()]).toEqual(['cat', 'dog', '__proto__', '', 'constructor', 'a\u00a0b', 'nul\0', '日本']);
    expect([kv.count('dog'), kv.count('nowhere')]).toEqual([8, undefined]);
  });

  it('gives copies, which do not change the vectors', () => {
    kv.get('dog')!.fill(77);
    expect(kv.get('dog')).toEqual(Float32Array.of(1, 1.5));
    const out = new Float32Array(2);
    expect(kv.get('__proto__', out)).toBe(out);
    expect(out).toEqual(Float32Array.of(2, 2.5));
    expect(kv.get('nowhere', out)).toBeUndefined();
    expect(codeOf(() => kv.get('dog', new Float32Array(3)))).toBe('ERR_WORDMILL_OPTION');
    expect(kv.getMany(['dog', 'cat', 'dog'])).toEqual(Float32Array.of(1, 1.5, 0, 0.5, 1, 1.5));
    expect(() => kv.getMany(['dog', 'Cat'])).toThrow(/"Cat" is not in the vocabulary; did you mean "cat"/);
    expect(kv.toFloat32Array()).toEqual(Float32Array.from({ length: 16 }, (_, i) => (i >> 1) + (i % 2) / 2));
  });

  it('is made from a Map, an object or pairs, and refuses what does not fit', () => {
    expect(KeyedVectors.from(new Map([['a', [1, 2]]])).get('a')).toEqual(Float32Array.of(1, 2));
    expect(KeyedVectors.from({ keys: [1, 2], vectors: [3, 4] }).get('vectors')).toEqual(Float32Array.of(3, 4));
    expect(KeyedVectors.from([['x', Float32Array.of(5)]]).get('x')).toEqual(Float32Array.of(5));
    expect(codeOf(() => KeyedVectors.from([]))).toBe('ERR_WORDMILL_OPTION');
    expect(codeOf(() => KeyedVectors.from({ a: [1, 2], b: [1] }))).toBe('ERR_WORDMILL_OPTION');
    expect(codeOf(() => KeyedVectors.from({ a: [1, Number.NaN] }))).toBe('ERR_WORDMILL_OPTION');
    expect(() => KeyedVectors.from({ keys: ['a', 'b', 'a'], vectors: new Float32Array(6) })).toThrow(
      /"a" occurs twice/,
    );
    expect(codeOf(() => KeyedVectors.from({ keys: ['a'], vectors: [[1]], counts: [-1] }))).toBe('ERR_WORDMILL_OPTION');
    const half = KeyedVectors.from({ a: [1 / 3, 1] }, { dtype: 'f16' });
    expect(half.dtype).toBe('f16');
    expect(half.get('a')![0]).toBeCloseTo(1 / 3, 3);
  });

  it('selects and replaces into new vectors', async () => {
    const some = await kv.subset(['日本', 'nowhere', 'dog', 'dog']);
    expect([...some.keys()]).toEqual(['日本', 'dog']);
    expect(some.get('dog')).toEqual(Float32Array.of(1, 1.5));
    expect(some.count('dog')).toBe(8);
    await expect(kv.subset(['nowhere'])).rejects.toMatchObject({ code: 'ERR_WORDMILL_OOV' });
    const more = await kv.with({ dog: [-1, -1], new: [4, 4] });
    expect([more.size, kv.size]).toEqual([9, 8]);
    expect(more.get('dog')).toEqual(Float32Array.of(-1, -1));
    expect(more.get('new')).toEqual(Float32Array.of(4, 4));
    expect(more.get('日本')).toEqual(kv.get('日本'));
    expect(kv.get('dog')).toEqual(Float32Array.of(1, 1.5));
    expect([more.count('dog'), more.count('new')]).toEqual([8, 0]);
    await expect(kv.with({ dog: [1, 2, 3] })).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION' });
  });

  it('throws after dispose, and disposes twice without complaint', async () => {
    const short = KeyedVectors.from({ a: [1, 2], b: [2, 1] });
    const searching = short.mostSimilar('a');
    short.dispose();
    short.dispose();
    await expect(searching).resolves.toHaveLength(1);
    expect(codeOf(() => short.get('a'))).toBe('ERR_WORDMILL_DISPOSED');
    await expect(short.mostSimilar('a')).rejects.toMatchObject({ code: 'ERR_WORDMILL_DISPOSED' });
    await expect(short.save('never.bin')).rejects.toMatchObject({ code: 'ERR_WORDMILL_DISPOSED' });
  });
});

describe('similarity', () => {
  const { kv, keys, vectors } = sample(50, 17);

  it('is the cosine, of keys and of vectors', () => {
    expect(kv.similarity('w1', 'w2')).toBeCloseTo(cosineOf(vectors[1]!, vectors[2]!), 6);
    expect(kv.similarity('w1', vectors[2]!)).toBeCloseTo(cosineOf(vectors[1]!, vectors[2]!), 6);
    expect(kv.distance('w1', 'w2')).toBeCloseTo(1 - cosineOf(vectors[1]!, vectors[2]!), 6);
    expect(codeOf(() => kv.similarity('w1', 'w99'))).toBe('ERR_WORDMILL_OOV');
    expect(codeOf(() => kv.similarity('w1', [1, 2]))).toBe('ERR_WORDMILL_OPTION');
  });

  it('averages as gensim does', () => {
    const mean = kv.getMeanVector(['w1', 'w2', 'nowhere'], { weights: [1, -3, 9] });
    const expected = unit(vectors[1]!).map((value, i) => (value - 3 * unit(vectors[2]!)[i]!) / 4);
    for (const [i, value] of mean.entries()) expect(value).toBeCloseTo(expected[i]!, 6);
    const plain = kv.getMeanVector(['w1', 'w2'], { preNormalize: false, postNormalize: true });
    expect(Math.hypot(...plain)).toBeCloseTo(1, 6);
    expect(
      cosineOf(
        plain,
        vectors[1]!.map((value, i) => value + vectors[2]![i]!),
      ),
    ).toBeCloseTo(1, 6);
    expect(kv.getMeanVector(['nowhere'])).toEqual(new Float32Array(17));
    expect(codeOf(() => kv.getMeanVector(['nowhere'], { ignoreMissing: false }))).toBe('ERR_WORDMILL_OOV');
    expect(codeOf(() => kv.getMeanVector([]))).toBe('ERR_WORDMILL_OPTION');
    const sum = (...rows: number[]) =>
      vectors[0]!.map((_, i) => rows.reduce((total, row) => total + vectors[row]![i]!, 0));
    expect(kv.nSimilarity(['w1', 'w2'], ['w3', 'w4', 'w5'])).toBeCloseTo(cosineOf(sum(1, 2), sum(3, 4, 5)), 6);
  });

  it('finds the odd one out', () => {
    const odd = KeyedVectors.from({ a: [1, 0.1], b: [1, 0.2], c: [1, -0.1], odd: [-0.5, 1] });
    expect(odd.doesntMatch(['a', 'odd', 'b', 'nowhere', 'c'])).toBe('odd');
    expect(codeOf(() => odd.doesntMatch(['nowhere']))).toBe('ERR_WORDMILL_OOV');
  });

  it('ranks', async () => {
    const order = best(vectors, vectors[0]!, 49, [0]);
    expect(await kv.rank('w0', `w${order[0]}`)).toBe(1);
    expect(await kv.rank('w0', `w${order[7]}`)).toBe(8);
    expect(new Set(await kv.closerThan('w0', `w${order[5]}`))).toEqual(
      new Set(order.slice(0, 5).map((row) => keys[row])),
    );
    const top = await kv.mostSimilar('w0');
    const sum = top.reduce((total, { score }) => total + score, 0);
    expect(await kv.relativeCosineSimilarity('w0', 'w3')).toBeCloseTo(kv.similarity('w0', 'w3') / sum, 6);
    const all = await kv.similarities('w0');
    expect(all).toHaveLength(50);
    expect(all[9]).toBeCloseTo(cosineOf(vectors[0]!, vectors[9]!), 6);
    expect((await kv.norms())[9]).toBeCloseTo(Math.hypot(...vectors[9]!), 5);
  });
});

describe('search', () => {
  const { kv, vectors } = sample(1000, 33);

  it('finds the rows that the definition finds', async () => {
    const query = { positive: ['w1', ['w2', 0.5] as const], negative: ['w3'] };
    const combined = vectors[0]!.map(
      (_, i) => unit(vectors[1]!)[i]! + 0.5 * unit(vectors[2]!)[i]! - unit(vectors[3]!)[i]!,
    );
    const expected = best(vectors, combined, 10, [1, 2, 3]);
    const found = await kv.mostSimilar(query);
    expect(rowsOf(found)).toEqual(expected);
    expect(found[0]!.key).toBe(`w${expected[0]}`);
    expect(found[0]!.score).toBeCloseTo(cosineOf(combined, vectors[expected[0]!]!), 5);
    expect(rowsOf(kv.mostSimilarSync({ ...query, topN: 3 }))).toEqual(expected.slice(0, 3));
    expect(rowsOf(await kv.mostSimilar(vectors[5]!, { topN: 2 }))).toEqual(best(vectors, vectors[5]!, 2, []));
  });

  it('obeys exclude, restrictVocab, topN and filter', async () => {
    const [first, second] = best(vectors, vectors[0]!, 2, [0]);
    expect(rowsOf(await kv.mostSimilar('w0', { topN: 1, exclude: [`w${first}`, 'nowhere'] }))).toEqual([second]);
    expect(rowsOf(await kv.mostSimilar('w0', { restrictVocab: 100, topN: 4 }))).toEqual(
      best(vectors.slice(0, 100), vectors[0]!, 4, [0]),
    );
    expect(await kv.mostSimilar('w0', { topN: 5000 })).toHaveLength(999);
    const odd = (_: string, index: number): boolean => index % 2 === 1;
    const allOdd = best(vectors, vectors[0]!, 999, [0]).filter((row) => row % 2 === 1);
    expect(rowsOf(await kv.mostSimilar('w0', { filter: odd }))).toEqual(allOdd.slice(0, 10));
    const rare = allOdd.at(-1)!;
    expect(rowsOf(kv.mostSimilarSync('w0', { filter: (key) => key === `w${rare}` }))).toEqual([rare]);
    expect(await kv.mostSimilar('w0', { filter: () => false })).toEqual([]);
    const mistake = new Error('mine');
    await expect(
      kv.mostSimilar('w0', {
        filter: () => {
          throw mistake;
        },
      }),
    ).rejects.toBe(mistake);
  });

  it('answers a batch as it answers each', async () => {
    const queries = ['w7', vectors[8]!, { positive: ['w1'], negative: ['w2'] }, 'w9'];
    const batch = await kv.mostSimilarBatch(queries, { topN: 5 });
    for (const [i, query] of queries.entries()) {
      const one = await (typeof query === 'object' && 'positive' in query
        ? kv.mostSimilar({ ...query, topN: 5 })
        : kv.mostSimilar(query, { topN: 5 }));
      expect(rowsOf(batch[i]!)).toEqual(rowsOf(one));
    }
    expect(await kv.mostSimilarBatch([])).toEqual([]);
  });

  it('answers analogies by 3CosAdd and 3CosMul', async () => {
    const added = await kv.mostSimilar({ positive: ['w2', 'w3'], negative: ['w1'] });
    expect(await kv.analogy('w1', 'w2', 'w3')).toEqual(added);
    const shifted = (row: number, of: number): number => (1 + cosineOf(vectors[of]!, vectors[row]!)) / 2;
    const scores = vectors.map((_, row) => (shifted(row, 2) * shifted(row, 3)) / (shifted(row, 1) + 1e-6));
    const expected = scores
      .map((score, row) => ({ score, row }))
      .filter(({ row }) => ![1, 2, 3].includes(row))
      .sort((a, b) => b.score - a.score)
      .slice(0, 5);
    const multiplied = await kv.analogy('w1', 'w2', 'w3', { method: '3CosMul', topN: 5 });
    expect(rowsOf(multiplied)).toEqual(expected.map(({ row }) => row));
    expect(multiplied[0]!.score).toBeCloseTo(expected[0]!.score, 4);
    expect(await kv.mostSimilarCosMul({ positive: ['w2', 'w3'], negative: ['w1'], topN: 5 })).toEqual(multiplied);
    await expect(kv.analogy('w1', 'w2', 'w3', { method: 'cos' as '3CosAdd' })).rejects.toMatchObject({
      option: 'method',
    });
  });

  it('names the option or the word at fault', async () => {
    await expect(kv.mostSimilar('w0', { topn: 3 } as object)).rejects.toThrow(/no option topn; did you mean topN/);
    await expect(kv.mostSimilar('w0', { topN: 0 })).rejects.toMatchObject({ option: 'topN' });
    await expect(kv.mostSimilar('w0', { topN: Number.NaN })).rejects.toMatchObject({ option: 'topN' });
    await expect(kv.mostSimilar({})).rejects.toMatchObject({ option: 'positive' });
    await expect(kv.mostSimilar({ positive: [['w0', Number.NaN]] })).rejects.toMatchObject({ option: 'weight' });
    await expect(kv.mostSimilar([1, 2, 3])).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION' });
    await expect(kv.mostSimilar('W0')).rejects.toThrow(/"W0" is not in the vocabulary; did you mean "w0"/);
  });

  it('rejects with the reason of an abort, before and during the work', async () => {
    const reason = new Error('enough');
    await expect(kv.mostSimilar('w0', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const big = sample(20_000, 100).kv;
    const controller = new AbortController();
    const queries = Array.from({ length: 4000 }, (_, i) => `w${i}`);
    const searching = big.mostSimilarBatch(queries, { signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await expect(searching).rejects.toBe(reason);
    await expect(big.with({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(big.similarities('w0', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    big.dispose();
  });

  it('finds nothing wrong with zero vectors', async () => {
    const zero = KeyedVectors.from({ zero: [0, 0], a: [1, 0], b: [0, 1] });
    expect(zero.similarity('zero', 'a')).toBe(0);
    for (const { score } of await zero.mostSimilar('zero')) expect(score).toBe(0);
    expect((await zero.mostSimilar('a')).map(({ key }) => key)).toEqual(['zero', 'b']);
  });
});

describe("Word Mover's Distance", () => {
  const { kv, vectors } = sample(40, 6, 3);
  const words = (...rows: number[]): string[] => rows.map((row) => `w${row}`);
  const away = (i: number, j: number): number =>
    Math.hypot(...unit(vectors[i]!).map((value, at) => value - unit(vectors[j]!)[at]!));

  /** The cheapest of all assignments, for documents of different words and the same length. */
  function cheapest(from: readonly number[], to: readonly number[]): number {
    if (from.length === 0) return 0;
    const [first, ...rest] = from;
    return Math.min(...to.map((j, at) => away(first!, j) + cheapest(rest, to.toSpliced(at, 1))));
  }

  it('is the cheapest assignment', () => {
    for (let seed = 0; seed < 30; seed++) {
      const row = (i: number): number => (seed * 7 + i * 11) % 40;
      const from = [0, 1, 2, 3, 4, 5].map(row);
      const to = [6, 7, 2, 9, 10, 11].map((i) => row(i));
      expect(kv.wordMoversDistance(words(...from), words(...to))).toBeCloseTo(cheapest(from, to) / 6, 5);
    }
  });

  it('splits the mass of words between others', () => {
    expect(kv.wordMoversDistance(words(1), words(2, 3, 3))).toBeCloseTo(away(1, 2) / 3 + (2 * away(1, 3)) / 3, 5);
    expect(kv.wordMoversDistance(words(1, 2), words(1, 2, 2, 1))).toBe(0);
    // 1/2 at 1 and 2 against 1/3 at 1, 2 and 3: 1/6 of each goes to 3.
    expect(kv.wordMoversDistance(words(1, 2), words(1, 2, 3))).toBeCloseTo((away(1, 3) + away(2, 3)) / 6, 5);
    expect(kv.wordMoversDistance(words(1, 2, 3), words(4, 5))).toBeCloseTo(
      kv.wordMoversDistance(words(4, 5), words(3, 2, 1)),
      6,
    );
  });

  it('leaves out unknown words, and is infinite where nothing is left', () => {
    expect(kv.wordMoversDistance(['w1', 'nowhere'], ['w2'])).toBeCloseTo(away(1, 2), 6);
    expect(kv.wordMoversDistance(['nowhere'], ['w2'])).toBe(Number.POSITIVE_INFINITY);
    expect(kv.wordMoversDistance(['w1'], ['w2'], { normalize: false })).toBeCloseTo(
      Math.hypot(...vectors[1]!.map((value, i) => value - vectors[2]![i]!)),
      6,
    );
    expect(codeOf(() => kv.wordMoversDistance('w1 w2' as unknown as string[], ['w2']))).toBe('ERR_WORDMILL_OPTION');
  });
});

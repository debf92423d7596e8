import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, KeyedVectors } from '@wordmill/core';
import { afterAll, describe, expect, it } from 'vitest';
import { fastTextModel, type Parts, parts } from './fasttext-model.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-bin-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'model.bin');

const load = (bytes: Buffer): Promise<KeyedVectors> => {
  writeFileSync(path, bytes);
  return KeyedVectors.load(path);
};

/** fastText's hash: FNV-1a, each byte with its sign. */
function bucketOf(ngram: string): number {
  let hash = 2166136261;
  for (const byte of Buffer.from(ngram)) hash = Math.imul(hash ^ ((byte << 24) >> 24), 16777619) >>> 0;
  return hash % 5;
}

/** Row r of the sample is [2r, 2r + 1]. */
function meanOfRows(rows: readonly number[]): number[] {
  const mean = rows.reduce((sum, row) => sum + row, 0) / rows.length;
  return [2 * mean, 2 * mean + 1];
}

const NGRAMS = ['<c', '<ca', 'ca', 'cat', 'at', 'at>', 't>'];

describe('a fastText model', () => {
  it('gives words the mean of their row and those of their n-grams', async () => {
    const vectors = await load(fastTextModel());
    expect([...vectors.keys()]).toEqual(['the', 'cat', '</s>']);
    expect(vectors.count('cat')).toBe(4);
    expect(vectors.loadReport).toMatchObject({ format: 'fasttext-bin', rows: 3 });
    const expected = meanOfRows([1, ...NGRAMS.map((ngram) => 3 + bucketOf(ngram))]);
    expect(vectors.get('cat')![0]).toBeCloseTo(expected[0]!, 5);
    expect(vectors.get('cat')![1]).toBeCloseTo(expected[1]!, 5);
    // A line end has no n-grams.
    expect([...vectors.get('</s>')!]).toEqual([4, 5]);
  });

  it('gives unknown words the mean of their n-grams', async () => {
    const vectors = await load(fastTextModel());
    const ngrams = ['<a', '<at', 'at', 'at>', 't>'];
    const expected = meanOfRows(ngrams.map((ngram) => 3 + bucketOf(ngram)));
    expect(vectors.has('at')).toBe(false);
    expect(vectors.canInfer('at')).toBe(true);
    expect(vectors.get('at')![0]).toBeCloseTo(expected[0]!, 5);
    expect([...vectors.getMany(['at', 'cat'])]).toEqual([...vectors.get('at')!, ...vectors.get('cat')!]);
    expect(vectors.similarity('at', 'cat')).toBeGreaterThan(0.9);
    expect((await vectors.mostSimilar('at')).map(({ key }) => key).sort()).toEqual(['</s>', 'cat', 'the']);
    expect((await vectors.mostSimilar('cat')).map(({ key }) => key).sort()).toEqual(['</s>', 'the']);
    expect(await vectors.expression('at - the + cat').nearest({ topN: 1 })).toHaveLength(1);
    // Nothing is known of a word without characters but its marks.
    const without = await load(fastTextModel({ numbers: [2, 5, 1, 1, 5, 1, 2, 2, 5, 0, 0, 100] }));
    expect(without.canInfer('at')).toBe(false);
    expect(without.get('at')).toBeUndefined();
    expect(() => without.similarity('at', 'cat')).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_OOV' }));
  });

  it('keeps its n-grams in safetensors, mapped or copied', async () => {
    const vectors = await load(fastTextModel());
    const saved = join(folder, 'saved.safetensors');
    await vectors.save(saved);
    for (const mmap of [true, false]) {
      const again = await KeyedVectors.load(saved, { mmap });
      for (const word of ['cat', 'at', 'hats']) expect(again.get(word)).toEqual(vectors.get(word));
      again.dispose();
      expect(() => again.get('at')).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_DISPOSED' }));
    }
  });

  it('is described', async () => {
    writeFileSync(path, fastTextModel());
    expect(await inspect(path)).toMatchObject({ format: 'fasttext-bin', readable: true, rows: 3, dimension: 2 });
  });

  it('of a classifier gives its words', async () => {
    const vectors = await load(
      fastTextModel({
        numbers: [2, 5, 1, 1, 5, 1, 3, 3, 5, 0, 0, 100],
        sizes: [3, 2, 1],
        entries: [
          ['the', 3n, 0],
          ['cat', 2n, 0],
          ['__label__a', 1n, 1],
        ],
        input: [7n, 2n],
        output: [1n, 2n],
      }),
    );
    expect([...vectors.keys()]).toEqual(['the', 'cat']);
    expect([...vectors.get('cat')!]).toEqual([2, 3]);
  });

  it('of version 11 is read', async () => {
    expect((await load(fastTextModel({ version: 11 }))).size).toBe(3);
  });
});

describe('a damaged fastText model', () => {
  it('that ends at any byte is an error', async () => {
    const whole = fastTextModel();
    for (let length = 0; length < whole.length; length++) {
      await expect(load(whole.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_WORDMILL_(TRUNCATED|FORMAT|LIMIT)$/),
        file: path,
      });
    }
  });

  it('with bytes behind it is an error', async () => {
    await expect(load(Buffer.concat([fastTextModel(), Buffer.of(0)]))).rejects.toMatchObject({
      code: 'ERR_WORDMILL_FORMAT',
      offset: fastTextModel().length,
    });
  });

  const wrong = [0n, -1n, 2n ** 31n - 1n, 2n ** 62n];
  const damaged: [string, Partial<Parts>][] = [
    ['the version 13', { version: 13 }],
    ['n-grams of 1001 characters', { numbers: parts.numbers.map((number, i) => (i === 10 ? 1001 : number)) }],
    ['a count below 0', { entries: [['the', -1n, 0], ...parts.entries.slice(1)] }],
    ['a label among the words', { entries: [['the', 1n, 1], ...parts.entries.slice(1)] }],
    ['a sampling threshold that is no number', { sample: Number.NaN }],
    ['fewer tokens than none', { tokens: -1n }],
    ['a mark that is neither 0 nor 1', { quantised: [2, 0] }],
    ['another mark that is neither', { quantised: [0, 7] }],
    ['sizes that do not add up', { sizes: [3, 2, 0] }],
    ['labels without being a classifier', { sizes: [3, 2, 1] }],
    ...wrong.map((n): [string, Partial<Parts>] => [`${n} pruned n-grams`, { pruned: n === -1n ? -2n : n }]),
    ...wrong.map((n): [string, Partial<Parts>] => [`${n} input rows`, { input: [n, 2n] }]),
    ...wrong.map((n): [string, Partial<Parts>] => [`${n} input columns`, { input: [8n, n] }]),
    ...wrong.map((n): [string, Partial<Parts>] => [`${n} output rows`, { output: [n, 2n] }]),
    ...[0, -1, 2 ** 31 - 1].map((n): [string, Partial<Parts>] => [`${n} words`, { sizes: [n, n, 0] }]),
    ...[0, -1, 2 ** 31 - 1].flatMap((n) =>
      // dimension, loss, model and buckets
      [0, 6, 7, 8].map((place): [string, Partial<Parts>] => [
        `${n} as number ${place}`,
        { numbers: parts.numbers.map((number, i) => (i === place ? n : number)) },
      ]),
    ),
  ];
  it.each(damaged)('with %s is an error', async (_, replaced) => {
    const error = await load(fastTextModel(replaced)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_WORDMILL_(FORMAT|LIMIT|UNSUPPORTED|TRUNCATED)$/) });
    expect((error as Error).message).toContain(path);
  });

  it('with a flipped byte in its header is read as some model or is an error', async () => {
    const whole = fastTextModel();
    for (let at = 0; at < 92; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const bytes = Buffer.from(whole);
        bytes[at]! ^= flip;
        const result = await load(bytes).catch((error: { code: string }) => error.code);
        if (typeof result === 'string') expect(result).toMatch(/^ERR_WORDMILL_/);
        else expect(result.size).toBe(3);
      }
    }
  });

  it('with numbers that are not finite is an error', async () => {
    const bytes = fastTextModel();
    bytes.writeUInt32LE(0x7fc00000, bytes.length - 24 - 16 - 1 - 8);
    const vectors = await load(bytes);
    const all = vectors.keys();
    expect(() => [...all].map((key) => vectors.get(key))).toThrow(/not finite/);
    await expect(vectors.mostSimilar([...vectors.keys()][0]!)).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT' });
  });

  it('refuses options that mean nothing for it', async () => {
    writeFileSync(path, fastTextModel());
    for (const options of [{ dtype: 'f16' }, { mmap: false }, { limit: 1 }] as const) {
      await expect(KeyedVectors.load(path, options)).rejects.toMatchObject({
        code: 'ERR_WORDMILL_OPTION',
        option: Object.keys(options)[0],
      });
    }
    const vectors = await KeyedVectors.load(path);
    await expect(vectors.save(join(folder, 'x.bin'), { format: 'fasttext-bin' })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_UNSUPPORTED',
    });
  });

  it('that says to be quantised and is not', async () => {
    await expect(load(fastTextModel({ quantised: [1, 0] }))).rejects.toMatchObject({
      code: 'ERR_WORDMILL_FORMAT',
    });
  });
});

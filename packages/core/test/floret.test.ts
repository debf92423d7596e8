import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { inspect, KeyedVectors, type LoadOptions } from '@wordmill/core';
import { afterAll, describe, expect, it } from 'vitest';
import { fastTextModel } from './fasttext-model.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-floret-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'vectors.floret');

/** The table that floret's documentation shows: ten buckets, n-grams of 2 and 3, two hashes. */
const TABLE = `10 10 2 3 2 2166136261 < >
0 -2.2611 3.9302 2.6676 -11.233 0.093715 -10.52 -9.6463 -0.11853 2.101 -0.10145
1 -3.12 -1.7981 10.7 -6.171 4.4527 10.967 9.073 6.2056 -6.1199 -2.0402
2 9.5689 5.6721 -8.4832 -1.2249 2.1871 -3.0264 -2.391 -5.3308 -3.2847 -4.0382
3 3.6268 4.2759 -1.7007 1.5002 5.5266 1.8716 -12.063 0.26314 2.7645 2.4929
4 -11.683 -7.7068 2.1102 2.214 7.2202 0.69799 3.2173 -5.382 -2.0838 5.0314
5 -4.3024 8.0241 2.0714 -1.0174 -0.28369 1.7622 7.8797 -1.7795 6.7541 5.6703
6 8.3574 -5.225 8.6529 8.5605 -8.9465 3.767 -5.4636 -1.4635 -0.98947 -0.58025
7 -10.01 3.3894 -4.4487 1.1669 -11.904 6.5158 4.3681 0.79913 -6.9131 -8.687
8 -5.4576 7.1019 -8.8259 1.7189 4.955 -8.9157 -3.8905 -0.60086 -2.1233 5.892
9 8.0678 -4.4142 3.6236 4.5889 -2.7611 2.4455 0.67096 -4.2822 2.0875 4.6274
`;

/** What floret writes into its .vec for some words, whose n-grams fall into the buckets of that table. */
const VECTORS = {
  ',': [-5.7814, 2.6918, 0.57029, -3.6985, -2.7079, 1.4406, 1.0084, 1.7463, -3.8625, -3.0565],
  der: [0.08224, 2.6601, -1.173, 1.1549, -0.42821, -0.097268, -2.5589, -1.609, -0.16968, 0.84687],
  in: [-0.87635, 2.0958, 4.0018, -2.2473, -1.2429, 2.3474, 1.8846, 0.46521, -0.506, -0.26653],
};

const load = (text: string, options: LoadOptions = {}): Promise<KeyedVectors> => {
  writeFileSync(path, text);
  return KeyedVectors.load(path, options);
};

describe('a floret table', () => {
  it('gives every word the vector that floret gives it', async () => {
    const vectors = await load(TABLE);
    expect(vectors.loadReport).toMatchObject({ format: 'floret', rows: 0 });
    expect([vectors.size, vectors.dimension]).toEqual([0, 10]);
    for (const [word, expected] of Object.entries(VECTORS)) {
      const vector = vectors.get(word)!;
      for (const [i, value] of expected.entries()) expect(vector[i]).toBeCloseTo(value, 3);
    }
    expect(vectors.has('der')).toBe(false);
    expect(vectors.canInfer('der')).toBe(true);
    expect(vectors.similarity('der', 'der')).toBeCloseTo(1, 6);
    expect(await vectors.mostSimilar('der')).toEqual([]);
  });

  it('has a vocabulary where words are given', async () => {
    const words = join(folder, 'words.txt');
    writeFileSync(words, 'der\nin\nder\n,\n');
    const vectors = await load(TABLE, { words });
    expect([...vectors.keys()]).toEqual(['der', 'in', ',']);
    expect(vectors.loadReport).toMatchObject({ duplicates: 1 });
    expect(vectors.get('in')![0]).toBeCloseTo(-0.87635, 3);
    expect((await vectors.mostSimilar('und')).map(({ key }) => key).sort()).toEqual([',', 'der', 'in']);
  });

  it('infers after being saved as safetensors, and unpacked', async () => {
    const words = join(folder, 'two.txt');
    writeFileSync(words, 'der\nin\n');
    writeFileSync(`${path}.gz`, gzipSync(TABLE));
    const vectors = await KeyedVectors.load(`${path}.gz`, { words });
    const saved = join(folder, 'saved.safetensors');
    await vectors.save(saved);
    const again = await KeyedVectors.load(saved);
    for (const word of ['der', 'unknown', '']) expect(again.get(word)).toEqual(vectors.get(word));
  });

  it('is described, and not written', async () => {
    writeFileSync(path, TABLE);
    expect(await inspect(path)).toMatchObject({ format: 'floret', readable: true, rows: 10, dimension: 10 });
    const vectors = await KeyedVectors.load(path);
    await expect(vectors.save(path, { format: 'floret' })).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    await expect(vectors.save(join(folder, 'none.safetensors'))).rejects.toThrow(/no words/);
  });

  it.each([
    ['another seed', TABLE.replace('2166136261', '7'), 'UNSUPPORTED'],
    ['other marks', TABLE.replace('< >', '[ ]'), 'UNSUPPORTED'],
    ['n-grams the wrong way round', TABLE.replace('2 3 2', '4 3 2'), 'FORMAT'],
    ['too long n-grams', TABLE.replace('2 3 2', '2 3000 2'), 'FORMAT'],
    ['no buckets', TABLE.replace('10 10', '0 10'), 'FORMAT'],
    ['more buckets than rows', TABLE.replace('10 10', '11 10'), 'TRUNCATED'],
    ['more buckets than any file', TABLE.replace('10 10', '2147483647 10'), 'TRUNCATED'],
    ['too many numbers a row', TABLE.replace('10 10', '10 11'), 'FORMAT'],
    ['rows in another order', TABLE.replace('\n3 ', '\n4 '), 'FORMAT'],
    ['a number that is none', TABLE.replace('8.0678', '8.o678'), 'FORMAT'],
    ['its end cut off', TABLE.slice(0, -40), 'TRUNCATED'],
  ])('with %s is an error', async (_, text, code) => {
    await expect(load(text)).rejects.toMatchObject({ code: `ERR_WORDMILL_${code}`, file: path });
  });

  it('refuses options that mean nothing for it', async () => {
    for (const options of [{ dtype: 'f16' }, { mmap: true }, { limit: 1 }] as const) {
      await expect(load(TABLE, options)).rejects.toMatchObject({
        code: 'ERR_WORDMILL_OPTION',
        option: Object.keys(options)[0],
      });
    }
  });
});

describe("a floret model, whose header has two numbers more than fastText's", () => {
  const model = (mode: number, hashes: number): Buffer =>
    fastTextModel({ numbers: [2, 5, 1, 1, 5, 1, 2, 2, 5, 2, 3, mode, hashes, 100] });
  let files = 0;
  /** Each from a file of its own, since models are mapped. */
  const read = (bytes: Buffer): Promise<KeyedVectors> => {
    const file = join(folder, `${files++}.bin`);
    writeFileSync(file, bytes);
    return KeyedVectors.load(file);
  };

  it('in fastText mode is what fastText would have written', async () => {
    const [theirs, ours] = [await read(model(1, 1)), await read(fastTextModel())];
    for (const word of ['cat', 'the', '</s>', 'hat']) expect(theirs.get(word)).toEqual(ours.get(word));
  });

  it('in its own mode makes words of buckets alone', async () => {
    const vectors = await read(model(2, 2));
    expect([...vectors.keys()]).toEqual(['the', 'cat', '</s>']);
    // The rows of buckets are the third and later ones, and row r is [2r, 2r + 1].
    const table = [
      '5 2 2 3 2 2166136261 < >',
      ...Array.from({ length: 5 }, (_, i) => `${i} ${6 + 2 * i} ${7 + 2 * i}`),
    ];
    const same = await load(`${table.join('\n')}\n`);
    for (const word of ['cat', 'the', 'hat']) expect(vectors.get(word)).toEqual(same.get(word));
  });

  it.each([
    [3, 1],
    [2, 0],
    [2, 5],
  ])('of mode %i with %i hashes is no model', async (mode, hashes) => {
    await expect(read(model(mode, hashes))).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT' });
  });

  it('that ends at any byte is an error', async () => {
    const whole = model(2, 2);
    for (let length = 0; length < whole.length; length++) {
      await expect(read(whole.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_WORDMILL_(TRUNCATED|FORMAT|LIMIT)$/),
      });
    }
  });
});

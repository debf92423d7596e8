import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWordmillError, KeyedVectors, type Progress } from '@wordmill/core';
import { type Objective, Word2Vec } from '@wordmill/word2vec';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf, topicSentences } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-model-'));
const path = join(folder, 'model.safetensors');
const sentences = topicSentences(1000);
const options = { vectorSize: 6, epochs: 1, threads: 1 } as const;
afterAll(() => rmSync(folder, { recursive: true }));

describe('a saved model', () => {
  const objectives: Objective[] = ['negative-sampling', 'hierarchical-softmax', 'both', 'softmax'];
  it.each(objectives)('is the same after loading: %s', async (objective) => {
    const model = await Word2Vec.train(sentences, { ...options, objective });
    const saving: Progress[] = [];
    await model.save(path, { onProgress: (progress) => saving.push(progress) });
    const loading: Progress[] = [];
    const loaded = await Word2Vec.load(path, { onProgress: (progress) => loading.push(progress) });
    expect(saving.at(-1)).toMatchObject({ phase: 'saving', done: saving.at(-1)!.total });
    expect(loading.at(-1)).toMatchObject({ phase: 'loading', done: loading.at(-1)!.total });
    expect(bytesOf(loaded).equals(bytesOf(model))).toBe(true);
    expect([...loaded.vectors.keys()]).toEqual([...model.vectors.keys()]);
    expect([...(loaded.contextVectors?.keys() ?? [])]).toEqual([...(model.contextVectors?.keys() ?? [])]);
    expect(loaded.vectors.count('a1')).toBe(model.vectors.count('a1'));
    expect(loaded.options).toEqual(model.options);
    expect(loaded.report).toEqual(model.report);
    // Also what is not visible, the tree, was kept: training goes on in the same way.
    await model.continueTraining(sentences, { threads: 1 });
    await loaded.continueTraining(sentences, { threads: 1 });
    expect(bytesOf(loaded).equals(bytesOf(model))).toBe(true);
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
  });

  it('is replaced, also by the model that was loaded from it', async () => {
    const model = await Word2Vec.load(path);
    const vectors = await KeyedVectors.load(path, { mmap: true });
    const before = vectors.get('a1');
    await model.continueTraining(sentences);
    await model.save(path);
    expect(vectors.get('a1')).toEqual(before);
    expect((await Word2Vec.load(path)).vectors.get('a1')).toEqual(model.vectors.get('a1'));
  });

  it('gives its vectors to KeyedVectors.load', async () => {
    const model = await Word2Vec.load(path);
    const vectors = await KeyedVectors.load(path);
    expect(vectors.toFloat32Array()).toEqual(model.vectors.toFloat32Array());
    expect(vectors.count('a1')).toBe(model.vectors.count('a1'));
  });

  it('keeps words that are no UTF-8', async () => {
    const text = join(folder, 'text');
    writeFileSync(text, Buffer.from('caf\xe9 th\xe9\n'.repeat(20), 'latin1'));
    const model = await Word2Vec.train(text, { ...options, invalidUtf8: 'escape' });
    await model.save(path);
    expect([...(await Word2Vec.load(path)).vectors.keys()]).toEqual(['caf\udce9', 'th\udce9']);
  });
});

describe('a file that is no model', () => {
  it('is refused by what it is', async () => {
    const refused = async (expected: object): Promise<void> =>
      expect(Word2Vec.load(path)).rejects.toMatchObject({ file: path, ...expected });
    rmSync(path);
    await refused({ code: 'ERR_WORDMILL_IO', system: 'ENOENT' });
    await expect(Word2Vec.load(folder)).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO', file: folder });
    writeFileSync(path, '');
    await refused({ code: 'ERR_WORDMILL_TRUNCATED' });
    writeFileSync(path, '3 2\na 1 2\nb 1 2\nc 1 2\n');
    await refused({ code: expect.stringMatching(/LIMIT|TRUNCATED|FORMAT/) });
    await KeyedVectors.from({ a: [1, 2], b: [3, 4] }).save(path, { format: 'safetensors' });
    await refused({ code: 'ERR_WORDMILL_FORMAT', message: expect.stringContaining('KeyedVectors.load()') });
  });

  it('or is cut at any place', async () => {
    const model = await Word2Vec.train(sentences, { ...options, objective: 'both' });
    await model.save(path);
    const whole = readFileSync(path);
    const places = [
      ...Array(40).keys(),
      ...Array.from({ length: 100 }, (_, i) => Math.floor((whole.length * i) / 100)),
      whole.length - 1,
    ];
    for (const length of places) {
      writeFileSync(path, whole.subarray(0, length));
      const error = await Word2Vec.load(path).catch((e: unknown) => e);
      expect(isWordmillError(error), `${length}: ${error}`).toBe(true);
      expect(error).toMatchObject({ file: path, code: expect.stringMatching(/TRUNCATED|LIMIT|FORMAT/) });
    }
  });

  it('or was damaged anywhere', async () => {
    const model = await Word2Vec.train(sentences, { ...options, objective: 'both' });
    await model.save(path);
    const whole = readFileSync(path);
    const expected = bytesOf(model);
    for (let at = 0; at < whole.length; at += 97) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 0x41;
      writeFileSync(path, damaged);
      const loaded = await Word2Vec.load(path).catch((e: unknown) => e);
      // Some bytes (padding, a report's digits) carry no weights: then these are what they were.
      if (loaded instanceof Word2Vec) expect(bytesOf(loaded).equals(expected), `byte ${at}`).toBe(true);
      else expect(isWordmillError(loaded), `byte ${at}: ${loaded}`).toBe(true);
    }
  });

  it('or has metadata that lie', async () => {
    const model = await Word2Vec.train(sentences, options);
    await model.save(path);
    const whole = readFileSync(path, 'latin1');
    const lies: [from: string, to: string, message: RegExp][] = [
      ['\\"vectorSize\\":6', '\\"vectorSize\\":7', /must be \[41,7\]/],
      [
        '\\"objective\\":\\"negative-sampling\\"',
        '\\"objective\\":\\"negative-sampler_\\"',
        /word2vec\.options.*objective/,
      ],
      ['\\"windowSize\\":5', '\\"windowSize\\":0', /windowSize/],
      ['\\"finished\\":true', '\\"finished\\":null', /word2vec\.report.*finished/],
      ['word2vec.options', 'word2vec.optional', /word2vec\.options.*missing/],
      ['"wordmill.kind":"word2vec"', '"wordmill.kind":"fasttext"', /fasttext/],
    ];
    for (const [from, to, message] of lies) {
      expect(whole).toContain(from);
      let lied = whole.replace(from, to);
      // The header is padded with spaces: its length stays.
      if (to.length > from.length) lied = lied.replace(' '.repeat(to.length - from.length), '');
      writeFileSync(path, lied, 'latin1');
      const expected = { code: 'ERR_WORDMILL_FORMAT', file: path, message: expect.stringMatching(message) };
      await expect(Word2Vec.load(path), to).rejects.toMatchObject(expected);
    }
  });
});

it('a full disk leaves the old file as it was', async () => {
  const model = await Word2Vec.train(sentences, options);
  await expect(model.save('/dev/full')).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO', system: 'ENOSPC' });
  const missing = join(folder, 'missing', 'model');
  await expect(model.save(missing)).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO', file: missing });
});

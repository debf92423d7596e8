import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus, inspect, isWordmillError, KeyedVectors, type Tokenizer, tokenizerFingerprint } from '@wordmill/core';
import { Word2Vec } from '@wordmill/word2vec';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf, topicSentences } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-word2vec-tokens-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string): string => join(folder, name);

const lines = topicSentences(1500).map((words) => words.join(' '));

/** Pairs of characters, whose ids stand in the order of the alphabet and not of frequency; some never occur. */
function pairs(name: string, first: string): Tokenizer {
  const characters = `${first}abcdefghijklmnopqrstuvwxyz0123456789 `;
  const vocabulary = [...characters].flatMap((a) => [...characters].map((b) => a + b));
  const keys = [...new Set([...vocabulary, ...characters])];
  const ids = new Map(keys.map((key, id) => [key, id]));
  return {
    name,
    vocabulary: keys,
    encode: (text) => (text.match(/[\s\S]{1,2}/g) ?? []).flatMap((pair) => ids.get(pair) ?? []),
  };
}
const ours = pairs('ours', '');
const theirs = pairs('theirs', '!');
const options = { vectorSize: 8, epochs: 1, threads: 1, tokenizer: ours } as const;

async function failure(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isWordmillError(error)) throw new Error(`no WordmillError but ${error}`);
  return { code: error.code, option: error.option, message: error.message };
}

/** The error of another tokenizer, which names both. */
const mismatch = { code: 'ERR_WORDMILL_TOKENIZER', message: expect.stringMatching(/"ours".*"theirs"/) };

describe('Word2Vec on tokens', () => {
  it('has row i for id i, whether it reads the text or takes a ready corpus', async () => {
    const model = await Word2Vec.train(lines, options);
    const { vectors } = model;
    expect([...vectors.keys()]).toEqual(ours.vocabulary);
    expect(vectors.tokenizer).toEqual(tokenizerFingerprint(ours));
    const corpus = await Corpus.fromSentences(lines, { tokenizer: ours });
    const { tokenizer: _, ...rest } = options;
    const same = await Word2Vec.train(corpus, rest);
    expect(bytesOf(same)).toEqual(bytesOf(model));
    expect(await failure(Word2Vec.train(corpus, options))).toMatchObject({
      code: 'ERR_WORDMILL_OPTION',
      option: 'tokenizer',
    });
  });

  it('keeps the fingerprint in the files of the model and of its vectors', async () => {
    const model = await Word2Vec.train(lines, options);
    const files = [path('model.safetensors'), path('vectors.safetensors')] as const;
    await model.save(files[0]);
    await model.vectors.save(files[1]);
    for (const file of files) {
      const loaded = await KeyedVectors.load(file, { tokenizer: ours });
      expect(loaded.tokenizer).toEqual(tokenizerFingerprint(ours));
      expect((await KeyedVectors.load(file)).size).toBe(ours.vocabulary.length);
      expect((await KeyedVectors.load(file, { limit: 5, tokenizer: ours })).size).toBe(5);
      expect(await failure(KeyedVectors.load(file, { tokenizer: theirs }))).toMatchObject(mismatch);
      const { metadata } = await inspect(file);
      expect(metadata).toMatchObject({
        'tokenizer.name': 'ours',
        'tokenizer.fingerprint': tokenizerFingerprint(ours).fingerprint,
      });
    }
    expect((await Word2Vec.load(files[0], { tokenizer: ours })).contextVectors!.tokenizer!.name).toBe('ours');
    expect(await failure(Word2Vec.load(files[0], { tokenizer: theirs }))).toMatchObject(mismatch);
    // Rows that were chosen are no longer ids.
    expect((await model.vectors.subset(['ab', 'a1'])).tokenizer).toBeUndefined();
  });

  it('compares the keys of a file that does not say', async () => {
    const model = await Word2Vec.train(lines, options);
    const file = path('plain.vec.gz');
    await KeyedVectors.from({ keys: theirs.vocabulary, vectors: new Float32Array(theirs.vocabulary.length) }).save(
      file,
    );
    expect((await KeyedVectors.load(file, { tokenizer: theirs })).size).toBe(theirs.vocabulary.length);
    const error = await failure(KeyedVectors.load(file, { tokenizer: ours }));
    expect(error.code).toBe('ERR_WORDMILL_TOKENIZER');
    expect(error.message).toMatch(/"ours".*row 0 is "!!", not "aa"/);
    const few = await model.vectors.subset(['aa', 'ab']);
    await few.save(path('few.safetensors'));
    const fewer = await failure(KeyedVectors.load(path('few.safetensors'), { tokenizer: ours }));
    expect(fewer.message).toContain('2 rows');
  });

  it('goes on with the same tokenizer only', async () => {
    const model = await Word2Vec.train(lines, options);
    const before = bytesOf(model);
    expect(await failure(model.continueTraining(lines, { tokenizer: theirs }))).toMatchObject(mismatch);
    const other = await Corpus.fromSentences(lines, { tokenizer: theirs });
    expect(await failure(model.continueTraining(other))).toMatchObject(mismatch);
    const words = await failure(model.continueTraining(lines));
    expect(words).toMatchObject({ code: 'ERR_WORDMILL_TOKENIZER', option: 'tokenizer' });
    expect(bytesOf(model)).toEqual(before);
    await model.continueTraining(lines, { tokenizer: ours });
    expect(bytesOf(model)).not.toEqual(before);
    expect(model.vectors.tokenizer!.name).toBe('ours');
    const plain = await Word2Vec.train(lines, { ...options, tokenizer: undefined });
    expect(await failure(plain.continueTraining(lines, { tokenizer: ours }))).toMatchObject({
      code: 'ERR_WORDMILL_TOKENIZER',
    });
    expect(
      await failure(
        plain.save(path('words.safetensors')).then(() => Word2Vec.load(path('words.safetensors'), { tokenizer: ours })),
      ),
    ).toMatchObject({ code: 'ERR_WORDMILL_TOKENIZER' });
  });

  it('resumes from a checkpoint to the same model', async () => {
    const file = path('checkpoint.safetensors');
    const whole = await Word2Vec.train(lines, { ...options, epochs: 3 });
    const controller = new AbortController();
    await Word2Vec.train(lines, {
      ...options,
      epochs: 3,
      checkpoint: { path: file, every: { epochs: 1 } },
      signal: controller.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === 2) controller.abort();
      },
    }).catch(() => {});
    expect(await failure(Word2Vec.resume(file, lines, { tokenizer: theirs }))).toMatchObject(mismatch);
    const resumed = await Word2Vec.resume(file, lines, { tokenizer: ours, threads: 1 });
    expect(bytesOf(resumed)).toEqual(bytesOf(whole));
  });

  it('scores lists of tokens, not text', async () => {
    const model = await Word2Vec.train(lines, { ...options, objective: 'hierarchical-softmax' });
    const [score] = await model.score([['a1', ' t', 'he']]);
    expect(score).toBeLessThan(0);
    expect(await failure(model.score(['the a1']))).toMatchObject({ code: 'ERR_WORDMILL_TOKENIZER' });
  });
});

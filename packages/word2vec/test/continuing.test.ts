import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus, KeyedVectors } from '@wordmill/core';
import { type Objective, Word2Vec } from '@wordmill/word2vec';
import { describe, expect, it } from 'vitest';
import { bytesOf, separation, topicSentences } from './topics.js';

const options = { vectorSize: 12, epochs: 2, threads: 1, sample: 0.02 } as const;
const sentences = topicSentences(1500);
/** The same topics, with a new word in one and an old word less. */
const more = topicSentences(1500, 77).map((tokens) => tokens.map((word) => (word === 'a19' ? 'a20' : word)));

describe('continuing', () => {
  const objectives: Objective[] = ['negative-sampling', 'hierarchical-softmax', 'both', 'softmax'];
  it.each(objectives)('learns more with the words there are: %s', async (objective) => {
    const model = await Word2Vec.train(sentences, { ...options, objective });
    const { loss } = model.report;
    const [old, count] = [model.vectors, model.vectors.count('a1')];
    const a1 = old.get('a1');
    await model.continueTraining(more);
    expect(model.report.loss).toBeLessThan(loss);
    expect(separation(model.vectors)).toBeGreaterThan(0.5);
    expect(model.vectors.size).toBe(41);
    expect(model.vectors.has('a20')).toBe(false);
    expect(model.vectors.count('a1')).toBe(count);
    expect(old.get('a1')).toEqual(a1);
    expect(model.vectors.get('a1')).not.toEqual(a1);
  });

  it('appends new words and adds frequencies', async () => {
    const model = await Word2Vec.train(sentences, options);
    const before = [...model.vectors.keys()];
    const counts = ['a1', 'a19', 'the'].map((word) => model.vectors.count(word)!);
    const corpus = await Corpus.fromSentences([...more, ['once', 'a1'], ['a21', 'a21', 'a21']]);
    const seen = await corpus.view({ minCount: 1 });
    const counted = new Map([...seen.entries()].map(({ word, count }) => [word, count]));
    await model.continueTraining(corpus, { updateVocabulary: true, minCount: 3, epochs: 4 });
    const { vectors } = model;
    expect([...vectors.keys()]).toEqual([...before, 'a20', 'a21']);
    expect(vectors.count('a1')).toBe(counts[0]! + counted.get('a1')!);
    expect(vectors.count('a19')).toBe(counts[1]);
    expect(vectors.count('the')).toBe(counts[2]! + counted.get('the')!);
    expect(vectors.count('a20')).toBe(counted.get('a20'));
    expect(vectors.similarity('a20', 'a1')).toBeGreaterThan(vectors.similarity('a20', 'b1') + 0.5);
    expect(model.contextVectors!.size).toBe(vectors.size);
    expect(model.options).toMatchObject({ epochs: 4, minCount: 3 });
    expect(model.report.vocabulary).toBe(43);
  });

  it('is reproducible, also when the model was saved between', async () => {
    const once = await Word2Vec.train(sentences, options);
    const path = join(mkdtempSync(join(tmpdir(), 'wordmill-continue-')), 'model');
    await once.save(path);
    const again = await Word2Vec.load(path);
    rmSync(path);
    await once.continueTraining(more, { updateVocabulary: true, threads: 1 });
    await again.continueTraining(more, { updateVocabulary: true, threads: 1 });
    expect(bytesOf(once).equals(bytesOf(again))).toBe(true);
  });

  it('reads text as the model was trained', async () => {
    const model = await Word2Vec.train(sentences, { ...options, lowercase: true });
    await model.continueTraining(more.map((tokens) => tokens.map((word) => word.toUpperCase())));
    expect(model.report.tokens).toBeGreaterThan(25_000);
  });
});

describe('what fails leaves the model as it was', () => {
  it('when text, options or callbacks are wrong', async () => {
    const model = await Word2Vec.train(sentences, options);
    const before = bytesOf(model);
    const mistake = new Error('mistake');
    const onEpoch = (): never => {
      throw mistake;
    };
    await expect(model.continueTraining(more, { onEpoch, threads: 1 })).rejects.toBe(mistake);
    const unknown = { code: 'ERR_WORDMILL_CORPUS' };
    await expect(model.continueTraining([['entirely', 'unknown']])).rejects.toMatchObject(unknown);
    await expect(model.continueTraining('missing.txt')).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO' });
    const option = (name: string) => ({ code: 'ERR_WORDMILL_OPTION', option: name });
    await expect(model.continueTraining(more, { minCount: 2 })).rejects.toMatchObject(option('minCount'));
    await expect(model.continueTraining(more, { vectorSize: 5 } as never)).rejects.toMatchObject(option('vectorSize'));
    await expect(model.continueTraining(more, { learningRate: 100 })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_DIVERGED',
    });
    expect(bytesOf(model).equals(before)).toBe(true);
    await model.continueTraining(more);
  });

  it('with hierarchical softmax the vocabulary cannot grow', async () => {
    for (const objective of ['hierarchical-softmax', 'both'] as const) {
      const model = await Word2Vec.train(sentences, { ...options, objective });
      const expected = {
        code: 'ERR_WORDMILL_OPTION',
        option: 'updateVocabulary',
        message: expect.stringContaining('tree'),
      };
      await expect(model.continueTraining(more, { updateVocabulary: true })).rejects.toMatchObject(expected);
    }
    const model = await Word2Vec.train(sentences, { ...options, objective: 'hierarchical-softmax' });
    const expected = { code: 'ERR_WORDMILL_OPTION', option: 'negativeSamples' };
    await expect(model.continueTraining(more, { negativeSamples: 3 })).rejects.toMatchObject(expected);
  });

  it('one training of a model at a time', async () => {
    const model = await Word2Vec.train(sentences, options);
    const first = model.continueTraining(more);
    await expect(model.continueTraining(more)).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    await first;
  });

  it('a model that is disposed of meanwhile', async () => {
    const model = await Word2Vec.train(sentences, options);
    const training = model.continueTraining(more);
    model.dispose();
    await expect(training).rejects.toMatchObject({ code: 'ERR_WORDMILL_DISPOSED' });
  });
});

it('vectors taken before stay usable, and dispose() frees the rest', async () => {
  const model = await Word2Vec.train(sentences, options);
  const { vectors, contextVectors } = model;
  await model.continueTraining(more);
  expect(vectors.has('a1')).toBe(true);
  expect(contextVectors!.get('a1')).toBeInstanceOf(Float32Array);
  expect(vectors).toBeInstanceOf(KeyedVectors);
  const now = model.vectors;
  model.dispose();
  model.dispose();
  const disposed = { code: 'ERR_WORDMILL_DISPOSED' };
  expect(() => now.get('a1')).toThrow(expect.objectContaining(disposed));
  await expect(model.save('never')).rejects.toMatchObject(disposed);
  await expect(model.continueTraining(more)).rejects.toMatchObject(disposed);
  await expect(model.predictOutputWord(['a1'])).rejects.toMatchObject(disposed);
  expect(vectors.has('a1')).toBe(true);
});

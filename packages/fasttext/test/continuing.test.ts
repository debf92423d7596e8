import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus } from '@wordmill/core';
import { FastText, FastTextClassifier, type Objective } from '@wordmill/fasttext';
import { afterAll, describe, expect, it } from 'vitest';
import { questions } from './questions.js';
import { separation, topicSentences } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-continue-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sentences = topicSentences(1000);
const options = { vectorSize: 12, minCount: 1, sample: 0, epochs: 2, threads: 1, buckets: 5000 } as const;
/** The same topics, with a new word in one and an old word less. */
const more = sentences.map((tokens) => tokens.map((word) => (word === 'sunny3' ? 'sunniest' : word)));
const bytesOf = ({ vectors }: FastText): Buffer => Buffer.from(vectors.toFloat32Array().buffer);

describe('continuing', () => {
  const objectives: Objective[] = ['negative-sampling', 'hierarchical-softmax', 'softmax'];
  it.each(objectives)('learns more with the words there are: %s', async (objective) => {
    const model = await FastText.train(sentences, { ...options, objective });
    const { loss } = model.report!;
    const old = model.vectors;
    const [word, inferred] = [old.get('sunny1'), old.get('sunnyish')];
    await model.continueTraining(more);
    expect(model.report!.loss).toBeLessThan(loss);
    expect(separation(model.vectors)).toBeGreaterThan(0.5);
    expect([...model.vectors.keys()]).toEqual([...old.keys()]);
    expect(model.vectors.has('sunniest')).toBe(false);
    expect(old.get('sunny1')).toEqual(word);
    expect(old.get('sunnyish')).toEqual(inferred);
    expect(model.vectors.get('sunny1')).not.toEqual(word);
    expect(model.vectors.get('sunnyish')).not.toEqual(inferred);
  });

  it('appends new words, whose n-grams it may know, and adds frequencies', async () => {
    const model = await FastText.train(sentences, options);
    const before = [...model.vectors.keys()];
    const count = model.vectors.count('sunny1')!;
    await model.continueTraining(more, { updateVocabulary: true, minCount: 3, epochs: 3 });
    const { vectors } = model;
    expect([...vectors.keys()]).toEqual([...before, 'sunniest']);
    expect(vectors.count('sunny1')).toBe(2 * count);
    expect(vectors.similarity('sunniest', 'sunny1')).toBeGreaterThan(vectors.similarity('sunniest', 'rainy1') + 0.3);
    expect(model.options).toMatchObject({ epochs: 3, minCount: 3, vectorSize: 12 });
    const path = join(folder, 'grown.bin');
    await model.save(path);
    const again = await FastText.load(path);
    for (const key of ['sunniest', 'rainy2', 'rainyish']) {
      for (const [i, value] of again.vectors.get(key)!.entries()) expect(value).toBeCloseTo(vectors.get(key)![i]!, 5);
    }
  });

  it.each(['model.safetensors', 'model.bin'])('goes on from a file as from memory: %s', async (name) => {
    const model = await FastText.train(sentences, options);
    const path = join(folder, name);
    await model.save(path);
    const again = await FastText.load(path);
    // A .bin does not hold the learning rate and the seed.
    const given = { threads: 1, learningRate: 0.03, seed: 3 };
    await model.continueTraining(more, given);
    await again.continueTraining(more, given);
    const [a, b] = [model, again].map(({ vectors }) => vectors);
    for (const key of ['sunny1', 'rainy1', 'sunnyish']) {
      for (const [i, value] of a!.get(key)!.entries()) expect(b!.get(key)![i]).toBeCloseTo(value, 2);
    }
    if (name.endsWith('safetensors')) expect(bytesOf(model).equals(bytesOf(again))).toBe(true);
  });

  it('leaves the model as it was when text, options or callbacks are wrong', async () => {
    const model = await FastText.train(sentences, { ...options, lineEndToken: false });
    const before = bytesOf(model);
    const mistake = new Error('mistake');
    const onEpoch = (): never => {
      throw mistake;
    };
    await expect(model.continueTraining(more, { onEpoch })).rejects.toBe(mistake);
    await expect(model.continueTraining([['entirely', 'unknown']])).rejects.toMatchObject({
      code: 'ERR_WORDMILL_CORPUS',
    });
    await expect(model.continueTraining('missing.txt')).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO' });
    const option = (name: string) => ({ code: 'ERR_WORDMILL_OPTION', option: name });
    await expect(model.continueTraining(more, { minCount: 2 })).rejects.toMatchObject(option('minCount'));
    await expect(model.continueTraining(more, { buckets: 5 } as never)).rejects.toMatchObject(option('buckets'));
    await expect(model.continueTraining(more, { learningRate: 1e6 })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_DIVERGED',
    });
    await expect(model.continueTraining(more, { signal: AbortSignal.abort(mistake) })).rejects.toBe(mistake);
    expect(bytesOf(model).equals(before)).toBe(true);
    await model.continueTraining(more);
  });

  it('refuses what cannot be', async () => {
    const tree = await FastText.train(sentences, { ...options, objective: 'hierarchical-softmax' });
    await expect(tree.continueTraining(more, { updateVocabulary: true })).rejects.toMatchObject({
      option: 'updateVocabulary',
      message: expect.stringContaining('tree'),
    });
    await expect(tree.continueTraining(more, { negativeSamples: 3 })).rejects.toMatchObject({
      option: 'negativeSamples',
    });
    const many = Array.from({ length: 300 }, (_, i) => `word${i} other${i}`);
    const small = await (await FastText.train(many, options)).quantize();
    await expect(small.continueTraining(more)).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    const model = await FastText.train(sentences, options);
    const first = model.continueTraining(more);
    await expect(model.continueTraining(more)).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    await first;
    const last = model.continueTraining(more);
    model.dispose();
    await expect(last).rejects.toMatchObject({ code: 'ERR_WORDMILL_DISPOSED' });
    await expect(model.continueTraining(more)).rejects.toMatchObject({ code: 'ERR_WORDMILL_DISPOSED' });
  });
});

describe('continuing a classifier', () => {
  const lines = questions(300);
  const further = questions(300, 5);
  const unseen = questions(200, 7);
  const given = { vectorSize: 10, learningRate: 0.1, epochs: 1, wordNgrams: 2, buckets: 5000, threads: 1 } as const;

  it.each(['softmax', 'hierarchical-softmax', 'negative-sampling', 'one-vs-all'] as const)(
    'learns more, also from a file: %s',
    async (objective) => {
      const classifier = await FastTextClassifier.train(lines, { ...given, objective });
      const { loss } = classifier.report!;
      const before = classifier.getTextVector('which flour makes bread');
      const path = join(folder, 'classifier.bin');
      await classifier.save(path);
      const loaded = await FastTextClassifier.load(path);
      for (const one of [classifier, loaded]) {
        await one.continueTraining(further, { learningRate: 0.5, epochs: 20 });
        expect(one.report!.loss).toBeLessThan(loss);
        expect(one.getTextVector('which flour makes bread')).not.toEqual(before);
        expect((await one.test(unseen)).precision).toBeGreaterThan(0.95);
        expect(one.options).toMatchObject({ epochs: 20, vectorSize: 10, objective });
        one.dispose();
      }
    },
  );

  it('leaves it as it was when that fails', async () => {
    const classifier = await FastTextClassifier.train(lines, given);
    const before = classifier.predict('which flour makes bread', { k: 3 });
    const refused = (source: string[], options: object) => expect(classifier.continueTraining(source, options)).rejects;
    await refused(['no labels here'], {}).toMatchObject({ code: 'ERR_WORDMILL_CORPUS' });
    await refused(['__label__unheard of this'], {}).toMatchObject({ code: 'ERR_WORDMILL_CORPUS' });
    await refused(further, { vectorSize: 3 }).toMatchObject({ option: 'vectorSize' });
    await refused(further, { negativeSamples: 3 }).toMatchObject({ option: 'negativeSamples' });
    await refused(further, { learningRate: 1e30, epochs: 50 }).toMatchObject({ code: 'ERR_WORDMILL_DIVERGED' });
    const reason = new Error('enough');
    await refused(further, { signal: AbortSignal.abort(reason) }).toBe(reason);
    expect(classifier.predict('which flour makes bread', { k: 3 })).toEqual(before);
    const last = classifier.continueTraining(further);
    await refused(further, {}).toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    classifier.dispose();
    await expect(last).rejects.toMatchObject({ code: 'ERR_WORDMILL_DISPOSED' });
  });
});

describe('planning', () => {
  it('tells vocabulary, n-grams, bytes and time before training', async () => {
    const corpus = await Corpus.fromSentences(sentences);
    const plan = await FastText.plan(corpus, options);
    const { report } = await FastText.train(corpus, options);
    expect(plan).toMatchObject({ vocabulary: report!.vocabulary, ngrams: report!.ngrams });
    // Rows of 12 numbers take 64 bytes.
    expect(plan.bytes.matrices).toBe((2 * plan.vocabulary + plan.ngrams) * 64);
    expect(plan.bytes.total).toBe(plan.bytes.matrices + plan.bytes.corpus + plan.bytes.vocabulary);
    expect(plan.memory).toBeGreaterThan(plan.bytes.total);
    expect(plan.tokensPerEpoch).toBe(report!.tokens / options.epochs);
    const without = await FastText.plan(corpus, { ...options, maxNgramLength: 0, objective: 'hierarchical-softmax' });
    expect(without.bytes.matrices).toBe((2 * plan.vocabulary - 1) * 64);
    await expect(FastText.plan(corpus, { onEpoch: () => {} } as never)).rejects.toMatchObject({ option: 'onEpoch' });
  });
});

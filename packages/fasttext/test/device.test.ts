import { Corpus } from '@wordmill/core';
import { FastText, FastTextClassifier } from '@wordmill/fasttext';
import { describe, expect, it } from 'vitest';
import { EMULATED_GPU, inTrouble, useEmulatedModule } from '../../../native/test/emulated-module.js';
import { separation, topicSentences } from './topics.js';

useEmulatedModule();

const sentences = topicSentences(200);
const corpus = await Corpus.fromSentences(sentences);
const small = {
  ...{ vectorSize: 10, epochs: 3, minCount: 1, sample: 0, learningRate: 0.1, threads: 1 },
  ...{ minNgramLength: 4, maxNgramLength: 5, buckets: 1000 },
} as const;
const lines = sentences.map((words) => {
  const topic = words.find((word) => word !== 'the')!.replace(/\d+$/, '');
  return `__label__${topic} ${words.join(' ')}`;
});
const classes = { vectorSize: 10, epochs: 5, threads: 1 } as const;

// First, before a GPU is opened, which then stays open.
it('goes on on the processor with auto where there is no GPU, and says why', async () => {
  await inTrouble('no-device', async () => {
    const why = { device: 'cpu', deviceReason: expect.stringContaining('the driver finds no GPU') };
    const model = await FastText.train(corpus, { ...small, device: 'auto' });
    expect(model.report).toMatchObject(why);
    const classifier = await FastTextClassifier.train(lines, { ...classes, device: 'auto' });
    expect(classifier.report).toMatchObject(why);
    for (const work of [
      () => FastText.train(corpus, { ...small, device: 'cuda' }),
      () => FastTextClassifier.train(lines, { ...classes, device: 'cuda' }),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'ERR_WORDMILL_DEVICE' });
    }
  });
});

describe('vectors with subwords', () => {
  it.each(['skip-gram', 'cbow'] as const)('are trained on a GPU: %s', async (architecture) => {
    const model = await FastText.train(corpus, { ...small, architecture, device: 'cuda' });
    expect(model.report).toMatchObject({ device: EMULATED_GPU, finished: true, tokens: 3 * 2200 });
    expect(separation(model.vectors)).toBeGreaterThan(0.2);
    expect(model.vectors.get('sunny99')).toBeDefined();
    await model.continueTraining(corpus, { epochs: 1, device: 'auto' });
    expect(model.report!.device).toBe(EMULATED_GPU);
    expect(await FastText.plan(corpus, { ...small, device: 'cuda' })).toMatchObject({ device: EMULATED_GPU });
  });

  it('are not trained by full softmax there', async () => {
    const options = { ...small, epochs: 1, objective: 'softmax' } as const;
    await expect(FastText.train(corpus, { ...options, device: 'cuda' })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_UNSUPPORTED',
    });
    const model = await FastText.train(corpus, { ...options, device: 'auto' });
    expect(model.report).toMatchObject({ device: 'cpu', deviceReason: expect.stringContaining('softmax') });
  });
});

describe('a classifier', () => {
  it.each(['softmax', 'hierarchical-softmax', 'negative-sampling', 'one-vs-all'] as const)(
    'is trained on a GPU: %s',
    async (objective) => {
      const classifier = await FastTextClassifier.train(lines, { ...classes, objective, device: 'cuda' });
      expect(classifier.report).toMatchObject({ device: EMULATED_GPU, finished: true, examples: 200 });
      expect((await classifier.test(lines)).precision).toBeGreaterThan(0.95);
      await classifier.continueTraining(lines, { epochs: 1, device: 'cuda' });
      expect((await classifier.test(lines)).precision).toBeGreaterThan(0.95);
    },
  );
});

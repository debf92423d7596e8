import { Corpus, NextTokenModel } from '@wordmill/core';
import { describe, expect, it } from 'vitest';
import { EMULATED_GPU, inTrouble, useEmulatedModule } from '../../../native/test/emulated-module.js';
import { chainLines } from './chain-text.js';

useEmulatedModule();

const corpus = await Corpus.fromSentences(chainLines(300));
const small = { vectorSize: 16, contextSize: 2, batchSize: 64, learningRate: 0.02, epochs: 3, minCount: 1 } as const;

describe('a next-token model', () => {
  // Before a GPU is opened, which then stays open.
  it('goes on on the processor with auto, and says why', async () => {
    const plain = await NextTokenModel.train(corpus, small);
    expect(plain.report.device).toBe('cpu');
    expect(plain.report.deviceReason).toBeUndefined();
    await inTrouble('old-driver', async () => {
      const model = await NextTokenModel.train(corpus, { ...small, device: 'auto' });
      expect(model.report.device).toBe('cpu');
      expect(model.report.deviceReason).toContain('the NVIDIA driver is too old');
      expect(model.vectors.toFloat32Array()).toEqual(plain.vectors.toFloat32Array());
      await expect(NextTokenModel.train(corpus, { ...small, device: 'cuda' })).rejects.toMatchObject({
        code: 'ERR_WORDMILL_DEVICE',
      });
    });
  });

  it('learns on a GPU what it learns on the processor', async () => {
    const plain = await NextTokenModel.train(corpus, small);
    const model = await NextTokenModel.train(corpus, { ...small, device: 'cuda' });
    expect(model.report.device).toBe(EMULATED_GPU);
    const perplexity = model.report.validation!.perplexity!;
    expect(perplexity / plain.report.validation!.perplexity!).toBeCloseTo(1, 1);
    await model.continueTraining(corpus, { epochs: 1, device: 'auto' });
    expect(model.report.validation!.perplexity!).toBeLessThan(perplexity * 1.1);
    expect(await NextTokenModel.plan(corpus, { ...small, device: 'cuda' })).toMatchObject({ device: EMULATED_GPU });
  });
});

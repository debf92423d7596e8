import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus } from '@wordmill/core';
import { Word2Vec } from '@wordmill/word2vec';
import { afterAll, describe, expect, it } from 'vitest';
import { EMULATED_GPU, inTrouble, useEmulatedModule } from '../../../native/test/emulated-module.js';
import { bytesOf, separation, topicSentences } from './topics.js';

useEmulatedModule();

const folder = mkdtempSync(join(tmpdir(), 'wordmill-device-'));
afterAll(() => rmSync(folder, { recursive: true }));

const corpus = await Corpus.fromSentences(topicSentences(250));
const small = { vectorSize: 12, epochs: 3, minCount: 1, sample: 0, learningRate: 0.1, threads: 1 } as const;

/** From now on every kernel fails. */
const loseDevice = (): void => {
  process.env.WORDMILL_EMULATOR = 'lost-after=0';
};

describe('training on a GPU', () => {
  it.each([
    { architecture: 'skip-gram' },
    { architecture: 'cbow' },
    { architecture: 'skip-gram', objective: 'hierarchical-softmax' },
    { architecture: 'cbow', objective: 'both' },
  ] as const)('learns which words belong together: %j', async (kind) => {
    const model = await Word2Vec.train(corpus, { ...small, ...kind, epochs: 6, device: 'cuda' });
    expect(model.report).toMatchObject({ device: EMULATED_GPU, finished: true, tokens: 6 * 2500 });
    expect(model.report.deviceReason).toBeUndefined();
    expect(model.report.loss).toBeGreaterThan(0);
    expect(separation(model.vectors)).toBeGreaterThan(0.4);
    model.dispose();
  });

  it('is the processor by default, and that is reported', async () => {
    const model = await Word2Vec.train(corpus, small);
    expect(model.report.device).toBe('cpu');
    const same = await Word2Vec.train(corpus, { ...small, device: 'cpu' });
    expect(bytesOf(same).equals(bytesOf(model))).toBe(true);
  });

  it('is what auto takes where it can, and the report is in the file', async () => {
    const model = await Word2Vec.train(corpus, { ...small, device: 'auto' });
    expect(model.report.device).toBe(EMULATED_GPU);
    const path = join(folder, 'auto.safetensors');
    await model.save(path);
    const loaded = await Word2Vec.load(path);
    expect(loaded.report).toEqual(model.report);
    expect(bytesOf(loaded).equals(bytesOf(model))).toBe(true);
  });

  it('is watched as any training', async () => {
    const losses: number[] = [];
    const separations: number[] = [];
    const onEpoch = async ({ loss, snapshot }: { loss: number; snapshot(): Promise<Word2Vec['vectors']> }) => {
      losses.push(loss);
      const vectors = await snapshot();
      separations.push(separation(vectors));
      vectors.dispose();
    };
    const model = await Word2Vec.train(corpus, { ...small, epochs: 6, device: 'cuda', onEpoch });
    expect(losses).toHaveLength(6);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    expect(separations.at(-1)!).toBeGreaterThan(separations[0]!);
    expect(separations.at(-1)).toBeCloseTo(separation(model.vectors), 5);
  });

  it('is planned', async () => {
    expect(await Word2Vec.plan(corpus, { ...small, device: 'cuda' })).toMatchObject({ device: EMULATED_GPU });
    expect(await Word2Vec.plan(corpus, small)).toMatchObject({ device: 'cpu' });
  });

  it('goes on with a model of the processor, and the other way round', async () => {
    const model = await Word2Vec.train(corpus, { ...small, epochs: 1 });
    const before = separation(model.vectors);
    await model.continueTraining(corpus, { epochs: 6, device: 'cuda' });
    expect(model.report.device).toBe(EMULATED_GPU);
    const between = separation(model.vectors);
    expect(between).toBeGreaterThan(before);
    await model.continueTraining(corpus, { epochs: 2 });
    expect(model.report.device).toBe('cpu');
    expect(separation(model.vectors)).toBeGreaterThan(0.4);
  });

  it.each([
    ['cuda', 'cpu'],
    ['cpu', 'cuda'],
  ] as const)('is resumed from a checkpoint of %s on %s', async (first, second) => {
    const path = join(folder, `${first}.safetensors`);
    const options = { ...small, epochs: 6, learningRate: 0.2 } as const;
    const stop = new AbortController();
    const stopped = await Word2Vec.train(corpus, {
      ...options,
      device: first,
      checkpoint: { path },
      signal: stop.signal,
      onAbort: 'return',
      onEpoch: ({ epoch }) => {
        if (epoch === 2) stop.abort();
      },
    });
    expect(stopped.report).toMatchObject({ finished: false, tokens: 2 * 2500 });
    const model = await Word2Vec.resume(path, corpus, { device: second });
    expect(model.report).toMatchObject({
      ...{ finished: true, tokens: 6 * 2500 },
      device: second === 'cpu' ? 'cpu' : EMULATED_GPU,
    });
    expect(separation(model.vectors)).toBeGreaterThan(0.4);
  });
});

describe('a GPU that cannot', () => {
  const plain = Word2Vec.train(corpus, small);

  it('has too little memory: an error with the figures, or the processor', async () => {
    await inTrouble('memory=4000', async () => {
      const error = await Word2Vec.train(corpus, { ...small, device: 'cuda' }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'ERR_WORDMILL_MEMORY', message: expect.stringContaining('on the device') });
      const { needed, free } = error as { needed: number; free: number };
      expect(needed).toBeGreaterThan(free);
      expect(free).toBeLessThanOrEqual(4000);

      const model = await Word2Vec.train(corpus, { ...small, device: 'auto' });
      expect(model.report).toMatchObject({ device: 'cpu', deviceReason: (error as Error).message });
      expect(bytesOf(model).equals(bytesOf(await plain))).toBe(true);
    });
  });

  it('does not do full softmax: an error that says so, or the processor', async () => {
    const options = { ...small, epochs: 1, objective: 'softmax' } as const;
    await expect(Word2Vec.train(corpus, { ...options, device: 'cuda' })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_UNSUPPORTED',
      message: expect.stringContaining('processor'),
    });
    const model = await Word2Vec.train(corpus, { ...options, device: 'auto' });
    expect(model.report).toMatchObject({ device: 'cpu', deviceReason: expect.stringContaining('softmax') });
  });

  it('does not exist', async () => {
    await expect(Word2Vec.train(corpus, { ...small, device: 'cuda:7' })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_DEVICE',
      message: 'cuda device 7 does not exist; there are devices 0 to 0',
    });
    await expect(Word2Vec.train(corpus, { ...small, device: 'gpu' as 'cuda' })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_OPTION',
      option: 'device',
    });
  });

  it('is lost in the middle: an error, and the next training goes well', async () => {
    for (const device of ['cuda', 'auto'] as const) {
      const training = inTrouble('', () => Word2Vec.train(corpus, { ...small, device, onEpoch: loseDevice }));
      await expect(training).rejects.toMatchObject({ code: 'ERR_WORDMILL_DEVICE' });
    }
    const model = await Word2Vec.train(corpus, small);
    expect(bytesOf(model).equals(bytesOf(await plain))).toBe(true);
  });

  it('is lost while a model is trained on, which stays as it was', async () => {
    const model = await Word2Vec.train(corpus, small);
    const before = bytesOf(model);
    const training = inTrouble('', () => model.continueTraining(corpus, { device: 'cuda', onEpoch: loseDevice }));
    await expect(training).rejects.toMatchObject({ code: 'ERR_WORDMILL_DEVICE' });
    expect(bytesOf(model).equals(before)).toBe(true);
    expect(model.report.device).toBe('cpu');
    await model.continueTraining(corpus, { epochs: 1 });
    expect(bytesOf(model).equals(before)).toBe(false);
  });
});

describe('an abort on a GPU', () => {
  const reason = new Error('enough');
  const long = { ...small, epochs: 10_000, device: 'cuda' } as const;

  it('rejects with its reason', async () => {
    for (const delay of [0, 50]) {
      const controller = new AbortController();
      const training = Word2Vec.train(corpus, { ...long, signal: controller.signal });
      setTimeout(() => controller.abort(reason), delay);
      await expect(training).rejects.toBe(reason);
    }
  });

  it("gives the model as it is with onAbort: 'return'", async () => {
    const controller = new AbortController();
    let epochs = 0;
    const model = await Word2Vec.train(corpus, {
      ...long,
      learningRate: 0.02,
      signal: controller.signal,
      onAbort: 'return',
      onEpoch: () => {
        epochs++;
        if (epochs === 4) setTimeout(() => controller.abort(reason), 20);
      },
    });
    expect(model.report).toMatchObject({ finished: false, device: EMULATED_GPU });
    expect(model.report.tokens).toBeGreaterThanOrEqual(4 * 2500);
    expect(separation(model.vectors)).toBeGreaterThan(0.1);
  });
});

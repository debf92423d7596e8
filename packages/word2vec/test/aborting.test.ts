import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Corpus, KeyedVectors } from '@wordmill/core';
import { Word2Vec, type Word2VecOptions, type Word2VecProgress } from '@wordmill/word2vec';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf, separation, topicSentences } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-abort-'));
const text = join(folder, 'text.gz');
writeFileSync(
  text,
  gzipSync(
    topicSentences(100_000)
      .map((tokens) => tokens.join(' '))
      .join('\n'),
  ),
);
const corpus = await Corpus.fromFile(text);
const options = { vectorSize: 50, epochs: 500, threads: 2 } as const;
afterAll(() => rmSync(folder, { recursive: true }));

const reason = new Error('enough');

/** An abort after the given number of progress reports of a phase. */
function abortIn(wanted: string): Pick<Word2VecOptions, 'signal' | 'onProgress'> {
  const controller = new AbortController();
  const onProgress = ({ phase }: { phase: string }): void => {
    if (phase === wanted) controller.abort(reason);
  };
  return { signal: controller.signal, onProgress };
}

describe('an abort rejects with its reason', () => {
  it('before anything', async () => {
    const signal = AbortSignal.abort(reason);
    for (const onAbort of ['throw', 'return'] as const) {
      await expect(Word2Vec.train(text, { ...options, signal, onAbort })).rejects.toBe(reason);
      await expect(Word2Vec.train(corpus, { ...options, signal, onAbort })).rejects.toBe(reason);
    }
    await expect(Word2Vec.plan(corpus, { signal })).rejects.toBe(reason);
    await expect(Word2Vec.load(text, { signal })).rejects.toBe(reason);
    await expect(Word2Vec.resume(text, corpus, { signal })).rejects.toBe(reason);
  });

  it('while reading the text', async () => {
    await expect(Word2Vec.train(text, { ...options, ...abortIn('corpus') })).rejects.toBe(reason);
  });

  it('while training, and again and again', async () => {
    for (let i = 0; i < 10; i++) {
      const controller = new AbortController();
      const training = Word2Vec.train(corpus, { ...options, signal: controller.signal });
      setTimeout(() => controller.abort(reason), i * 7);
      await expect(training).rejects.toBe(reason);
    }
    await expect(Word2Vec.train(corpus, { ...options, ...abortIn('training') })).rejects.toBe(reason);
  });

  it('between epochs', async () => {
    const controller = new AbortController();
    const onEpoch = (): void => controller.abort(reason);
    const training = Word2Vec.train(corpus, { ...options, epochs: 3, onEpoch, signal: controller.signal });
    await expect(training).rejects.toBe(reason);
  });

  it('while a checkpoint is written, leaving no half of it', async () => {
    const path = join(folder, 'checkpoint');
    const controller = new AbortController();
    const watch = setInterval(() => {
      if (readdirSync(folder).some((name) => name.startsWith('.checkpoint'))) controller.abort(reason);
    }, 0);
    const checkpoint = { path, every: { blocks: 1 } };
    const training = Word2Vec.train(corpus, { ...options, vectorSize: 3000, checkpoint, signal: controller.signal });
    await expect(training).rejects.toBe(reason);
    clearInterval(watch);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
    if (existsSync(path)) await Word2Vec.load(path);
  });

  it('while vectors are copied, planned, saved and loaded', async () => {
    const model = await Word2Vec.train(corpus, { ...options, epochs: 1 });
    const path = join(folder, 'model');
    await model.save(path);
    const later = (): AbortSignal => {
      const controller = new AbortController();
      setImmediate(() => controller.abort(reason));
      return controller.signal;
    };
    await expect(model.continueTraining(corpus, { epochs: 100, signal: later() })).rejects.toBe(reason);
    await expect(Word2Vec.plan(corpus, { ...options, signal: later() })).rejects.toBe(reason);
    const now = AbortSignal.abort(reason);
    await expect(model.save(join(folder, 'never'), { signal: now })).rejects.toBe(reason);
    await expect(model.predictOutputWord(['a1'], { signal: now })).rejects.toBe(reason);
    expect(existsSync(join(folder, 'never'))).toBe(false);
    const aborted = new AbortController();
    const onProgress = (): void => aborted.abort(reason);
    await expect(Word2Vec.load(path, { signal: aborted.signal, onProgress })).rejects.toBe(reason);
  });
});

describe("with onAbort: 'return'", () => {
  it('gives the model as it is', async () => {
    const controller = new AbortController();
    const onProgress = (progress: Word2VecProgress): void => {
      if (progress.phase === 'training' && progress.done > 500_000) controller.abort(reason);
    };
    const { signal } = controller;
    const model = await Word2Vec.train(corpus, { ...options, onAbort: 'return', signal, onProgress });
    expect(model.report.finished).toBe(false);
    expect(model.report.tokens).toBeGreaterThan(500_000);
    expect(model.report.tokens).toBeLessThan(500_000_000);
    expect(separation(model.vectors)).toBeGreaterThan(0.5);
    expect(model.vectors.toFloat32Array().every(Number.isFinite)).toBe(true);
    await model.continueTraining(corpus, { epochs: 1 });
    expect(model.report.finished).toBe(true);
  });

  it('also between epochs, where it is what an epoch less would have given', async () => {
    const controller = new AbortController();
    const onEpoch = ({ epoch }: { epoch: number }): void => {
      if (epoch === 2) controller.abort(reason);
    };
    const constant = { learningRate: 0.05, learningRateEnd: 0.05, threads: 1, vectorSize: 8 } as const;
    const run = { onEpoch, onAbort: 'return', signal: controller.signal } as const;
    const model = await Word2Vec.train(corpus, { ...constant, ...run, epochs: 5 });
    const expected = await Word2Vec.train(corpus, { ...constant, epochs: 2 });
    expect(model.report.tokens).toBe(2_000_000);
    expect(bytesOf(model).equals(bytesOf(expected))).toBe(true);
  });

  it('but what a callback throws is an error nevertheless', async () => {
    const mistake = new Error('mistake');
    const onProgress = (): never => {
      throw mistake;
    };
    const training = Word2Vec.train(corpus, { ...options, onAbort: 'return', onProgress });
    await expect(training).rejects.toBe(mistake);
  });
});

describe('what a callback throws', () => {
  const mistake = new Error('mistake');
  it('rejects and stops the training, also from a promise', async () => {
    const throws = (): never => {
      throw mistake;
    };
    const rejects = async (): Promise<never> => {
      throw mistake;
    };
    for (const callback of [throws, rejects]) {
      await expect(Word2Vec.train(corpus, { ...options, onProgress: callback })).rejects.toBe(mistake);
      await expect(Word2Vec.train(corpus, { ...options, epochs: 2, onEpoch: callback })).rejects.toBe(mistake);
      await expect(Word2Vec.train(text, { ...options, onProgress: callback })).rejects.toBe(mistake);
    }
  });
});

it('the signal may be used again, and is left without listeners', async () => {
  const controller = new AbortController();
  const added: string[] = [];
  const { addEventListener, removeEventListener } = controller.signal;
  controller.signal.addEventListener = (type: string, ...rest: unknown[]) => {
    added.push(type);
    return Reflect.apply(addEventListener, controller.signal, [type, ...rest]);
  };
  controller.signal.removeEventListener = (type: string, ...rest: unknown[]) => {
    added.pop();
    return Reflect.apply(removeEventListener, controller.signal, [type, ...rest]);
  };
  const model = await Word2Vec.train(text, { ...options, epochs: 1, signal: controller.signal });
  expect(added).toEqual([]);
  expect(model.vectors).toBeInstanceOf(KeyedVectors);
});

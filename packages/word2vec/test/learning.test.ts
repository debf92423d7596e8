import { Corpus, KeyedVectors } from '@wordmill/core';
import { type Architecture, type Objective, Word2Vec } from '@wordmill/word2vec';
import { describe, expect, it } from 'vitest';
import { bytesOf, separation, topicSentences } from './topics.js';

const sentences = topicSentences(3000);
const small = { vectorSize: 16, epochs: 4, threads: 1, sample: 0.02 } as const;

describe('every architecture learns with every objective', () => {
  const architectures: Architecture[] = ['skip-gram', 'cbow'];
  const objectives: Objective[] = ['negative-sampling', 'hierarchical-softmax', 'both', 'softmax'];
  for (const architecture of architectures) {
    it.each(objectives)(`${architecture}, %s`, async (objective) => {
      const corpus = await Corpus.fromSentences(sentences);
      const losses: number[] = [];
      const onEpoch = ({ loss }: { loss: number }): void => void losses.push(loss);
      const model = await Word2Vec.train(corpus, { ...small, architecture, objective, onEpoch });
      expect(separation(model.vectors)).toBeGreaterThan(0.5);
      expect(losses).toHaveLength(4);
      expect(losses[3]).toBeLessThan(losses[0]!);
      const weighted = losses.reduce((sum, loss) => sum + loss, 0) / 4;
      // Epochs have slightly different numbers of examples.
      expect(model.report.loss).toBeCloseTo(weighted, 1);
      expect(model.contextVectors === undefined).toBe(objective === 'hierarchical-softmax');
      model.dispose();
    });
  }

  it('with other windows, sums instead of means, and several threads', async () => {
    for (const options of [
      { dynamicWindow: false, windowSize: 2 },
      { cbowMean: false, learningRate: 0.01 },
      { threads: 3, negativeSamples: 2, negativeExponent: 0 },
      { lineEndToken: true },
      { sentence: 'fixed', maxSentenceLength: 10 },
    ] as const) {
      const model = await Word2Vec.train(sentences, { ...small, ...options });
      expect(separation(model.vectors), JSON.stringify(options)).toBeGreaterThan(0.5);
      expect(model.vectors.keyAt(0)).toBe('lineEndToken' in options ? '</s>' : 'the');
    }
  });

  it('reports what was done', async () => {
    const model = await Word2Vec.train(sentences, { ...small, threads: 2 });
    const { tokens, seconds, tokensPerSecond, vocabulary, threads, isa, finished } = model.report;
    expect(tokens).toBe(3000 * 10 * 4);
    expect(tokensPerSecond).toBeCloseTo(tokens / seconds, 3);
    expect({ vocabulary, threads, finished }).toEqual({ vocabulary: 41, threads: 2, finished: true });
    expect(['scalar', 'avx2', 'avx512', 'neon']).toContain(isa);
    expect(model.options).toMatchObject({ architecture: 'cbow', windowSize: 5, learningRate: 0.05 });
    expect(model.options.learningRateEnd).toBeCloseTo(5e-6);
    expect(model.vectors.count('the')).toBeGreaterThan(2000);
  });
});

describe('initial vectors', () => {
  const start = KeyedVectors.from({ a0: Array(16).fill(0.5), a1: Array(16).fill(-0.5), other: Array(16).fill(1) });

  it('freeze and start words as they are locked', async () => {
    const locks = [
      0,
      { a0: 0, a1: 0 },
      new Map([
        ['a0', 0],
        ['a1', 0],
      ]),
      (word: string): number => (word === 'a0' || word === 'a1' ? 0 : 1),
    ];
    const frozen = await Promise.all(
      locks.map((lock) =>
        Word2Vec.train(sentences, { ...small, vectorSize: undefined, initialVectors: { vectors: start, locks: lock } }),
      ),
    );
    for (const model of frozen) {
      expect(model.vectors.dimension).toBe(16);
      expect(model.vectors.get('a0')).toEqual(start.get('a0'));
      expect(model.vectors.get('a1')).toEqual(start.get('a1'));
      expect(bytesOf(model)).toEqual(bytesOf(frozen[0]!));
      expect(model.vectors.has('other')).toBe(false);
    }
    const free = await Word2Vec.train(sentences, { ...small, initialVectors: { vectors: start } });
    expect(free.vectors.get('a0')).not.toEqual(start.get('a0'));
    expect(bytesOf(free)).not.toEqual(bytesOf(await Word2Vec.train(sentences, small)));
  });

  it('move less the smaller their lock is', async () => {
    const moved: number[] = [];
    for (const lock of [0.01, 1]) {
      const initialVectors = { vectors: start, locks: { a0: lock } };
      const { vectors } = await Word2Vec.train(sentences, { ...small, epochs: 1, initialVectors });
      const now = vectors.get('a0')!;
      moved.push(Math.hypot(...now.map((value) => value - 0.5)));
    }
    expect(moved[0]! * 4).toBeLessThan(moved[1]!);
  });

  it('refuses locks and dimensions that do not fit', async () => {
    const train = (locks: unknown, options = {}): Promise<Word2Vec> =>
      Word2Vec.train(sentences, { ...small, ...options, initialVectors: { vectors: start, locks: locks as number } });
    const wrong = { code: 'ERR_WORDMILL_OPTION', option: 'initialVectors.locks' };
    for (const locks of [-1, 2, Number.NaN, { a0: '0' }, () => Number.NaN]) {
      await expect(train(locks)).rejects.toMatchObject(wrong);
    }
    await expect(train('frozen')).rejects.toMatchObject(wrong);
    const mismatch = { code: 'ERR_WORDMILL_OPTION', option: 'vectorSize', message: expect.stringContaining('16') };
    await expect(train(0, { vectorSize: 17 })).rejects.toMatchObject(mismatch);
    const mistake = new Error('mistake');
    const broken = (): never => {
      throw mistake;
    };
    await expect(train(broken)).rejects.toBe(mistake);
  });
});

import { Word2Vec } from '@wordmill/word2vec';
import { describe, expect, it } from 'vitest';
import { topicSentences } from './topics.js';

const sentences = topicSentences(3000);
const options = { vectorSize: 16, epochs: 4, threads: 1, sample: 0.02 } as const;

describe('predictOutputWord', () => {
  it.each(['negative-sampling', 'both', 'softmax'] as const)('finds words of the topic: %s', async (objective) => {
    const model = await Word2Vec.train(sentences, { ...options, objective });
    const predicted = await model.predictOutputWord(['a1', 'a2', 'not a word', 'a3']);
    expect(predicted).toHaveLength(10);
    for (const { key, probability, index } of predicted) {
      expect(key).toMatch(/^a|the/);
      expect(probability).toBeGreaterThan(0);
      expect(model.vectors.keyAt(index)).toBe(key);
    }
    const all = await model.predictOutputWord(['a1', 'a2', 'a3'], { topN: 100 });
    expect(all).toHaveLength(41);
    expect(all.slice(0, 10)).toEqual(predicted);
    expect(all.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
    expect(all.map(({ probability }) => probability)).toEqual(
      all.map(({ probability }) => probability).sort((a, b) => b - a),
    );
  });

  it('is the softmax of the products with the mean vector', async () => {
    const model = await Word2Vec.train(sentences, options);
    const mean = model.vectors.getMeanVector(['a1', 'b2'], { preNormalize: false });
    const exp = [...model.contextVectors!.keys()].map((key) => {
      const context = model.contextVectors!.get(key)!;
      return Math.exp(context.reduce((sum, value, i) => sum + value * mean[i]!, 0));
    });
    const sum = exp.reduce((a, b) => a + b, 0);
    for (const { index, probability } of await model.predictOutputWord(['a1', 'b2'], { topN: 41 })) {
      expect(probability).toBeCloseTo(exp[index]! / sum, 5);
    }
  });
});

describe('score', () => {
  it.each(['hierarchical-softmax', 'both', 'softmax'] as const)(
    'prefers sentences of one topic: %s',
    async (objective) => {
      for (const architecture of ['skip-gram', 'cbow'] as const) {
        const model = await Word2Vec.train(sentences, { ...options, objective, architecture });
        const scores = await model.score([
          'a1 a2 a3 a4',
          'a1 b2 a3 b4',
          '',
          ['nothing', 'known'],
          ['a1', 'what', 'a2', 'a3', 'a4'],
        ]);
        expect(scores).toHaveLength(5);
        expect(scores[0]).toBeGreaterThan(scores[1]!);
        expect(scores[0]).toBeLessThan(0);
        expect([scores[2], scores[3]]).toEqual([0, 0]);
        expect(scores[4]).toBeCloseTo(scores[0]!, 9);
      }
    },
  );

  it('of full softmax is the logarithm of the probabilities that predictOutputWord gives', async () => {
    const model = await Word2Vec.train(sentences, {
      ...options,
      objective: 'softmax',
      architecture: 'cbow',
      windowSize: 2,
    });
    const words = ['a1', 'b2', 'a3', 'the'];
    let expected = 0;
    for (const [i, word] of words.entries()) {
      const context = words.filter((_, j) => j !== i && Math.abs(i - j) <= 2);
      const all = await model.predictOutputWord(context, { topN: 41 });
      expected += Math.log(all.find(({ key }) => key === word)!.probability);
    }
    expect((await model.score([words]))[0]).toBeCloseTo(expected, 4);
    expect((await model.score([words.join(' ')], { threads: 1 }))[0]).toBeCloseTo(expected, 4);
  });

  it('takes many sentences, also one by one', async () => {
    const model = await Word2Vec.train(sentences, { ...options, objective: 'hierarchical-softmax' });
    const at = await model.score(sentences);
    async function* later() {
      yield* sentences;
    }
    expect(await model.score(later())).toEqual(at);
    expect(at.every((score) => score < 0)).toBe(true);
    expect(await model.score([])).toHaveLength(0);
  });
});

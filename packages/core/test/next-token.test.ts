import {
  Corpus,
  type NextTokenEpoch,
  NextTokenModel,
  type NextTokenModelOptions,
  type Tokenizer,
} from '@wordmill/core';
import { describe, expect, it } from 'vitest';
import { chainLines, follower } from './chain-text.js';

const lines = chainLines(1500);
const small = { vectorSize: 24, contextSize: 2, batchSize: 64, learningRate: 0.02, epochs: 6 } as const;

/** All numbers of a model, to compare models byte by byte. */
const numbersOf = ({ vectors, contextVectors }: NextTokenModel): Float32Array[] =>
  [vectors, contextVectors].map((table) => table?.toFloat32Array() ?? new Float32Array());

describe('a next-token model', () => {
  const kinds: NextTokenModelOptions[] = [
    { objective: 'softmax' },
    { objective: 'softmax', tied: true },
    { objective: 'hierarchical-softmax' },
    { objective: 'sampled-softmax', negativeSamples: 20 },
    { objective: 'sampled-softmax', negativeSamples: 20, negativeExponent: 0.5, tied: true },
  ];
  it.each(kinds)('predicts what frequencies and pairs do not show: %j', async (kind) => {
    const model = await NextTokenModel.train(lines, { ...small, ...kind });
    const { validation, trainingPerplexity, finished, vocabulary } = model.report;
    expect({ finished, vocabulary }).toEqual({ finished: true, vocabulary: 40 });
    expect(validation!.tokens).toBe(75 * 12);
    expect(validation!.unigramPerplexity).toBeGreaterThan(35);
    expect(validation!.perplexity!).toBeLessThan(validation!.bigramPerplexity * 0.6);
    if (kind.objective === 'sampled-softmax') expect(trainingPerplexity).toBeUndefined();
    else expect(trainingPerplexity).toBeCloseTo(Math.exp(model.report.loss), 9);
    const [best] = await model.predict(['w1', 'w2', 'w3'], { topN: 1 });
    expect(best).toMatchObject({ key: `w${follower(2)}`, index: model.vectors.indexOf(`w${follower(2)}`) });
    expect(best!.probability).toBeGreaterThan(0.5);
  });

  it('gives each token a probability, all of them together 1', async () => {
    for (const kind of kinds) {
      const model = await NextTokenModel.train(lines, { ...small, ...kind, epochs: 1 });
      for (const context of [[], ['w3'], ['w3', 'unknown', 'w4'], [5, 'w6', 0], Uint32Array.of(3, 4)]) {
        const all = await model.predict(context, { topN: 1000 });
        expect(all).toHaveLength(40);
        expect(all.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
        for (let i = 1; i < all.length; i++)
          expect(all[i - 1]!.probability).toBeGreaterThanOrEqual(all[i]!.probability);
      }
      expect(await model.predict(['w1', 'w3', 'unknown', 'w4'])).toEqual(await model.predict(['w9', 'w3', 'w4']));
    }
  });

  it('has the perplexity that its predictions say', async () => {
    const model = await NextTokenModel.train(lines, { ...small, epochs: 2 });
    const line = ['w1', 'w2', 'w15', 'w20', 'w1'];
    let loss = 0;
    for (const [i, word] of line.entries()) {
      const all = await model.predict(line.slice(0, i), { topN: 100 });
      loss -= Math.log(all.find(({ key }) => key === word)!.probability);
    }
    expect(await model.perplexity([['nowhere', ...line]])).toBeCloseTo(Math.exp(loss / line.length), 3);
  });

  it('learns from a mean of the context too, though not the order', async () => {
    const model = await NextTokenModel.train(lines, { ...small, context: 'mean' });
    const { perplexity, unigramPerplexity } = model.report.validation!;
    expect(perplexity).toBeLessThan(unigramPerplexity * 0.9);
    expect(await model.predict(['w1', 'w2'])).toEqual(await model.predict(['w2', 'w1']));
  });

  it.each(['sgd', 'adagrad', 'adam', 'adamw'] as const)('lowers its loss with %s', async (optimizer) => {
    const epochs: NextTokenEpoch[] = [];
    const { learningRate: _, ...options } = small;
    const onEpoch = (epoch: NextTokenEpoch): void => void epochs.push(epoch);
    await NextTokenModel.train(lines, { ...options, optimizer, onEpoch });
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(epochs.at(-1)!.loss).toBeLessThan(epochs[0]!.loss);
    expect(epochs.at(-1)!.validationPerplexity!).toBeLessThan(epochs[0]!.validationPerplexity!);
    expect(epochs[0]!.trainingPerplexity).toBeCloseTo(Math.exp(epochs[0]!.loss), 6);
  });

  it('is the same for any number of threads, and another for another seed', async () => {
    for (const kind of kinds) {
      const train = (threads: number, seed: number): Promise<NextTokenModel> =>
        NextTokenModel.train(lines, { ...small, ...kind, epochs: 1, threads, seed });
      const model = numbersOf(await train(1, 3));
      expect(numbersOf(await train(2, 3))).toEqual(model);
      expect(numbersOf(await train(5, 3))).toEqual(model);
      expect(numbersOf(await train(2, 4))).not.toEqual(model);
    }
  });

  it('changes with each option that shapes learning', async () => {
    const train = async (options: NextTokenModelOptions): Promise<Float32Array[]> =>
      numbersOf(await NextTokenModel.train(lines.slice(0, 200), { ...small, epochs: 1, ...options }));
    const plain = await train({});
    const others: NextTokenModelOptions[] = [
      { schedule: 'linear' },
      { schedule: 'constant' },
      { warmup: 0.5 },
      { learningRateEnd: 0.01 },
      { learningRate: 0.03 },
      { batchSize: 65 },
      { contextSize: 3 },
      { betas: [0.8, 0.999] },
      { betas: [0.9, 0.99] },
      { weightDecay: 0.1 },
      { optimizer: 'adamw' },
      { optimizer: 'sgd', momentum: 0.9 },
      { objective: 'sampled-softmax', negativeSamples: 5 },
      { objective: 'sampled-softmax', negativeSamples: 5, negativeExponent: 0.5 },
    ];
    const seen = [plain];
    for (const options of others) {
      const numbers = await train(options);
      for (const other of seen) expect(numbers).not.toEqual(other);
      seen.push(numbers);
    }
  });

  it('holds out a share of the lines, or takes another text, or none', async () => {
    const train = (validation: number | Corpus, seed = 1): Promise<NextTokenModel> =>
      NextTokenModel.train(lines, { ...small, epochs: 1, validation, seed });
    const quarter = await train(0.25);
    expect(quarter.report.validation!.tokens).toBe(375 * 12);
    expect(quarter.report.tokens).toBe(1125 * 12);
    const again = await train(0.25, 2);
    expect(again.report.validation!.unigramPerplexity).not.toBe(quarter.report.validation!.unigramPerplexity);

    const other = await Corpus.fromSentences(chainLines(50, 9));
    const beside = await train(other);
    expect(beside.report).toMatchObject({ tokens: 1500 * 12, validation: { tokens: 50 * 12 } });
    expect(await beside.perplexity(other)).toBeCloseTo(beside.report.validation!.perplexity!, 6);

    const none = await train(0);
    expect(none.report).toMatchObject({ tokens: 1500 * 12, validation: undefined });
  });

  it('knows baselines as they are counted', async () => {
    const text = await Corpus.fromText('a b a b\na b b b\n');
    const asked = await Corpus.fromText('b b a\n');
    const model = await NextTokenModel.train(text, { ...small, epochs: 1, minCount: 1, validation: asked });
    // 3 a and 5 b, each plus 1.
    const unigram = Math.log(10 / 6) * 2 + Math.log(10 / 4);
    expect(model.report.validation!.unigramPerplexity).toBeCloseTo(Math.exp(unigram / 3), 9);
    // After a start 2 a; after b 1 a and 2 b; each plus 1, as so little text chooses nothing better.
    const bigram = Math.log(4 / 1) + Math.log(5 / 3) + Math.log(5 / 2);
    expect(model.report.validation).toMatchObject({
      bigramK: 1,
      bigramPerplexity: expect.closeTo(Math.exp(bigram / 3), 9),
    });
  });

  it('works with contexts longer than any line', async () => {
    const model = await NextTokenModel.train(lines, { ...small, epochs: 1, contextSize: 40 });
    expect(model.report.validation!.perplexity).toBeLessThan(model.report.validation!.unigramPerplexity);
  });

  it('has vectors, and those of the output where there are any', async () => {
    const kept = await NextTokenModel.train(lines, { ...small, epochs: 1 });
    expect(kept.vectors).toMatchObject({ size: 40, dimension: 24 });
    expect(kept.contextVectors).toMatchObject({ size: 40, dimension: 24 });
    expect(kept.vectors.count('w1')).toBeGreaterThan(0);
    const tied = await NextTokenModel.train(lines, { ...small, epochs: 1, tied: true });
    expect(tied.contextVectors).toBeUndefined();
    const tree = await NextTokenModel.train(lines, { ...small, epochs: 1, objective: 'hierarchical-softmax' });
    expect(tree.contextVectors).toBeUndefined();
    kept.dispose();
    kept.dispose();
    expect(() => kept.vectors.get('w1')).toThrow(/disposed/);
    await expect(kept.predict([])).rejects.toMatchObject({ code: 'ERR_WORDMILL_DISPOSED' });
  });

  it('without its output has only vectors, the same ones', async () => {
    const whole = await NextTokenModel.train(lines, { ...small, epochs: 1 });
    const bare = await NextTokenModel.train(lines, { ...small, epochs: 1, keepOutput: false });
    expect(bare.vectors.toFloat32Array()).toEqual(whole.vectors.toFloat32Array());
    expect(bare.report.validation).toEqual(whole.report.validation);
    expect(bare.contextVectors).toBeUndefined();
    const refused = { code: 'ERR_WORDMILL_UNSUPPORTED', option: 'keepOutput' };
    await expect(bare.predict(['w1'])).rejects.toMatchObject(refused);
    await expect(bare.perplexity(lines)).rejects.toMatchObject(refused);
  });

  it('shows vectors as they are after an epoch', async () => {
    const seen: Float32Array[] = [];
    const model = await NextTokenModel.train(lines, {
      ...small,
      epochs: 2,
      async onEpoch(epoch) {
        const vectors = await epoch.snapshot();
        seen.push(vectors.toFloat32Array());
        vectors.dispose();
      },
    });
    expect(seen[0]).not.toEqual(seen[1]);
    expect(seen[1]).toEqual(model.vectors.toFloat32Array());
  });
});

describe('ready token ids', () => {
  const words = ['never', ...Array.from({ length: 40 }, (_, i) => `w${i}`), 'rare', 'odd'];
  const ids = lines.map((line) => line.map((word) => words.indexOf(word)));
  const tokenizer: Tokenizer = {
    name: 'words',
    vocabulary: words,
    encode: (text) => text.split(' ').map((word) => Math.max(0, words.indexOf(word))),
  };

  it('are rows, and those that do not occur often enough are never predicted', async () => {
    const corpus = await Corpus.fromTokenIds([...ids, [41, 41, 42]], words);
    for (const objective of ['softmax', 'sampled-softmax'] as const) {
      const model = await NextTokenModel.train(corpus, { ...small, objective, minCount: 3 });
      expect([...model.vectors.keys()]).toEqual(words);
      expect(model.report.vocabulary).toBe(40);
      const all = await model.predict([3, 4], { topN: 100 });
      expect(all[0]!.key).toBe(`w${follower(2)}`);
      for (const { key, probability } of all) {
        if (['never', 'rare', 'odd'].includes(key)) expect(probability).toBe(0);
        else expect(probability).toBeGreaterThan(0);
      }
      const other = await Corpus.fromTokenIds([[1, 2, 41, 3, 0]], words);
      const same = await Corpus.fromTokenIds([[1, 2, 3]], words);
      expect(await model.perplexity(other)).toBe(await model.perplexity(same));
    }
  });

  it('are those of a tokenizer, in training and wherever the model is asked', async () => {
    const text = lines.map((line) => line.join(' '));
    const model = await NextTokenModel.train(text, { ...small, epochs: 2, tokenizer });
    const corpus = await Corpus.fromTokenIds(ids, words);
    const byIds = await NextTokenModel.train(corpus, { ...small, epochs: 2 });
    expect(model.vectors.toFloat32Array()).toEqual(byIds.vectors.toFloat32Array());
    expect(await model.perplexity(text, { tokenizer })).toBe(await byIds.perplexity(corpus));
    await expect(model.perplexity(text)).rejects.toMatchObject({ code: 'ERR_WORDMILL_TOKENIZER', option: 'tokenizer' });
    const refused = { code: 'ERR_WORDMILL_CORPUS', option: 'source' };
    await expect(byIds.perplexity(text)).rejects.toMatchObject(refused);
    const others = await Corpus.fromTokenIds([[0, 1]], ['a', 'b']);
    await expect(model.perplexity(others)).rejects.toMatchObject(refused);
    await expect(NextTokenModel.train(text, { ...small, tokenizer, validation: others })).rejects.toMatchObject(
      refused,
    );
  });
});

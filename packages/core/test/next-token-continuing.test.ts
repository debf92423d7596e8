import { Corpus, NextTokenModel, type NextTokenModelOptions } from '@wordmill/core';
import { describe, expect, it } from 'vitest';
import { chainLines } from './chain-text.js';

const lines = chainLines(600);
const more = chainLines(600, 7);
const unseen = chainLines(100, 9);
const small = { vectorSize: 24, contextSize: 2, batchSize: 64, learningRate: 0.02, epochs: 2 } as const;
const numbersOf = ({ vectors }: NextTokenModel): Float32Array => vectors.toFloat32Array();

it('tells vocabulary, bytes and time before training', async () => {
  const corpus = await Corpus.fromSentences(lines);
  const plan = await NextTokenModel.plan(corpus, { ...small, vectorSize: 16, threads: 1 });
  expect(plan).toMatchObject({ vocabulary: 40, tokensPerEpoch: 600 * 12 });
  // Rows of 16 numbers take 64 bytes, those of the map and the biases 192; Adam has two more of each; then come logits, and the
  // output packed twice.
  expect(plan.bytes.matrices).toBe(3 * (40 * 64 * 2 + 16 * 192 + 192) + 4 * (64 * 40 + 2 * 40 * 16));
  expect(plan.bytes.total).toBe(plan.bytes.matrices + plan.bytes.corpus + plan.bytes.vocabulary);
  expect(plan.seconds).toBeGreaterThan(0);
  await expect(NextTokenModel.plan(lines, { onEpoch: () => {} } as never)).rejects.toMatchObject({ option: 'onEpoch' });
});

describe('a next-token model that is trained on', () => {
  const kinds: NextTokenModelOptions[] = [
    {},
    { tied: true },
    { objective: 'hierarchical-softmax' },
    { objective: 'sampled-softmax', negativeSamples: 20 },
    { context: 'mean', optimizer: 'sgd', learningRate: 0.5, momentum: 0.5 },
  ];
  it.each(kinds)('predicts better than before: %j', async (kind) => {
    const model = await NextTokenModel.train(lines, { ...small, ...kind });
    const before = await model.perplexity(unseen);
    const old = model.vectors;
    const vector = old.get('w1');
    await model.continueTraining(more, { epochs: 3 });
    expect(await model.perplexity(unseen)).toBeLessThan(before);
    expect(model.options).toMatchObject({ epochs: 3, vectorSize: 24, ...kind });
    expect([...model.vectors.keys()]).toEqual([...old.keys()]);
    expect(old.get('w1')).toEqual(vector);
    expect(model.vectors.get('w1')).not.toEqual(vector);
  });

  it('begins where it was: with a step of next to nothing it stays there', async () => {
    const model = await NextTokenModel.train(lines, small);
    const before = [await model.perplexity(unseen), numbersOf(model)] as const;
    await model.continueTraining(more, { learningRate: 1e-12, epochs: 1, validation: 0 });
    expect(await model.perplexity(unseen)).toBeCloseTo(before[0], 5);
    for (const [i, value] of numbersOf(model).entries()) expect(value).toBeCloseTo(before[1][i]!, 6);
    expect(model.report.validation).toBeUndefined();
  });

  it('takes another optimiser with its own defaults, and ids that it knows', async () => {
    const words = Array.from({ length: 41 }, (_, i) => `w${i}`);
    const ids = (text: string[][]): Promise<Corpus> =>
      Corpus.fromTokenIds(
        text.map((line) => line.map((word) => words.indexOf(word))),
        words,
      );
    const model = await NextTokenModel.train(await ids(lines), small);
    const before = await model.perplexity(await ids(unseen));
    await model.continueTraining(await ids(more), { optimizer: 'adagrad', epochs: 2 });
    expect(model.options).toMatchObject({ optimizer: 'adagrad', learningRate: 0.1 });
    expect(await model.perplexity(await ids(unseen))).toBeLessThan(before);
    await expect(model.continueTraining(more)).rejects.toMatchObject({ code: 'ERR_WORDMILL_CORPUS' });
  });

  it('is as it was when that fails', async () => {
    const model = await NextTokenModel.train(lines, small);
    const before = numbersOf(model);
    const refused = (source: string[][], options?: object) => expect(model.continueTraining(source, options)).rejects;
    await refused([['entirely', 'unknown']]).toMatchObject({ code: 'ERR_WORDMILL_CORPUS' });
    await refused(more, { vectorSize: 3 }).toMatchObject({ option: 'vectorSize' });
    await refused(more, { momentum: 0.5 }).toMatchObject({ option: 'momentum' });
    await refused(more, { learningRateEnd: 1 }).toMatchObject({ option: 'learningRateEnd' });
    await refused(more, { optimizer: 'sgd', learningRate: 1e30 }).toMatchObject({ code: 'ERR_WORDMILL_DIVERGED' });
    const reason = new Error('enough');
    await refused(more, { signal: AbortSignal.abort(reason) }).toBe(reason);
    expect(numbersOf(model)).toEqual(before);
    const last = model.continueTraining(more);
    await refused(more).toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    model.dispose();
    await expect(last).rejects.toMatchObject({ code: 'ERR_WORDMILL_DISPOSED' });
    await refused(more).toMatchObject({ code: 'ERR_WORDMILL_DISPOSED' });
    const vectorsAlone = await NextTokenModel.train(lines, { ...small, keepOutput: false });
    await expect(vectorsAlone.continueTraining(more)).rejects.toMatchObject({ option: 'keepOutput' });
  });
});

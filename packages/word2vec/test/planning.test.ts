import { Corpus } from '@wordmill/core';
import { Word2Vec } from '@wordmill/word2vec';
import { expect, it } from 'vitest';
import { topicSentences } from './topics.js';

const corpus = await Corpus.fromSentences(topicSentences(60_000));

it('tells vocabulary, bytes and time before training', async () => {
  const options = { vectorSize: 50, epochs: 3, threads: 1, minCount: 10 } as const;
  const plan = await Word2Vec.plan(corpus, options);
  expect(plan).toMatchObject({ vocabulary: 41, tokensPerEpoch: 600_000 });
  // Rows of 50 numbers are padded to 256 bytes; two matrices.
  expect(plan.bytes.matrices).toBe(2 * 41 * 256);
  expect(plan.bytes.corpus).toBe(4 * 660_000);
  expect(plan.bytes.total).toBe(plan.bytes.matrices + plan.bytes.corpus + plan.bytes.vocabulary);
  expect(plan.memory).toBeGreaterThan(plan.bytes.total);
  const { report } = await Word2Vec.train(corpus, options);
  expect(plan.vocabulary).toBe(report.vocabulary);
  // Other work on the machine may slow down either by a lot; the order of magnitude must fit.
  expect(plan.seconds! / report.seconds).toBeGreaterThan(0.05);
  expect(plan.seconds! / report.seconds).toBeLessThan(20);
});

it('counts the matrices of each objective', async () => {
  const matrices = async (objective: 'hierarchical-softmax' | 'both'): Promise<number> =>
    (await Word2Vec.plan(corpus, { vectorSize: 16, objective })).bytes.matrices;
  expect(await matrices('hierarchical-softmax')).toBe((41 + 40) * 64);
  expect(await matrices('both')).toBe((41 + 41 + 40) * 64);
});

it('reads the text itself where it is not a Corpus', async () => {
  const phases: string[] = [];
  const plan = await Word2Vec.plan(topicSentences(500), { onProgress: ({ phase }) => phases.push(phase) });
  expect(plan.tokensPerEpoch).toBe(5000);
  expect(phases).toContain('corpus');
});

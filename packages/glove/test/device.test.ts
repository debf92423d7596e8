import { Corpus } from '@wordmill/core';
import { countCooccurrences, Glove } from '@wordmill/glove';
import { describe, expect, it } from 'vitest';
import { EMULATED_GPU, inTrouble, useEmulatedModule } from '../../../native/test/emulated-module.js';
import { countsOf, separation, topicLines } from './topics.js';

useEmulatedModule();

const corpus = await Corpus.fromText(topicLines(600).join('\n'));
const small = { vectorSize: 12, epochs: 10, xMax: 10, threads: 1 } as const;
const rules = { windowSize: 5, minCount: 1 } as const;

// First, before a GPU is opened, which then stays open.
it('goes on on the processor with auto where there is no GPU, and says why', async () => {
  await inTrouble('no-driver', async () => {
    const counts = await countCooccurrences(corpus, { ...rules, device: 'auto' });
    const why = { device: 'cpu', deviceReason: expect.stringContaining('no NVIDIA driver is installed') };
    expect(counts.info).toMatchObject(why);
    const model = await Glove.train(counts, { ...small, device: 'auto' });
    expect(model.report).toMatchObject(why);
    for (const work of [
      () => countCooccurrences(corpus, { ...rules, device: 'cuda' }),
      () => Glove.train(counts, { ...small, device: 'cuda:0' }),
      () => model.continueTraining(counts, { device: 'cuda' }),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'ERR_WORDMILL_DEVICE' });
    }
  });
});

describe('counting on a GPU', () => {
  it.each([
    { symmetric: true, distanceWeighting: true },
    { symmetric: false, distanceWeighting: true },
    { symmetric: true, distanceWeighting: false },
  ])('gives the counts of the processor: %j', async (kind) => {
    const expected = await countCooccurrences(corpus, { ...rules, ...kind });
    expect(expected.info.device).toBe('cpu');
    const counts = await countCooccurrences(corpus, { ...rules, ...kind, device: 'cuda' });
    expect(counts.info).toMatchObject({ device: EMULATED_GPU, nonzeros: expected.nonzeros, symmetric: kind.symmetric });
    const found = await countsOf(counts);
    const all = await countsOf(expected);
    expect(found.size).toBe(all.size);
    for (const [pair, count] of all) expect(found.get(pair)).toBeCloseTo(count, 6);
    const both = await counts.extend(corpus, { device: 'auto' });
    expect(both.count('a1', 'a2')).toBeCloseTo(2 * expected.count('a1', 'a2'), 6);
  });
});

describe('training on a GPU', () => {
  it('learns which words belong together', async () => {
    const model = await Glove.train(corpus, { ...rules, ...small, epochs: 25, device: 'cuda' });
    expect(model.report).toMatchObject({ device: EMULATED_GPU, finished: true });
    expect(model.report.costs).toHaveLength(25);
    expect(model.report.cost).toBeLessThan(model.report.costs[0]!);
    expect(separation(model.vectors)).toBeGreaterThan(0.3);
  });

  it('costs what it costs on the processor', async () => {
    const counts = await countCooccurrences(corpus, rules);
    const plain = await Glove.train(counts, small);
    expect(plain.report.device).toBe('cpu');
    const model = await Glove.train(counts, { ...small, device: 'cuda' });
    expect(model.report.cost / plain.report.cost).toBeCloseTo(1, 1);
    await model.continueTraining(counts, { epochs: 2, device: 'auto' });
    expect(model.report.device).toBe(EMULATED_GPU);
    expect(await Glove.plan(counts, { ...small, device: 'cuda' })).toMatchObject({ device: EMULATED_GPU });
  });
});

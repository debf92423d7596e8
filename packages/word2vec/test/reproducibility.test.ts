import { Corpus } from '@wordmill/core';
import { Word2Vec, type Word2VecProgress } from '@wordmill/word2vec';
import { describe, expect, it } from 'vitest';
import { bytesOf, separation, topicSentences } from './topics.js';

/** Several blocks, so that there is something between them. */
const corpus = await Corpus.fromSentences(topicSentences(80_000));
const options = { vectorSize: 12, epochs: 2, threads: 1, seed: 5 } as const;
const expected = bytesOf(await Word2Vec.train(corpus, options));

/** Keeps JavaScript from running, and takes no processor from the engine. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe('on one thread, the same seed gives the same bytes', () => {
  it('twice in a row, but not with another seed', async () => {
    expect(bytesOf(await Word2Vec.train(corpus, options)).equals(expected)).toBe(true);
    expect(bytesOf(await Word2Vec.train(corpus, { ...options, seed: 6 })).equals(expected)).toBe(false);
  });

  it('with callbacks that watch it', async () => {
    const phases = new Set<string>();
    const snapshots: number[] = [];
    const model = await Word2Vec.train(corpus, {
      ...options,
      onProgress: ({ phase }) => phases.add(phase),
      onEpoch: async ({ snapshot }) => {
        const vectors = await snapshot();
        snapshots.push(separation(vectors));
        await vectors.mostSimilar('a0');
        vectors.dispose();
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
    });
    expect(bytesOf(model).equals(expected)).toBe(true);
    expect([...phases]).toEqual(['training']);
    expect(snapshots).toHaveLength(2);
    expect(Math.min(...snapshots)).toBeGreaterThan(0.5);
  });

  it('while the event loop is blocked', async () => {
    const training = Word2Vec.train(corpus, options);
    const busy = setInterval(() => {
      block(150);
    }, 1);
    const model = await training;
    clearInterval(busy);
    expect(bytesOf(model).equals(expected)).toBe(true);
  });
});

it('works on while JavaScript does not', async () => {
  const long = { ...options, epochs: 20 };
  const { seconds } = (await Word2Vec.train(corpus, long)).report;
  let training: Promise<Word2Vec> | undefined;
  let isBlocked = false;
  const before: number[] = [];
  const after: number[] = [];
  const begun = new Promise<void>((resolve) => {
    const onProgress = ({ phase, done }: Word2VecProgress): void => {
      (isBlocked ? after : before).push(done);
      if (phase === 'training') resolve();
    };
    training = Word2Vec.train(corpus, { ...long, onProgress });
  });
  await begun;
  isBlocked = true;
  // Five times as long as all of it takes.
  block(5000 * seconds);
  const { report } = await training!;
  expect(before.at(-1)).toBeLessThan(report.tokens);
  expect(after[0]).toBe(report.tokens);
});

it('tells how far it is, truthfully', async () => {
  const seen: Word2VecProgress[] = [];
  const model = await Word2Vec.train(corpus, { ...options, epochs: 3, onProgress: (progress) => seen.push(progress) });
  const last = seen.at(-1)!;
  if (last.phase !== 'training') throw new Error(`ended with ${last.phase}`);
  expect(last).toMatchObject({ done: 2_400_000, total: 2_400_000, epoch: 3, epochs: 3, eta: 0 });
  expect(last.loss).toBe(model.report.loss);
  expect(last.tokensPerSecond).toBeGreaterThan(0);
  let before = 0;
  for (const { done } of seen) {
    expect(done).toBeGreaterThanOrEqual(before);
    before = done;
  }
});

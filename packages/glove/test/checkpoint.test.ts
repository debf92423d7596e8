import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countCooccurrences, Glove, type GloveOptions } from '@wordmill/glove';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf, topicLines } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-glove-checkpoint-'));
const path = join(folder, 'checkpoint.safetensors');
afterAll(() => rmSync(folder, { recursive: true }));

const lines = topicLines(2000);
const counts = await countCooccurrences(lines);
const options = { vectorSize: 8, xMax: 10, epochs: 5, threads: 2, unknownVector: true } as const;

describe('a resumed training', () => {
  it.each([
    ['every epoch', { epochs: 1 }],
    ['every block', { blocks: 1 }],
    ['every third block', { blocks: 3 }],
  ] as const)('equals the uninterrupted one to the byte: %s', async (_, every) => {
    const uninterrupted = await Glove.train(counts, options);
    const whole = await bytesOf(uninterrupted);
    const stop = new Error('stop');
    const controller = new AbortController();
    const kept = join(folder, 'kept.safetensors');
    const more: GloveOptions = {
      checkpoint: { path, every },
      signal: controller.signal,
      onEpoch: ({ epoch }) => {
        if (epoch < 3) return;
        copyFileSync(path, kept);
        controller.abort(stop);
      },
    };
    await expect(Glove.train(counts, { ...options, ...more })).rejects.toBe(stop);
    for (const source of [counts, lines]) {
      copyFileSync(kept, path);
      const resumed = await Glove.resume(path, source, { threads: 1 });
      expect(await bytesOf(resumed)).toEqual(whole);
      expect(resumed.report.finished).toBe(true);
      expect(resumed.report.costs).toHaveLength(5);
      for (const [i, cost] of uninterrupted.report.costs.entries())
        expect(resumed.report.costs[i]).toBeCloseTo(cost, 10);
    }
    // The file now holds the finished model.
    expect(await bytesOf(await Glove.resume(path, counts))).toEqual(whole);
  });

  it('is refused on other counts', async () => {
    const controller = new AbortController();
    const stop = new Error('stop');
    const onEpoch = ({ epoch }: { epoch: number }): void => {
      if (epoch === 2) controller.abort(stop);
    };
    rmSync(path, { force: true });
    const run = { ...options, checkpoint: { path }, onEpoch, signal: controller.signal };
    await expect(Glove.train(counts, run)).rejects.toBe(stop);
    expect(existsSync(path)).toBe(true);
    const other = topicLines(100, 4);
    await expect(Glove.resume(path, other)).rejects.toMatchObject({ code: 'ERR_WORDMILL_CORPUS', option: 'source' });
  });

  it('gives the model as it is when an abort shall return it', async () => {
    const controller = new AbortController();
    const onEpoch = ({ epoch }: { epoch: number }): void => {
      if (epoch === 2) controller.abort(new Error('enough'));
    };
    const model = await Glove.train(counts, { ...options, onEpoch, signal: controller.signal, onAbort: 'return' });
    expect(model.report).toMatchObject({ finished: false });
    expect(model.report.costs).toHaveLength(2);
    expect(model.vectors.size).toBe(42);
  });
});

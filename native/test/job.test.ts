import { type Job, native, type View, type WindowOptions } from '@wordmill/native';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, tablesFor, viewOf, windowOptions, zipfText } from './corpora.js';

const rejection = (fields: object): unknown => expect.objectContaining({ name: 'WordmillError', ...fields });
const cancelled = rejection({ code: 'ERR_WORDMILL_CANCELLED' });
const longOptions: WindowOptions = { ...windowOptions, epochs: 1000 };

let view: View;
beforeAll(async () => {
  view = await viewOf(zipfText(600_000));
});

const submitAll = (job: Job): void => job.submit(0, job.poll().blocks);

describe('a job', () => {
  it('trains the blocks that were submitted', async () => {
    const tables = tablesFor(view);
    const before = bytesOf(tables.input);
    const job = await view.windowJob(tables, { ...windowOptions, threads: 2 });
    expect(job.poll()).toMatchObject({ state: 'idle', blocksDone: 0, tokensDone: 0 });
    const { blocks } = job.poll();
    expect(blocks).toBe(view.describe().blocks);
    expect(blocks).toBeGreaterThan(1);
    job.submit(0, 1);
    await job.rest();
    expect(job.poll()).toMatchObject({ state: 'idle', blocksDone: 1 });
    job.submit(1, blocks - 1);
    await job.rest();
    const progress = job.poll();
    expect(progress).toMatchObject({ state: 'idle', blocksDone: blocks, tokensDone: view.describe().tokens });
    expect(progress.tokensTotal).toBe(progress.tokensDone);
    expect(progress.lossSum / progress.examples).toBeGreaterThan(0);
    expect(progress.seconds).toBeGreaterThan(0);
    expect(bytesOf(tables.input).equals(before)).toBe(false);
    expect(await tables.input.firstNotFinite(0)).toBe(-1);
  });

  it('gives the same bytes on one thread, however its blocks are submitted', async () => {
    const results: Buffer[] = [];
    for (const step of [Number.POSITIVE_INFINITY, 1]) {
      const tables = tablesFor(view);
      const job = await view.windowJob(tables, windowOptions);
      const { blocks } = job.poll();
      for (let block = 0; block < blocks; block += step) {
        job.submit(block, Math.min(step, blocks));
        await job.rest();
      }
      results.push(bytesOf(tables.input));
    }
    expect(results[0]!.equals(results[1]!)).toBe(true);
  });

  it('rests at once when nothing was submitted', async () => {
    const job = await view.windowJob(tablesFor(view), windowOptions);
    await job.rest();
    job.submit(0, 0);
    await job.rest();
    expect(job.poll().state).toBe('idle');
  });

  it('tells everybody who waits', async () => {
    const job = await view.windowJob(tablesFor(view), windowOptions);
    submitAll(job);
    await Promise.all([job.rest(), job.rest(), job.rest()]);
    expect(job.poll().state).toBe('idle');
  });

  it('pauses at a block boundary, and goes on', async () => {
    const job = await view.windowJob(tablesFor(view), longOptions);
    submitAll(job);
    const rest = job.rest();
    job.pause();
    await rest;
    const { state, blocksDone, blocks } = job.poll();
    expect(state).toBe('idle');
    expect(blocksDone).toBeLessThan(blocks);
    job.submit(blocksDone, 1);
    await job.rest();
    expect(job.poll().blocksDone).toBe(blocksDone + 1);
  });

  it('leaves the event loop to others, and is cancelled from it', async () => {
    const job = await view.windowJob(tablesFor(view), { ...longOptions, threads: 0 });
    submitAll(job);
    const rest = job.rest();
    let ticks = 0;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        expect(job.poll().state).toBe('running');
        if (++ticks === 10) {
          clearInterval(timer);
          resolve();
        }
      }, 5);
    });
    job.cancel();
    await expect(rest).rejects.toEqual(cancelled);
    expect(job.poll().state).toBe('cancelled');
    await expect(job.rest()).rejects.toEqual(cancelled);
    expect(() => submitAll(job)).toThrow(cancelled);
  });

  it('runs beside others', async () => {
    const runs = Array.from({ length: 4 }, async () => {
      const tables = tablesFor(view);
      const job = await view.windowJob(tables, windowOptions);
      submitAll(job);
      await job.rest();
      return bytesOf(tables.input);
    });
    const results = await Promise.all(runs);
    for (const result of results) expect(result.equals(results[0]!)).toBe(true);
  });

  it('needs nobody to hold it or its tables', async () => {
    const start = async (): Promise<void> => {
      const tables = tablesFor(view);
      const job = await view.windowJob(tables, windowOptions);
      submitAll(job);
      tables.input.dispose();
      tables.output.dispose();
      await job.rest();
    };
    const rests = [start(), start()];
    globalThis.gc?.();
    await Promise.all(rests);
  });

  it('is cancelled by dispose()', async () => {
    const tables = tablesFor(view);
    const job = await view.windowJob(tables, longOptions);
    submitAll(job);
    const rest = job.rest();
    job.dispose();
    job.dispose();
    await expect(rest).rejects.toEqual(cancelled);
    expect(() => job.poll()).toThrow(rejection({ code: 'ERR_WORDMILL_DISPOSED' }));
    expect(await tables.input.firstNotFinite(0)).toBe(-1);

    const unheard = await view.windowJob(tablesFor(view), longOptions);
    submitAll(unheard);
    unheard.dispose();
  });

  it('names the block in which it diverged', async () => {
    const job = await view.windowJob(tablesFor(view), { ...windowOptions, learningRate: 1e30, learningRateEnd: 1e30 });
    submitAll(job);
    await expect(job.rest()).rejects.toEqual(rejection({ code: 'ERR_WORDMILL_DIVERGED', block: expect.any(Number) }));
    expect(job.poll().state).toBe('failed');
  });

  it('leaves frozen rows alone', async () => {
    const tables = tablesFor(view);
    const { rows } = view.describe();
    const before = bytesOf(tables.input);
    const job = await view.windowJob({ ...tables, locks: new Float32Array(rows).fill(0) }, windowOptions);
    submitAll(job);
    await job.rest();
    expect(bytesOf(tables.input).equals(before)).toBe(true);
    expect(bytesOf(tables.output).equals(before)).toBe(false);
  });

  it('refuses tables and options that do not fit', async () => {
    const tables = tablesFor(view);
    const { rows } = view.describe();
    const small = native().createTable('f32', rows - 1, 32);
    const refused: [() => Promise<Job>, string | undefined][] = [
      [() => view.windowJob({ ...tables, locks: new Float32Array(rows - 1) }, windowOptions), 'locks'],
      [() => view.windowJob({ ...tables, input: small }, windowOptions), undefined],
      [() => view.windowJob({ input: tables.input }, windowOptions), undefined],
      [() => view.windowJob(tables, { ...windowOptions, windowSize: 0 }), 'windowSize'],
      [() => view.windowJob(tables, { ...windowOptions, windowSize: -1 }), 'windowSize'],
      [() => view.windowJob(tables, { ...windowOptions, learningRate: Number.NaN }), 'learningRate'],
      [() => view.windowJob(tables, { ...windowOptions, negativeSamples: 0 }), 'negativeSamples'],
      [() => view.windowJob(tables, { ...windowOptions, seed: -1n }), 'seed'],
      [() => view.windowJob(tables, { ...windowOptions, objective: 'none' as 'both' }), 'objective'],
    ];
    for (const [call, option] of refused) {
      const fields = { code: 'ERR_WORDMILL_OPTION', ...(option === undefined ? {} : { option }) };
      await expect(new Promise((resolve) => resolve(call())), option).rejects.toEqual(rejection(fields));
    }
    const job = await view.windowJob(tables, windowOptions);
    expect(() => job.submit(1, 1e6)).toThrow(rejection({ code: 'ERR_WORDMILL_OPTION' }));
  });
});

describe('windowScore()', () => {
  it('gives one number a sentence', async () => {
    const small = await viewOf(zipfText(2000, 50));
    const { rows, sentences } = small.describe();
    const input = native().createTable('f32', rows, 16);
    input.fillUniform(0, rows, -0.1, 0.1, 1n);
    const tree = native().createTable('f32', rows - 1, 16);
    const options = { ...windowOptions, objective: 'hierarchical-softmax' } as const;
    const scores = await small.windowScore({ input, tree }, options);
    expect(scores).toHaveLength(sentences);
    expect(scores.every((score) => score < 0 && Number.isFinite(score))).toBe(true);
  });
});

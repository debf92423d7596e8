import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus, KeyedVectors } from '@wordmill/core';
import { Word2Vec, type Word2VecOptions } from '@wordmill/word2vec';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf, topicSentences } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-checkpoint-'));
const path = join(folder, 'checkpoint.safetensors');
const text = join(folder, 'text.txt');
writeFileSync(
  text,
  topicSentences(80_000)
    .map((tokens) => tokens.join(' '))
    .join('\n'),
);
const options = { vectorSize: 12, epochs: 3, threads: 1, seed: 9 } as const;
const corpus = await Corpus.fromFile(text);

beforeEach(() => rmSync(path, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

/** Trains until the first checkpoint is written and then a little more: at most to the end of the epoch. */
async function interrupted(more: Word2VecOptions): Promise<void> {
  const stop = new Error('stop');
  const controller = new AbortController();
  const stopIfWritten = (): void => {
    if (existsSync(path)) controller.abort(stop);
  };
  const watch = setInterval(stopIfWritten, 1);
  const watched: Word2VecOptions = { ...options, ...more, signal: controller.signal, onEpoch: stopIfWritten };
  await expect(Word2Vec.train(corpus, watched)).rejects.toBe(stop);
  clearInterval(watch);
}

describe('a resumed training equals the uninterrupted one to the byte', () => {
  const variants: [name: string, options: Word2VecOptions][] = [
    ['negative sampling, every block', { checkpoint: { path, every: { blocks: 1 } } }],
    ['hierarchical softmax', { objective: 'hierarchical-softmax', checkpoint: { path, every: { blocks: 3 } } }],
    ['both objectives, every epoch', { objective: 'both', architecture: 'skip-gram', checkpoint: { path } }],
    [
      'other rules of the text',
      { minCount: 100, lineEndToken: true, sentence: 'fixed', maxSentenceLength: 37, checkpoint: { path } },
    ],
    [
      'a given vocabulary',
      {
        vocabulary: [
          { word: 'b3', count: 5 },
          { word: 'a1', count: 9 },
          { word: 'none', count: 0 },
        ],
        checkpoint: { path },
      },
    ],
    [
      'locked words',
      { initialVectors: { vectors: KeyedVectors.from({ a0: Array(12).fill(0.1) }), locks: 0 }, checkpoint: { path } },
    ],
  ];
  it.each(variants)('%s', async (_, variant) => {
    const { checkpoint, ...plain } = variant;
    const expected = await Word2Vec.train(corpus, { ...options, ...plain });
    await interrupted(variant);
    const resumed = await Word2Vec.resume(path, text, { threads: 1 });
    expect(bytesOf(resumed).equals(bytesOf(expected))).toBe(true);
    expect([...resumed.vectors.keys()]).toEqual([...expected.vectors.keys()]);
    expect(resumed.options).toEqual(expected.options);
    expect(resumed.report.tokens).toBe(expected.report.tokens);
    expect(resumed.report.loss).toBeCloseTo(expected.report.loss, 12);
  });

  it('token ids, of which pruned ones keep their rows', async () => {
    const words = ['unused', 'rare', 'x', 'y', 'z'];
    const lines = Array.from({ length: 60_000 }, (_, i) => [2 + (i % 3), 2 + ((i >> 2) % 3), 2 + ((i >> 4) % 3)]);
    lines[0]!.push(1);
    const ids = await Corpus.fromTokenIds(lines, words);
    const rule = { ...options, epochs: 4, minCount: 2 };
    const expected = await Word2Vec.train(ids, rule);
    const stop = new Error('stop');
    const controller = new AbortController();
    const onEpoch = ({ epoch }: { epoch: number }): void => {
      if (epoch === 2) controller.abort(stop);
    };
    const training = Word2Vec.train(ids, { ...rule, onEpoch, signal: controller.signal, checkpoint: { path } });
    await expect(training).rejects.toBe(stop);
    const resumed = await Word2Vec.resume(path, ids, { threads: 1 });
    expect(bytesOf(resumed).equals(bytesOf(expected))).toBe(true);
    expect([...resumed.vectors.keys()]).toEqual(words);
  });

  it('after kill -9 at any moment', async () => {
    const script = `
      const { Word2Vec } = await import('@wordmill/word2vec');
      const [text, path, options] = JSON.parse(process.argv[1]);
      await Word2Vec.train(text, { ...options, checkpoint: { path, every: { blocks: 1 } } });
      process.send?.('done');`;
    const expected = bytesOf(await Word2Vec.train(corpus, { ...options, epochs: 6 }));
    const settings = JSON.stringify([text, path, { ...options, epochs: 6 }]);
    let killed = 0;
    for (const delay of [0, 40, 120]) {
      rmSync(path, { force: true });
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, settings], {
        cwd: import.meta.dirname,
      });
      const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
      while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill('SIGKILL');
      if ((await ended) === 'SIGKILL') killed++;
      const resumed = await Word2Vec.resume(path, text, { threads: 1 });
      expect(bytesOf(resumed).equals(expected)).toBe(true);
    }
    expect(killed).toBeGreaterThan(0);
    // A killed process cannot remove its temporary file; nothing else is left behind.
    for (const name of readdirSync(folder))
      expect(name).toMatch(/^(checkpoint|text|\.checkpoint\.safetensors\..*\.tmp)/);
  });

  it('and goes on writing checkpoints, to the end', async () => {
    await interrupted({ checkpoint: { path, every: { blocks: 1 } } });
    const before = statSync(path).mtimeMs;
    const resumed = await Word2Vec.resume(path, corpus, { threads: 1 });
    expect(statSync(path).mtimeMs).toBeGreaterThan(before);
    const finished = await Word2Vec.resume(path, 'not needed any more');
    expect(bytesOf(finished).equals(bytesOf(resumed))).toBe(true);
    expect(finished.report.finished).toBe(true);
  });
});

describe('a checkpoint', () => {
  it('is a model, and its vectors load by themselves', async () => {
    await interrupted({ checkpoint: { path } });
    const model = await Word2Vec.load(path);
    expect(model.report.finished).toBe(false);
    const vectors = await KeyedVectors.load(path);
    expect(vectors.get('a1')).toEqual(model.vectors.get('a1'));
  });

  it('is written by the clock', async () => {
    await interrupted({ epochs: 1000, checkpoint: { path, every: { minutes: 1e-3 } } });
    const model = await Word2Vec.load(path);
    expect(model.report.tokens).toBeGreaterThan(0);
    expect(model.report.finished).toBe(false);
  });

  it('goes on only with the same text', async () => {
    await interrupted({ checkpoint: { path } });
    const other = await Corpus.fromSentences(topicSentences(1000));
    const expected = { code: 'ERR_WORDMILL_CORPUS', message: expect.stringContaining('another text') };
    await expect(Word2Vec.resume(path, other)).rejects.toMatchObject(expected);
  });

  it('is not a model that was saved', async () => {
    const model = await Word2Vec.train(topicSentences(500), options);
    await model.save(path);
    const expected = { code: 'ERR_WORDMILL_FORMAT', message: expect.stringContaining('continueTraining') };
    await expect(Word2Vec.resume(path, text)).rejects.toMatchObject(expected);
  });

  it('that cannot be written stops the training with the file', async () => {
    const nowhere = join(folder, 'missing', 'checkpoint');
    const training = Word2Vec.train(corpus, { ...options, checkpoint: { path: nowhere } });
    await expect(training).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO', file: nowhere });
  });

  it('does not change what is learned', async () => {
    const expected = bytesOf(await Word2Vec.train(corpus, options));
    const model = await Word2Vec.train(corpus, { ...options, checkpoint: { path, every: { blocks: 1 } } });
    expect(bytesOf(model).equals(expected)).toBe(true);
    expect(readFileSync(path).length).toBeGreaterThan(0);
  });
});

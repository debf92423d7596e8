import { execFileSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { Corpus } from '@wordmill/core';
import { Word2Vec } from '@wordmill/word2vec';
import { expect, it } from 'vitest';
import { bytesOf, separation, topicSentences } from './topics.js';

const sentences = topicSentences(20_000);
const options = { vectorSize: 20, epochs: 2, threads: 1 } as const;

it('four trainings at once, of one corpus and of their own, do not disturb each other', async () => {
  const corpus = await Corpus.fromSentences(sentences);
  const alone = await Word2Vec.train(corpus, options);
  const together = await Promise.all([
    Word2Vec.train(corpus, options),
    Word2Vec.train(sentences, options),
    Word2Vec.train(corpus, { ...options, objective: 'hierarchical-softmax' }),
    Word2Vec.train(sentences, { ...options, architecture: 'skip-gram', threads: 2 }),
  ]);
  expect(bytesOf(together[0]).equals(bytesOf(alone))).toBe(true);
  expect(bytesOf(together[1]).equals(bytesOf(alone))).toBe(true);
  for (const { vectors } of together) expect(separation(vectors)).toBeGreaterThan(0.5);
});

it('a corpus may be disposed of while it is trained on', async () => {
  const corpus = await Corpus.fromSentences(sentences);
  const training = Word2Vec.train(corpus, { ...options, onEpoch: () => corpus.dispose() });
  expect(separation((await training).vectors)).toBeGreaterThan(0.5);
});

/** Trains in a worker thread; says so when it has begun. */
const script = `
  const { parentPort, workerData } = require('node:worker_threads');
  (async () => {
    const { Word2Vec } = await import(workerData.module);
    const onProgress = ({ phase }) => phase === 'training' && parentPort.postMessage('begun');
    const model = await Word2Vec.train(workerData.sentences, { ...workerData.options, onProgress });
    const vectors = model.vectors.toFloat32Array();
    model.dispose();
    parentPort.postMessage(vectors, [vectors.buffer]);
  })();`;

function startWorker(text: readonly string[][], more: object): Worker {
  const module = import.meta.resolve('@wordmill/word2vec');
  const workerData = { module, sentences: text, options: { ...options, ...more } };
  return new Worker(script, { eval: true, workerData });
}

it('worker threads train, at the same time and with the same result', async () => {
  const expected = (await Word2Vec.train(sentences, options)).vectors.toFloat32Array();
  const results = [1, 2].map(
    () =>
      new Promise((resolve, reject) => {
        const worker = startWorker(sentences, {});
        worker.on('error', reject);
        worker.on('message', (message) => message !== 'begun' && resolve(message));
      }),
  );
  for (const result of await Promise.all(results)) expect(result).toEqual(expected);
});

it('worker threads terminated in the middle of training, 50 of them', async () => {
  const terminated = async (): Promise<void> => {
    const worker = startWorker(sentences.slice(0, 1000), { epochs: 100_000, threads: 2 });
    await new Promise<void>((resolve, reject) => {
      worker.on('error', reject);
      worker.once('message', () => resolve());
    });
    await worker.terminate();
  };
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 5 }, terminated));
  const model = await Word2Vec.train(sentences, options);
  expect(separation(model.vectors)).toBeGreaterThan(0.5);
});

it('the process ends by itself after a training, and with process.exit() in the middle of one', () => {
  const run = (code: string): string =>
    execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: import.meta.dirname,
      timeout: 30_000,
    }).toString();
  const train = `
    const { Word2Vec } = await import('@wordmill/word2vec');
    const sentences = Array.from({ length: 5000 }, (_, i) => ['a', 'b', 'c', 'd' + (i % 7)]);`;
  expect(run(`${train} const model = await Word2Vec.train(sentences); console.log(model.vectors.size);`)).toBe('10\n');
  expect(run(`${train} setTimeout(() => process.exit(0), 50); await Word2Vec.train(sentences, { epochs: 1e6 });`)).toBe(
    '',
  );
});

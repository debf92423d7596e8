import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus, isWordmillError, KeyedVectors } from '@wordmill/core';
import { Word2Vec } from '@wordmill/word2vec';
import { afterAll, describe, expect, it } from 'vitest';
import { topicSentences } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-bad-'));
const at = (name: string): string => join(folder, name);
const sentences = topicSentences(1000);
const text = sentences.map((tokens) => tokens.join(' ')).join('\n');
writeFileSync(at('text.txt'), text);
writeFileSync(at('empty.txt'), '');
mkdirSync(at('hollow'));
const corpus = await Corpus.fromText(text);
afterAll(() => rmSync(folder, { recursive: true }));

async function fails(
  work: Promise<unknown>,
  code: string,
  more: Record<string, unknown>,
  message: RegExp,
): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(isWordmillError(error), String(error)).toBe(true);
  expect(error).toMatchObject({ code: `ERR_WORDMILL_${code}`, ...more });
  expect((error as Error).message).toMatch(message);
}

describe('options out of range name themselves and what is allowed', () => {
  const cases: [options: Record<string, unknown>, message: RegExp][] = [
    [{ architecture: 'skipgram' }, /did you mean 'skip-gram'/],
    [{ objective: 'none' }, /'negative-sampling' or/],
    [{ objective: '' }, /'negative-sampling' or/],
    [{ vectorSize: 0 }, /from 1 to 65536/],
    [{ vectorSize: 2.5 }, /whole number/],
    [{ vectorSize: '100' }, /whole number/],
    [{ windowSize: 0 }, /from 1 to 1000/],
    [{ windowSize: -5 }, /from 1 to 1000/],
    [{ windowSize: 1001 }, /from 1 to 1000/],
    [{ negativeSamples: 0 }, /from 1 to 1000/],
    [{ negativeExponent: 11 }, /-10 .*10/],
    [{ sample: -1e-3 }, /at least 0/],
    [{ sample: 2 }, /at most 1/],
    [{ learningRate: 0 }, /finite number/],
    [{ learningRate: Number.NaN }, /NaN/],
    [{ learningRate: Number.POSITIVE_INFINITY }, /Infinity/],
    [{ learningRateEnd: -1 }, /at least 0/],
    [{ learningRateEnd: 1 }, /from 0 to learningRate/],
    [{ epochs: 0 }, /from 1 to 1000000/],
    [{ seed: -1 }, /at least 0/],
    [{ threads: -2 }, /from 0 to 1024/],
    [{ threads: Number.NaN }, /from 0 to 1024/],
    [{ minCount: -1 }, /at least 0/],
    [{ maxSentenceLength: 0 }, /from 1 to 1048576/],
    [{ onAbort: 'ignore' }, /'throw' or 'return'/],
    [{ onProgress: true }, /function/],
    [{ signal: {} }, /AbortSignal/],
    [{ dynamicWindow: 1 }, /true or false/],
    [{ window: 5 }, /no option window/],
    [{ vectorsize: 5 }, /did you mean vectorSize/],
    [{ minCount: 1, vocabulary: [] }, /cannot go with/],
    [{ negativeSamples: 5, objective: 'hierarchical-softmax' }, /draws no samples/],
    [{ negativeExponent: 1, objective: 'softmax' }, /draws no samples/],
    [{ cbowMean: true, architecture: 'skip-gram' }, /no meaning/],
  ];
  it.each(cases)('%j', async (options, message) => {
    const option = Object.keys(options)[0];
    await fails(Word2Vec.train(corpus, options), 'OPTION', { option }, message);
    if (option !== 'onAbort') await fails(Word2Vec.plan(corpus, options), 'OPTION', { option }, message);
  });

  it('nested ones too', async () => {
    const train = (options: object): Promise<Word2Vec> => Word2Vec.train(corpus, options);
    await fails(train({ checkpoint: {} }), 'OPTION', { option: 'checkpoint.path' }, /./);
    await fails(train({ checkpoint: { path: '' } }), 'OPTION', { option: 'checkpoint.path' }, /path/);
    const every = { option: 'checkpoint.every' };
    for (const wrong of [
      {},
      { epochs: 0 },
      { blocks: 1.5 },
      { minutes: -1 },
      { seconds: 1 },
      { epochs: 1, blocks: 1 },
      5,
    ]) {
      await fails(train({ checkpoint: { path: 'x', every: wrong } }), 'OPTION', every, /epochs/);
    }
    await fails(train({ initialVectors: {} }), 'OPTION', { option: 'initialVectors.vectors' }, /./);
    await fails(
      train({ initialVectors: { vectors: {} } }),
      'OPTION',
      { option: 'initialVectors.vectors' },
      /KeyedVectors/,
    );
  });

  it('those of reading, with a text that has been read', async () => {
    for (const options of [
      { lowercase: true },
      { invalidUtf8: 'replace' },
      { maxTokenBytes: 9 },
      { memoryLimit: 9 },
    ] as const) {
      const [option] = Object.keys(options);
      await fails(Word2Vec.train(corpus, options), 'OPTION', { option }, /give it to the Corpus/);
      await fails(Word2Vec.plan(corpus, options), 'OPTION', { option }, /give it to the Corpus/);
    }
  });
});

describe('texts that cannot be trained on', () => {
  it('say why', async () => {
    const missing = at('missing.txt');
    await fails(Word2Vec.train(missing), 'IO', { file: missing }, /no such file/);
    await fails(Word2Vec.train(at('hollow')), 'CORPUS', { file: at('hollow') }, /no files/);
    await fails(Word2Vec.train(at('empty.txt')), 'CORPUS', {}, /no token/);
    await fails(Word2Vec.train(text), 'OPTION', {}, /Corpus\.fromText/);
    await fails(Word2Vec.train('Some text. Not a path.'), 'IO', {}, /Corpus\.fromText/);
    await fails(Word2Vec.train([]), 'CORPUS', {}, /no token/);
    await fails(Word2Vec.train([at('text.txt')]), 'CORPUS', { option: 'minCount' }, /occurs 1 times/);
    await fails(Word2Vec.train(corpus, { minCount: 1e9 }), 'CORPUS', { option: 'minCount' }, /lower minCount/);
    await fails(Word2Vec.train([Array(9).fill('same')]), 'CORPUS', {}, /only one word/);
    await fails(Word2Vec.train(null as never), 'OPTION', {}, /iterable/);
    await fails(Word2Vec.train(5 as never), 'OPTION', {}, /iterable/);
    const gone = await Corpus.fromText(text);
    gone.dispose();
    await fails(Word2Vec.train(gone), 'DISPOSED', {}, /./);
  });
});

describe('a training that diverges', () => {
  it('says in which block, and the process lives', async () => {
    for (const architecture of ['skip-gram', 'cbow'] as const) {
      const error = await Word2Vec.train(corpus, { architecture, learningRate: 100 }).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'ERR_WORDMILL_DIVERGED', block: expect.any(Number) });
    }
    const model = await Word2Vec.train(corpus, { epochs: 1 });
    expect(model.vectors.toFloat32Array().every(Number.isFinite)).toBe(true);
  });
});

describe('a training that does not fit in memory', () => {
  it('is refused with the figures, before anything is allocated', async () => {
    const words = Array.from({ length: 400_000 }, (_, i) => `w${i}`);
    const ids = await Corpus.fromTokenIds([[0, 1, 2, 3]], words);
    const large = { vectorSize: 65_536, minCount: 0 };
    await fails(Word2Vec.plan(ids, large), 'MEMORY', {}, /400000 words of 65536 numbers take [\d,]+ MB/);
    await fails(Word2Vec.train(ids, large), 'MEMORY', {}, /the process may take [\d,]+ MB/);
  });
});

describe('what a model cannot do', () => {
  it('is said with what to do instead', async () => {
    const options = { epochs: 1, vectorSize: 8 };
    const tree = await Word2Vec.train(corpus, { ...options, objective: 'hierarchical-softmax' });
    const sampled = await Word2Vec.train(corpus, options);
    await fails(tree.predictOutputWord(['a1']), 'UNSUPPORTED', { option: 'objective' }, /negative sampling or softmax/);
    await fails(sampled.score(['a1 a2']), 'UNSUPPORTED', { option: 'objective' }, /hierarchical softmax/);
    await fails(sampled.predictOutputWord(['unknown', '__proto__']), 'OOV', {}, /unknown/);
    await fails(sampled.predictOutputWord([]), 'OOV', {}, /./);
    await fails(sampled.predictOutputWord(['a1'], { topN: 0 }), 'OPTION', { option: 'topN' }, /at least 1/);
    await fails(tree.score(['a1'], { thread: 1 } as never), 'OPTION', { option: 'thread' }, /threads/);
  });
});

it('words that look like something else are words', async () => {
  const odd = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'no\u00a0break'];
  const model = await Word2Vec.train(Array(50).fill(odd), {
    epochs: 1,
    vectorSize: 4,
    initialVectors: { vectors: KeyedVectors.from(new Map([['__proto__', [1, 2, 3, 4]]])), locks: { constructor: 1 } },
  });
  expect(new Set(model.vectors.keys())).toEqual(new Set(odd));
  expect(model.vectors.count('__proto__')).toBe(50);
});

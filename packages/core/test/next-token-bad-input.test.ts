import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus, isWordmillError, KeyedVectors, NextTokenModel, type NextTokenOptions } from '@wordmill/core';
import { afterAll, describe, expect, it } from 'vitest';
import { chainLines } from './chain-text.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-next-token-'));
const path = join(folder, 'model.safetensors');
afterAll(() => rmSync(folder, { recursive: true }));

const lines = chainLines(1000);
const corpus = await Corpus.fromSentences(lines);
const small = { vectorSize: 8, contextSize: 2, batchSize: 64, epochs: 1 } as const;

async function fails(work: Promise<unknown>, code: string, more: object, message: RegExp): Promise<void> {
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
    [{ vectorSize: 0 }, /from 1 to 65536/],
    [{ contextSize: 0 }, /from 1 to 1024/],
    [{ contextSize: 1025 }, /from 1 to 1024/],
    [{ contextSize: 1.5 }, /whole number/],
    [{ context: 'sum' }, /'concatenated' or 'mean'/],
    [{ objective: 'softmaxx' }, /did you mean 'softmax'/],
    [{ negativeSamples: 0, objective: 'sampled-softmax' }, /from 1 to 1048576/],
    [{ negativeSamples: 5 }, /only with 'sampled-softmax'/],
    [{ negativeExponent: 11, objective: 'sampled-softmax' }, /at most 10/],
    [{ negativeExponent: 1, objective: 'hierarchical-softmax' }, /no meaning/],
    [{ tied: 1 }, /true or false/],
    [{ tied: true, objective: 'hierarchical-softmax' }, /vectors of nodes/],
    [{ keepOutput: 'yes' }, /true or false/],
    [{ batchSize: 0 }, /from 1 to 65536/],
    [{ batchSize: 65537 }, /from 1 to 65536/],
    [{ optimizer: 'adm' }, /did you mean 'adam'/],
    [{ learningRate: 0 }, /finite number/],
    [{ learningRate: Number.NaN }, /NaN/],
    [{ learningRateEnd: 1 }, /from 0 to learningRate/],
    [{ learningRateEnd: 0, schedule: 'constant' }, /no meaning with schedule 'constant'/],
    [{ schedule: 'step' }, /'constant' or/],
    [{ warmup: 1.1 }, /at most 1/],
    [{ warmup: -1 }, /at least 0/],
    [{ momentum: 1, optimizer: 'sgd' }, /from 0 to below 1/],
    [{ momentum: 0.9 }, /only with 'sgd'/],
    [{ betas: [0.9] }, /two numbers/],
    [{ betas: [0.9, 1] }, /two numbers from 0 to below 1/],
    [{ betas: [0.9, 0.9], optimizer: 'sgd' }, /only with 'adam' or 'adamw'/],
    [{ weightDecay: -1 }, /at least 0/],
    [{ epochs: 0 }, /from 1 to 1000000/],
    [{ seed: -1 }, /at least 0/],
    [{ threads: -2 }, /from 0 to 1024/],
    [{ validation: 1 }, /from 0 to below 1, or a Corpus/],
    [{ validation: Number.NaN }, /from 0 to below 1/],
    [{ validation: 'text.txt' }, /or a Corpus/],
    [{ onAbort: 'ignore' }, /'throw' or 'return'/],
    [{ onEpoch: true }, /function/],
    [{ signal: {} }, /AbortSignal/],
    [{ windowSize: 5 }, /no option windowSize/],
    [{ minCount: 1, vocabulary: [] }, /cannot go with/],
    [{ lowercase: true }, /give it to the Corpus/],
  ];
  it.each(cases)('%j', async (options, message) => {
    await fails(NextTokenModel.train(corpus, options), 'OPTION', { option: Object.keys(options)[0] }, message);
  });

  it('and those of predicting', async () => {
    const model = await NextTokenModel.train(corpus, small);
    await fails(model.predict(['w1'], { topN: 0 }), 'OPTION', { option: 'topN' }, /at least 1/);
    await fails(model.predict('w1 w2' as never), 'OPTION', { option: 'context' }, /a list of tokens/);
    await fails(model.predict([-1]), 'OPTION', { option: 'context' }, /rows are 0 to 39/);
    await fails(model.predict([0.5]), 'OPTION', { option: 'context' }, /no row/);
    await fails(model.predict([40]), 'OPTION', { option: 'context' }, /no row/);
    await fails(model.perplexity(corpus, { thread: 1 } as never), 'OPTION', { option: 'thread' }, /threads/);
  });
});

describe('texts that cannot be trained on', () => {
  it('say why', async () => {
    await fails(NextTokenModel.train([]), 'CORPUS', {}, /no token/);
    await fails(NextTokenModel.train(join(folder, 'missing')), 'IO', { file: join(folder, 'missing') }, /no such file/);
    await fails(NextTokenModel.train(corpus, { minCount: 1e9 }), 'CORPUS', { option: 'minCount' }, /lower minCount/);
    await fails(NextTokenModel.train([Array(9).fill('same')]), 'CORPUS', {}, /only one token/);
    const ids = await Corpus.fromTokenIds(
      [
        [1, 1, 1],
        [1, 1],
      ],
      ['a', 'b', 'c'],
    );
    await fails(NextTokenModel.train(ids, { minCount: 1 }), 'CORPUS', {}, /only one token/);
    const line = ['a', 'b'].flatMap((word) => Array(6).fill(word));
    await fails(NextTokenModel.train([line]), 'CORPUS', { option: 'validation' }, /a single line/);
    await NextTokenModel.train([line], { ...small, validation: 0 });
    const strange = await Corpus.fromText('nothing of it\n');
    await fails(NextTokenModel.train(corpus, { validation: strange }), 'CORPUS', {}, /no word/);
    const model = await NextTokenModel.train(corpus, small);
    await fails(model.perplexity(strange), 'CORPUS', {}, /no word/);
  });

  it('or would not fit, before anything is allocated', async () => {
    const words = Array.from({ length: 400_000 }, (_, i) => `w${i}`);
    const ids = await Corpus.fromTokenIds(
      [
        [0, 1, 2, 3],
        [1, 0],
      ],
      words,
    );
    await fails(
      NextTokenModel.train(ids, { vectorSize: 65_536, minCount: 0 }),
      'MEMORY',
      {},
      /400000 tokens with 65536/,
    );
  });
});

it('a training that diverges says in which block, and the process lives', async () => {
  for (const objective of ['softmax', 'hierarchical-softmax', 'sampled-softmax'] as const) {
    const options = { ...small, objective, optimizer: 'sgd', learningRate: 1e30, schedule: 'constant' } as const;
    const error = await NextTokenModel.train(corpus, options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_WORDMILL_DIVERGED', block: expect.any(Number) });
  }
});

describe('an abort', () => {
  const reason = new Error('enough');
  const long = { ...small, vectorSize: 64, epochs: 100_000 } as const;
  /** An abort at the first report of training. */
  const abortInTraining = (): Pick<NextTokenOptions, 'signal' | 'onProgress'> => {
    const controller = new AbortController();
    return {
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'training' && controller.abort(reason),
    };
  };

  it('rejects with its reason', async () => {
    const now = AbortSignal.abort(reason);
    await expect(NextTokenModel.train(corpus, { signal: now })).rejects.toBe(reason);
    await expect(NextTokenModel.train(corpus, { ...long, ...abortInTraining() })).rejects.toBe(reason);
    const between = new AbortController();
    const onEpoch = (): void => between.abort(reason);
    await expect(NextTokenModel.train(corpus, { ...long, onEpoch, signal: between.signal })).rejects.toBe(reason);
    const model = await NextTokenModel.train(corpus, small);
    await expect(model.perplexity(corpus, { signal: now })).rejects.toBe(reason);
    await expect(model.save(path, { signal: now })).rejects.toBe(reason);
  });

  it("or with onAbort: 'return' gives the model as it is", async () => {
    const model = await NextTokenModel.train(corpus, { ...long, ...abortInTraining(), onAbort: 'return' });
    expect(model.report.finished).toBe(false);
    expect(model.report.tokens).toBeGreaterThan(0);
    expect(model.vectors.toFloat32Array().every(Number.isFinite)).toBe(true);
    const perplexity = await model.perplexity(corpus);
    expect(perplexity).toBeLessThan(model.report.validation!.unigramPerplexity);
  });

  it('does not hide what a callback throws', async () => {
    const mistake = new Error('mistake');
    const throws = (): never => {
      throw mistake;
    };
    for (const callback of [{ onProgress: throws }, { onEpoch: throws }]) {
      await expect(NextTokenModel.train(corpus, { ...long, epochs: 50, ...callback })).rejects.toBe(mistake);
    }
  });
});

describe('a saved model', () => {
  const kinds = [
    {},
    { tied: true },
    { context: 'mean' },
    { objective: 'hierarchical-softmax' },
    { objective: 'sampled-softmax', negativeSamples: 10 },
    { keepOutput: false },
    { validation: 0 },
  ] as const;
  it.each(kinds)('is the same after loading: %j', async (kind) => {
    const model = await NextTokenModel.train(corpus, { ...small, ...kind });
    await model.save(path);
    const loaded = await NextTokenModel.load(path);
    expect(loaded.options).toEqual(model.options);
    expect(loaded.report).toEqual(model.report);
    expect(loaded.vectors.toFloat32Array()).toEqual(model.vectors.toFloat32Array());
    expect([...loaded.vectors.keys()]).toEqual([...model.vectors.keys()]);
    expect(loaded.contextVectors?.toFloat32Array()).toEqual(model.contextVectors?.toFloat32Array());
    expect((await KeyedVectors.load(path)).toFloat32Array()).toEqual(model.vectors.toFloat32Array());
    if ('keepOutput' in kind) return;
    expect(await loaded.predict(['w1', 'w2'])).toEqual(await model.predict(['w1', 'w2']));
    expect(await loaded.perplexity(corpus)).toBe(await model.perplexity(corpus));
  });

  it('keeps which rows are ids and were left out', async () => {
    const ids = lines.map((line) => line.map((word) => Number(word.slice(1)) + 1));
    const words = Array.from({ length: 60 }, (_, i) => `t${i}`);
    const model = await NextTokenModel.train(await Corpus.fromTokenIds(ids, words), small);
    await model.save(path);
    const loaded = await NextTokenModel.load(path);
    expect(await loaded.predict([3], { topN: 60 })).toEqual(await model.predict([3], { topN: 60 }));
    await fails(loaded.perplexity(corpus), 'CORPUS', { option: 'source' }, /tokenizer or vocabulary/);
  });

  it('knows its tokenizer, and refuses another', async () => {
    const vocabulary = Array.from({ length: 40 }, (_, i) => `w${i}`);
    const encode = (text: string): number[] => text.split(' ').map((word) => Math.max(0, vocabulary.indexOf(word)));
    const tokenizer = { name: 'mine', vocabulary, encode };
    const other = { name: 'theirs', vocabulary: vocabulary.toReversed(), encode };
    const text = lines.map((line) => line.join(' '));
    const model = await NextTokenModel.train(text, { ...small, tokenizer });
    await model.save(path);
    const refused = { option: 'tokenizer' };
    await fails(NextTokenModel.load(path, { tokenizer: other }), 'TOKENIZER', refused, /"mine".*"theirs"/);
    await fails(KeyedVectors.load(path, { tokenizer: other }), 'TOKENIZER', refused, /"mine".*"theirs"/);
    const loaded = await NextTokenModel.load(path, { tokenizer });
    expect(await loaded.perplexity(text, { tokenizer })).toBe(await model.perplexity(text, { tokenizer }));
    await fails(loaded.perplexity(text), 'TOKENIZER', refused, /give option tokenizer/);
    await fails(loaded.perplexity(text, { tokenizer: other }), 'TOKENIZER', refused, /"theirs"/);
    const validation = await Corpus.fromSentences(text, { tokenizer: other });
    await fails(NextTokenModel.train(text, { ...small, tokenizer, validation }), 'TOKENIZER', refused, /"theirs"/);
    await fails(NextTokenModel.train(text, { ...small, validation }), 'TOKENIZER', refused, /trained on words/);
  });

  it('that is no model is refused by what it is', async () => {
    writeFileSync(path, '');
    await fails(NextTokenModel.load(path), 'TRUNCATED', { file: path }, /./);
    await KeyedVectors.from({ a: [1, 2], b: [3, 4] }).save(path, { format: 'safetensors' });
    await fails(NextTokenModel.load(path), 'FORMAT', { file: path }, /KeyedVectors\.load\(\)/);
  });

  it('that was damaged is refused, wherever it is cut or changed', async () => {
    const model = await NextTokenModel.train(corpus, small);
    await model.save(path);
    const whole = readFileSync(path);
    let refused = 0;
    for (let i = 0; i < 60; i++) {
      writeFileSync(path, whole.subarray(0, Math.floor((whole.length * i) / 60)));
      await fails(NextTokenModel.load(path), '', { code: expect.stringMatching(/TRUNCATED|FORMAT|LIMIT/) }, /./);
      const changed = Buffer.from(whole);
      const at = Math.floor(((whole.length - 1) * (i + 1)) / 60);
      changed[at] = changed[at]! ^ 0x55;
      writeFileSync(path, changed);
      // What is not used of a file, the index of its keys, is not read, and a byte of its report may become another number.
      const loaded = await NextTokenModel.load(path).catch((error: unknown) => error);
      if (loaded instanceof NextTokenModel) {
        expect(loaded.vectors.toFloat32Array()).toEqual(model.vectors.toFloat32Array());
        expect(await loaded.predict(['w1', 'w2'])).toEqual(await model.predict(['w1', 'w2']));
      } else {
        expect(isWordmillError(loaded), String(loaded)).toBe(true);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(30);
    // Tensors that do not fit the options are told before they are read.
    const text = whole.toString('latin1');
    writeFileSync(path, Buffer.from(text.replace('\\"contextSize\\":2', '\\"contextSize\\":3'), 'latin1'));
    await fails(NextTokenModel.load(path), 'FORMAT', {}, /"map" is \[8,17\]; .* must be \[8,25\]/);
    writeFileSync(
      path,
      Buffer.from(text.replace('\\"objective\\":\\"softmax', '\\"objective\\":\\"softmay'), 'latin1'),
    );
    await fails(NextTokenModel.load(path), 'FORMAT', {}, /options.* objective/);
  });
});

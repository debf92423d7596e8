import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus, KeyedVectors } from '@wordmill/core';
import {
  type AutotuneOptions,
  type AutotuneTrial,
  type ClassifierOptions,
  FastTextClassifier,
  type QuantizeOptions,
} from '@wordmill/fasttext';
import { afterAll, describe, expect, it } from 'vitest';
import { questions } from './questions.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-classifier-'));
afterAll(() => rmSync(folder, { recursive: true }));

const lines = questions(600);
const unseen = questions(200, 7);
const options: ClassifierOptions = { vectorSize: 10, learningRate: 0.5, epochs: 10, buckets: 5000 };
const objectives = ['softmax', 'hierarchical-softmax', 'negative-sampling', 'one-vs-all'] as const;

/** Numbers that were damaged may be huge, or none. */
function expectHonest(classifier: FastTextClassifier): void {
  try {
    for (const { probability } of classifier.predict('bread flour', { k: 3 })) expect(probability).not.toBeNaN();
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_WORDMILL_FORMAT' });
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

describe('FastTextClassifier.train', () => {
  it.each(objectives)('learns the labels of lines with %s', async (objective) => {
    const classifier = await FastTextClassifier.train(lines, {
      ...options,
      objective,
      wordNgrams: 2,
      maxNgramLength: 4,
    });
    expect(classifier.options).toMatchObject({
      objective,
      minNgramLength: 3,
      maxNgramLength: 4,
      labelPrefix: '__label__',
    });
    expect(classifier.report).toMatchObject({ examples: 600, skippedLines: 0, labels: 3, finished: true });
    expect((await classifier.test(unseen)).precision).toBeGreaterThan(0.95);
    const [best] = classifier.predict('which flour makes bread');
    expect(best!.label).toBe('__label__baking');
    const all = classifier.predict('which flour makes bread', { k: Number.POSITIVE_INFINITY });
    expect(all).toHaveLength(3);
    for (const { probability } of all) expect(probability).toBeLessThanOrEqual(1);
    if (objective.endsWith('softmax')) expect(sum(all.map((one) => one.probability))).toBeCloseTo(1, 5);
  });

  it('takes a file, a corpus, lines and records alike', async () => {
    const file = join(folder, 'questions.txt');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const records = lines.map((line) => {
      const words = line.split(' ');
      const labels = words.filter((word) => word.startsWith('__label__')).map((label) => label.slice(9));
      return { text: words.filter((word) => !word.startsWith('__label__')).join('\n'), labels };
    });
    const sources = [file, await Corpus.fromFile(file), lines, records];
    const text = 'tea or coffee';
    const [first, ...others] = await Promise.all(
      sources.map(async (source) => {
        const classifier = await FastTextClassifier.train(source, { ...options, threads: 1 });
        return classifier.predict(text, { k: 3 });
      }),
    );
    for (const other of others) expect(other).toEqual(first);
  });

  it('gives labels a prefix of the own choice', async () => {
    const marked = lines.map((line) => line.replaceAll('__label__', '#'));
    const classifier = await FastTextClassifier.train(marked, { ...options, labelPrefix: '#' });
    expect(classifier.labels.map(({ label }) => label).sort()).toEqual(['#baking', '#drinks', '#meat']);
    // A word that looks like a label is none of the text.
    expect(classifier.predict('#meat bread')).toEqual(classifier.predict('bread'));
  });

  it('starts from given vectors', async () => {
    const initialVectors = KeyedVectors.from({ bread: new Array(10).fill(3) });
    const classifier = await FastTextClassifier.train(lines, { epochs: 1, learningRate: 1e-9, initialVectors });
    const vectors = await classifier.wordVectors();
    expect(vectors.get('bread')![0]).toBeCloseTo(3, 4);
    expect(vectors.get('</s>')).toBeDefined();
  });

  it('is the same again on one thread', async () => {
    const train = async (): Promise<Float32Array> => {
      const classifier = await FastTextClassifier.train(lines, { ...options, wordNgrams: 2, threads: 1 });
      return classifier.getTextVector('how to brew tea');
    };
    expect(await train()).toEqual(await train());
  });

  it.each([
    ['labels only', ['__label__a', '__label__b __label__a'], {}, 'CORPUS', /no word but labels/],
    ['lines without labels', ['just some words', 'and more'], {}, 'CORPUS', /__label__/],
    ['a single label', ['__label__a x', '__label__a y'], { objective: 'negative-sampling' }, 'CORPUS', /same label/],
    ['too rare labels', lines.slice(0, 5), { minCountLabel: 1000 }, 'CORPUS', /minCountLabel/],
    ['an empty text', [], {}, 'CORPUS', /./],
    ['n-grams without buckets', lines, { wordNgrams: 2, buckets: 0 }, 'OPTION', /buckets/],
    ['a prefix with white space', lines, { labelPrefix: 'a b' }, 'OPTION', /labelPrefix/],
    ['an unknown option', lines, { epoch: 3 }, 'OPTION', /epochs/],
    ['a label with white space', [{ text: 'a', labels: ['two words'] }], {}, 'CORPUS', /two words/],
    ['a huge learning rate', lines, { learningRate: 1e30, epochs: 50 }, 'DIVERGED', /learning rate/],
  ] as const)('refuses %s', async (_, source, wrong, code, message) => {
    await expect(
      FastTextClassifier.train(source as string[], { vectorSize: 4, threads: 1, ...wrong } as ClassifierOptions),
    ).rejects.toMatchObject({ code: `ERR_WORDMILL_${code}`, message: expect.stringMatching(message) });
  });

  it('never returns a model with numbers that are not finite for a learning rate of 100', async () => {
    for (const objective of objectives) {
      const training = FastTextClassifier.train(lines, { ...options, objective, learningRate: 100 });
      const classifier = await training.catch((error) => error);
      if (!(classifier instanceof FastTextClassifier)) expect(classifier.code).toBe('ERR_WORDMILL_DIVERGED');
      else for (const { probability } of classifier.predict('bread', { k: 3 })) expect(probability).not.toBeNaN();
    }
  });

  it('stops when asked to', async () => {
    const controller = new AbortController();
    const onProgress = ({ phase }: { phase: string }): void => {
      if (phase === 'training') controller.abort(new Error('enough'));
    };
    const long = { ...options, epochs: 100_000, signal: controller.signal, onProgress };
    await expect(FastTextClassifier.train(lines, long)).rejects.toThrow('enough');
    const again = new AbortController();
    const stopped = await FastTextClassifier.train(lines, {
      ...{ ...options, epochs: 100_000, signal: again.signal, onAbort: 'return' },
      onProgress: ({ phase }) => phase === 'training' && again.abort(),
    });
    expect(stopped.report!.finished).toBe(false);
    expect(stopped.predict('bread')).toHaveLength(1);
  });
});

describe('a classifier', async () => {
  const classifier = await FastTextClassifier.train(lines, { ...options, wordNgrams: 2, threads: 1 });

  it('answers many texts as it answers one', async () => {
    const texts = unseen.slice(0, 100);
    const many = await classifier.predictBatch(texts, { k: 2 });
    expect(many).toHaveLength(100);
    for (const [i, text] of texts.entries()) {
      const one = classifier.predict(text, { k: 2 });
      expect(many[i]!.map(({ label }) => label)).toEqual(one.map(({ label }) => label));
      expect(many[i]![0]!.probability).toBeCloseTo(one[0]!.probability, 5);
    }
    expect(await classifier.predictBatch([])).toEqual([]);
    await expect(classifier.predictBatch('one' as unknown as string[])).rejects.toMatchObject({ option: 'texts' });
    const signal = AbortSignal.abort(new Error('no'));
    await expect(classifier.predictBatch(texts, { signal })).rejects.toThrow('no');
  });

  it('computes probabilities as fastText does where that is asked for', async () => {
    const model = await FastTextClassifier.train(lines, { ...options, objective: 'one-vs-all' });
    const exact = model.predict('which flour', { k: 3 });
    const looked = model.predict('which flour', { k: 3, sigmoid: 'table' });
    expect(model.predict('which flour', { k: 3, sigmoid: 'exact' })).toEqual(exact);
    for (const [i, { label, probability }] of looked.entries()) {
      expect(label).toBe(exact[i]!.label);
      expect(exact[i]!.probability - probability).toBeGreaterThanOrEqual(0);
      expect(exact[i]!.probability - probability).toBeLessThan(0.008);
    }
    expect(looked).not.toEqual(exact);
    expect(() => classifier.predict('bread', { sigmoid: 'table' })).toThrow(
      expect.objectContaining({ code: 'ERR_WORDMILL_OPTION', option: 'sigmoid' }),
    );
  });

  it('answers odd texts', () => {
    // The line end is a word of every line, and known.
    expect(classifier.predict('')).toHaveLength(1);
    expect(classifier.predict(' \t\n')).toEqual(classifier.predict(''));
    expect(classifier.predict('bread\nflour')).toEqual(classifier.predict('bread flour'));
    expect(classifier.predict('x'.repeat(1 << 20))).toHaveLength(1);
    expect(classifier.predict('bread', { threshold: 1 })).toEqual([]);
    expect(() => classifier.predict(3 as unknown as string)).toThrow(expect.objectContaining({ option: 'text' }));
    expect(() => classifier.predict('bread', { k: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_WORDMILL_OPTION' }),
    );
  });

  it('is judged by precision and recall', async () => {
    const own = [
      '__label__baking flour',
      '__label__meat steak',
      '__label__drinks __label__meat tea',
      '__label__none milk',
    ];
    const evaluation = await classifier.test([...own, 'no label']);
    expect(evaluation.examples).toBe(3);
    expect(evaluation.overall).toMatchObject({ precision: 1, recall: 3 / 4, f1: 6 / 7, support: 4, predicted: 3 });
    expect(evaluation.labels().get('__label__meat')).toMatchObject({ precision: 1, recall: 0.5, support: 2 });
    const all = await classifier.test(own, { k: Number.POSITIVE_INFINITY });
    expect(all.recall).toBe(1);
    expect(all.curve().at(-1)!.recall).toBe(1);
    expect(all.recallAtPrecision(1)).toBeGreaterThanOrEqual(3 / 4);
    expect(all.precisionAtRecall(0.5)).toBe(1);
    expect(all.precisionAtRecall(0.5, '__label__baking')).toBe(1);
    expect(all.precisionAtRecall(0.5, 'no such label')).toBe(0);
    await expect(classifier.test(['bread'])).rejects.toMatchObject({ code: 'ERR_WORDMILL_CORPUS' });
    await expect(classifier.test(join(folder, 'none'))).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO' });
  });

  it.each(objectives)('is the same after it was saved: %s', async (objective) => {
    const model = await FastTextClassifier.train(lines, {
      ...options,
      objective,
      wordNgrams: 2,
      maxNgramLength: 3,
      epochs: 2,
    });
    for (const name of ['model.bin', 'model.safetensors']) {
      const path = join(folder, name);
      await model.save(path);
      const loaded = await FastTextClassifier.load(path);
      expect(loaded.labels).toEqual(model.labels);
      for (const text of ['bread', 'never seen words', '']) {
        const expected = model.predict(text, { k: 3 });
        for (const [i, { label, probability }] of loaded.predict(text, { k: 3 }).entries()) {
          expect(label).toBe(expected[i]!.label);
          expect(probability).toBeCloseTo(expected[i]!.probability, 6);
        }
      }
      expect(loaded.getTextVector('bread')).toEqual(model.getTextVector('bread'));
      const vectors = await loaded.wordVectors();
      expect(vectors.get('bread')).toEqual((await model.wordVectors()).get('bread'));
      expect(vectors.canInfer('breads')).toBe(true);
      loaded.dispose();
    }
  });

  it('is not read from a damaged file', async () => {
    const small = await FastTextClassifier.train(lines.slice(0, 20), { vectorSize: 2, epochs: 1 });
    const path = join(folder, 'small.bin');
    await small.save(path);
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length += length < 120 ? 1 : 37) {
      writeFileSync(path, whole.subarray(0, length));
      await expect(FastTextClassifier.load(path)).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_WORDMILL_/),
      });
    }
    for (let offset = 0; offset < 92; offset++) {
      const damaged = Buffer.from(whole);
      damaged[offset]! ^= 0xff;
      writeFileSync(path, damaged);
      const loaded = await FastTextClassifier.load(path).catch((error) => error);
      if (loaded instanceof FastTextClassifier) expectHonest(loaded);
      else expect(loaded.code).toMatch(/^ERR_WORDMILL_/);
    }
    const other = join(folder, 'cut.safetensors');
    await small.save(other);
    truncateSync(other, 300);
    await expect(FastTextClassifier.load(other)).rejects.toMatchObject({ file: other });
  });

  it('cannot be used after it was disposed of', async () => {
    const model = await FastTextClassifier.train(lines, { ...options, epochs: 1 });
    model.dispose();
    model.dispose();
    expect(() => model.predict('a')).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_DISPOSED' }));
    await expect(model.save(join(folder, 'x.bin'))).rejects.toMatchObject({ code: 'ERR_WORDMILL_DISPOSED' });
  });
});

describe('a quantised classifier', async () => {
  const classifier = await FastTextClassifier.train(lines, {
    ...options,
    vectorSize: 12,
    wordNgrams: 2,
    maxNgramLength: 4,
  });
  const before = (await classifier.test(unseen)).precision;

  it.each<[QuantizeOptions]>([
    [{}],
    [{ pieceLength: 5, normalize: true }],
    [{ output: true, normalize: true }],
    [{ cutoff: 150 }],
    [{ cutoff: 150, retrain: lines, epochs: 2, learningRate: 0.1 }],
  ])('answers about as well, and the same from its file: %o', async (how) => {
    const small = await classifier.quantize(how);
    expect(classifier.isQuantized).toBe(false);
    expect(small.isQuantized).toBe(true);
    expect((await small.test(unseen)).precision).toBeGreaterThan(before - 0.05);
    if (how.cutoff !== undefined) expect((await small.wordVectors()).has('</s>')).toBe(true);
    for (const name of ['small.ftz', 'small.safetensors']) {
      const path = join(folder, name);
      await small.save(path);
      const loaded = await FastTextClassifier.load(path);
      expect(loaded.isQuantized).toBe(name === 'small.ftz');
      expect(loaded.predict('never seen bread', { k: 3 })).toEqual(small.predict('never seen bread', { k: 3 }));
      const again = join(folder, `again-${name}`);
      if (loaded.isQuantized) {
        await loaded.save(again);
        expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
      }
    }
  });

  it('is made of a tree of labels too', async () => {
    const tree = await FastTextClassifier.train(lines, { ...options, objective: 'hierarchical-softmax' });
    const small = await tree.quantize({ output: true });
    const path = join(folder, 'tree.ftz');
    await small.save(path);
    const loaded = await FastTextClassifier.load(path);
    expect(loaded.predict('bread', { k: 3 })).toEqual(small.predict('bread', { k: 3 }));
    expect(loaded.predict('bread')[0]!.label).toBe('__label__baking');
  });

  it('is refused where that makes no sense', async () => {
    const refuse = async (how: object, option: string): Promise<void> => {
      await expect(classifier.quantize(how)).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION', option });
    };
    await refuse({ pieceLength: 13 }, 'pieceLength');
    await refuse({ retrain: lines }, 'retrain');
    await refuse({ dsub: 2 }, 'dsub');
    await expect(classifier.save(join(folder, 'x.ftz'))).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION' });
    const small = await classifier.quantize({ cutoff: 100 });
    await expect(small.quantize()).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(classifier.quantize({ signal })).rejects.toThrow('stop');
    const controller = new AbortController();
    const running = classifier.quantize({ signal: controller.signal });
    setTimeout(() => controller.abort(new Error('later')), 1);
    await running.catch((error) => expect(error.message).toBe('later'));
  });

  it('is not read from a damaged file', async () => {
    const tiny = await FastTextClassifier.train(lines.slice(0, 8), { vectorSize: 2, epochs: 1, wordNgrams: 2 });
    const small = await tiny.quantize({ cutoff: 12, normalize: true, output: true });
    const path = join(folder, 'tiny.ftz');
    await small.save(path);
    const whole = readFileSync(path);
    const load = async (bytes: Uint8Array): Promise<unknown> => {
      writeFileSync(path, bytes);
      return FastTextClassifier.load(path).catch((error) => error);
    };
    const centroids = 2 * 256 * 4;
    for (let length = 0; length < whole.length; length += whole.length - length > 3 * centroids ? 1 : 61) {
      expect(await load(whole.subarray(0, length))).toMatchObject({ code: expect.stringMatching(/^ERR_WORDMILL_/) });
    }
    for (const value of [0n, -1n, 2n ** 31n - 1n, 2n ** 62n]) {
      for (let offset = 4; offset < 700; offset += 1) {
        const damaged = Buffer.from(whole);
        damaged.writeBigInt64LE(value, offset);
        const loaded = await load(damaged);
        if (loaded instanceof FastTextClassifier) expectHonest(loaded);
        else expect(loaded).toMatchObject({ code: expect.stringMatching(/^ERR_WORDMILL_/), file: path });
      }
    }
  });
});

describe('FastTextClassifier.autotune', () => {
  const search: AutotuneOptions = { validation: unseen, duration: 1, vectorSize: 8, threads: 1 };

  it('finds better options than those it begins with', async () => {
    const told: AutotuneTrial[] = [];
    const onTrial = (trial: AutotuneTrial): number => told.push(trial);
    const { classifier, score, trials } = await FastTextClassifier.autotune(lines.slice(0, 40), {
      ...{ ...search, onTrial },
    });
    expect(trials.length).toBeGreaterThan(3);
    expect(told).toEqual(trials);
    expect(trials[0]!.options).toMatchObject({ epochs: 5, learningRate: 0.1, wordNgrams: 1, vectorSize: 8 });
    for (const { options: tried } of trials) expect(tried.vectorSize).toBe(8);
    expect(score).toBe(Math.max(...trials.map((trial) => trial.score).filter((value) => !Number.isNaN(value))));
    expect((await classifier.test(unseen)).f1).toBe(score);
    expect(score).toBeGreaterThan(trials[0]!.score);
  });

  it('keeps to a size', async () => {
    const path = join(folder, 'tuned.ftz');
    const { classifier } = await FastTextClassifier.autotune(lines, {
      ...search,
      wordNgrams: 2,
      maxModelBytes: 15_000,
    });
    expect(classifier.isQuantized).toBe(true);
    await classifier.save(path);
    expect(readFileSync(path).length).toBe(classifier.fileBytes);
    expect(classifier.fileBytes).toBeLessThanOrEqual(15_000);
    const tooSmall = FastTextClassifier.autotune(lines, { ...search, maxModelBytes: 100 });
    await expect(tooSmall).rejects.toMatchObject({
      code: 'ERR_WORDMILL_LIMIT',
      message: expect.stringMatching(/maxModelBytes/),
    });
  });

  it.each(['f1:__label__meat', 'precisionAtRecall:50', 'recallAtPrecision:90:__label__meat'])(
    'tunes %s',
    async (metric) => {
      const { score } = await FastTextClassifier.autotune(lines, { ...search, duration: 0.5, metric });
      expect(score).toBeGreaterThan(0.5);
    },
  );

  it.each([
    [{ validation: ['no label here'] }, 'CORPUS'],
    [{ validation: undefined }, 'OPTION'],
    [{ metric: 'accuracy' }, 'OPTION'],
    [{ metric: 'precisionAtRecall:200' }, 'OPTION'],
    [{ metric: 'f1:__label__none' }, 'OPTION'],
    [{ duration: 0 }, 'OPTION'],
    [{ epoch: 1 }, 'OPTION'],
    [{ learningRate: 1e30, duration: 0.3 }, 'LIMIT'],
  ])('refuses %o', async (wrong, code) => {
    const run = FastTextClassifier.autotune(lines, { ...search, ...wrong } as AutotuneOptions);
    await expect(run).rejects.toMatchObject({ code: `ERR_WORDMILL_${code}` });
  });

  it('stops when asked to', async () => {
    const aborted = (onAbort: 'throw' | 'return') => {
      const controller = new AbortController();
      const onTrial = ({ trial }: AutotuneTrial): void => {
        if (trial === 2) controller.abort(new Error('enough'));
      };
      return FastTextClassifier.autotune(lines, {
        ...search,
        duration: 60,
        onTrial,
        onAbort,
        signal: controller.signal,
      });
    };
    await expect(aborted('throw')).rejects.toThrow('enough');
    expect((await aborted('return')).trials.length).toBeLessThanOrEqual(2);
  });
});

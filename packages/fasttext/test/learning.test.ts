import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus, KeyedVectors } from '@wordmill/core';
import { FastText, type FastTextOptions } from '@wordmill/fasttext';
import { afterAll, describe, expect, it } from 'vitest';
import { separation, topicSentences } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-fasttext-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sentences = topicSentences(1000);
const corpus = await Corpus.fromSentences(sentences);
const options = { vectorSize: 20, minCount: 1, sample: 0, buckets: 5000 } as const;

const kinds: FastTextOptions[] = (['skip-gram', 'cbow'] as const).flatMap((architecture) =>
  (['negative-sampling', 'hierarchical-softmax', 'softmax'] as const).map((objective) => ({ architecture, objective })),
);

describe('FastText.train', () => {
  it.each(kinds)('learns which words belong together: %o', async (kind) => {
    const model = await FastText.train(corpus, { ...options, ...kind });
    expect(separation(model.vectors)).toBeGreaterThan(0.5);
    expect(model.report).toMatchObject({ finished: true, vocabulary: model.vectors.size });
    expect(model.report!.loss).toBeGreaterThan(0);
    expect(model.options).toMatchObject({ ...kind, minNgramLength: 3, maxNgramLength: 6 });
  });

  it('gives vectors to words that it never saw', async () => {
    const { vectors } = await FastText.train(corpus, options);
    expect(vectors.has('sunnyish')).toBe(false);
    expect(vectors.similarity('sunnyish', 'sunny1')).toBeGreaterThan(vectors.similarity('sunnyish', 'rainy1'));
    const [nearest] = await vectors.mostSimilar('rainyish');
    expect(nearest!.key).toMatch(/^rainy/);
    expect(vectors.get('zzz')).toBeUndefined();
    expect(vectors.canInfer('zzz')).toBe(false);
  });

  it('is word2vec without n-grams', async () => {
    const model = await FastText.train(corpus, { ...options, maxNgramLength: 0 });
    expect(separation(model.vectors)).toBeGreaterThan(0.5);
    expect(model.vectors.canInfer('sunnyish')).toBe(false);
    expect(model.report!.ngrams).toBe(0);
    expect(model.getSubwords('sunny1')).toEqual([{ text: 'sunny1', index: model.vectors.indexOf('sunny1') }]);
    for (const name of ['plain.bin', 'plain.safetensors']) {
      await model.save(join(folder, name));
      expect((await FastText.load(join(folder, name))).vectors.get('sunny1')).toEqual(model.vectors.get('sunny1'));
    }
  });

  it('gives the same bytes for the same seed on one thread', async () => {
    const train = async (seed: number): Promise<Float32Array> => {
      const { vectors } = await FastText.train(corpus, { ...options, threads: 1, epochs: 1, seed });
      return vectors.toFloat32Array();
    };
    expect(await train(1)).toEqual(await train(1));
    expect(await train(1)).not.toEqual(await train(2));
  });

  it('starts from given vectors', async () => {
    const initialVectors = KeyedVectors.from({ sunny1: Array.from({ length: 20 }, () => 3) });
    const given = { learningRate: 1e-9, epochs: 1, maxNgramLength: 0, buckets: undefined };
    const { vectors } = await FastText.train(corpus, { ...options, ...given, initialVectors });
    expect(vectors.get('sunny1')![7]).toBeCloseTo(3, 3);
    expect(Math.abs(vectors.get('sunny2')![7]!)).toBeLessThan(0.1);
  });

  it('tells its progress, and the end of each epoch', async () => {
    const epochs: number[] = [];
    const phases = new Set<string>();
    const file = join(folder, 'text.txt');
    writeFileSync(file, sentences.map((tokens) => tokens.join(' ')).join('\n'));
    await FastText.train(file, {
      ...options,
      epochs: 2,
      onEpoch: ({ epoch }) => void epochs.push(epoch),
      onProgress: ({ phase }) => void phases.add(phase),
    });
    expect(epochs).toEqual([1, 2]);
    expect(phases).toContain('training');
  });

  it('stops when it is told to, and keeps what it has where that is asked for', async () => {
    const reason = new Error('enough');
    const abort = () => {
      const controller = new AbortController();
      const onProgress = ({ phase }: { phase: string }): void => {
        if (phase === 'training') controller.abort(reason);
      };
      return { ...options, epochs: 100_000, signal: controller.signal, onProgress };
    };
    await expect(FastText.train(corpus, abort())).rejects.toBe(reason);
    const model = await FastText.train(corpus, { ...abort(), onAbort: 'return' });
    expect(model.report!.finished).toBe(false);
    expect(model.vectors.get('sunny1')!.every(Number.isFinite)).toBe(true);
  });

  const wrong: [string, FastTextOptions][] = [
    ['buckets', { buckets: 0 }],
    ['minNgramLength', { minNgramLength: 4, maxNgramLength: 3 }],
    ['negativeSamples', { objective: 'softmax', negativeSamples: 3 }],
    ['negativeExponent', { objective: 'hierarchical-softmax', negativeExponent: 0.5 }],
    ['vectorSize', { vectorSize: 10, initialVectors: KeyedVectors.from({ a: [1, 2] }) }],
    ['architecture', { architecture: 'skipgram' as never }],
    ['buckets', { buckets: 2 ** 31 }],
    ['learningRate', { learningRate: 0 }],
  ];
  it.each(wrong)('refuses a wrong option: %s in %o', async (option, given) => {
    await expect(FastText.train(corpus, given)).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION', option });
  });

  it('refuses a text of nothing or of one word', async () => {
    await expect(FastText.train([''], options)).rejects.toMatchObject({ code: 'ERR_WORDMILL_CORPUS' });
    await expect(FastText.train(['a a a'], { ...options, lineEndToken: false })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_CORPUS',
    });
  });

  it('says when numbers become infinite', async () => {
    for (const architecture of ['skip-gram', 'cbow'] as const) {
      await expect(
        FastText.train(corpus, { ...options, architecture, learningRate: 1e30, epochs: 50 }),
      ).rejects.toMatchObject({ code: 'ERR_WORDMILL_DIVERGED' });
    }
  });

  it('takes words of a megabyte, cut to the length that is asked for', async () => {
    const long = 'x'.repeat(1_000_000);
    const model = await FastText.train([`${long} b ${long} b`], { ...options, maxTokenBytes: 2000 });
    expect(model.vectors.has('x'.repeat(2000))).toBe(true);
  });
});

describe('a model', () => {
  it('is the same after it was saved, in both formats', async () => {
    for (const kind of kinds.slice(0, 3)) {
      const model = await FastText.train(corpus, { ...options, ...kind, epochs: 1 });
      for (const name of ['model.safetensors', 'model.bin']) {
        const path = join(folder, name);
        await model.save(path);
        const loaded = await FastText.load(path);
        for (const word of ['sunny1', '</s>', 'sunnyish']) {
          const [expected, actual] = [model.vectors.get(word)!, loaded.vectors.get(word)!];
          expect(Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)))).toBeLessThan(1e-6);
        }
        const texts = (one: FastText): string[] =>
          one.getSubwords('sunnyish').map(({ text, index }) => `${text} ${index}`);
        expect(texts(loaded)).toEqual(texts(model));
        expect(loaded.options).toMatchObject({ ...kind, vectorSize: 20, buckets: 5000 });
        // And once more, from what was read.
        const again = join(folder, `again-${name}`);
        await loaded.save(again);
        expect((await FastText.load(again)).vectors.get('sunny2')).toEqual(loaded.vectors.get('sunny2'));
        const vectors = await KeyedVectors.load(path);
        expect(vectors.get('sunnyish')).toEqual(loaded.vectors.get('sunnyish'));
      }
    }
  });

  it('is not read from what is none', async () => {
    const text = join(folder, 'no-model.txt');
    writeFileSync(text, 'this is a text\n');
    await expect(FastText.load(text)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_WORDMILL_/),
      file: text,
    });
    await expect(FastText.load(join(folder, 'missing.bin'))).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO' });
    const vectors = join(folder, 'vectors.safetensors');
    await KeyedVectors.from({ a: [1, 2] }).save(vectors);
    await expect(FastText.load(vectors)).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT', file: vectors });
  });

  it('cannot be used after it was disposed of', async () => {
    const model = await FastText.train(corpus, { ...options, epochs: 1 });
    model.dispose();
    model.dispose();
    expect(() => model.getSubwords('a')).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_DISPOSED' }));
    await expect(model.save(join(folder, 'x.bin'))).rejects.toMatchObject({ code: 'ERR_WORDMILL_DISPOSED' });
  });
});

describe('quantised vectors', () => {
  it.each([
    [{ architecture: 'skip-gram' }, {}],
    [
      { architecture: 'cbow', objective: 'hierarchical-softmax' },
      { normalize: true, pieceLength: 3 },
    ],
    [{ architecture: 'skip-gram', maxNgramLength: 0 }, { output: false }],
  ] as const)('mean about the same, and the same from their file: %o', async (kind, how) => {
    const model = await FastText.train(corpus, { ...options, ...kind, threads: 1 });
    const small = await model.quantize(how);
    expect(small.isQuantized).toBe(true);
    expect(small.vectors.size).toBe(model.vectors.size);
    expect(separation(small.vectors)).toBeGreaterThan(separation(model.vectors) - 0.3);
    const path = join(folder, 'small.ftz');
    await small.save(path);
    const loaded = await FastText.load(path);
    const vectors = await KeyedVectors.load(path);
    for (const word of ['sunny1', 'the', ...(kind.architecture === 'cbow' ? ['sunnyish'] : [])]) {
      expect(loaded.vectors.get(word)).toEqual(small.vectors.get(word));
      expect(vectors.get(word)).toEqual(small.vectors.get(word));
    }
    const again = join(folder, 'again.ftz');
    await loaded.save(again);
    expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
    await expect(small.save(join(folder, 'small.safetensors'))).rejects.toMatchObject({
      code: 'ERR_WORDMILL_UNSUPPORTED',
    });
    await expect(small.quantize()).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    await expect(model.save(path)).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION' });
    await expect(model.quantize({ pieceLength: 21 })).rejects.toMatchObject({ option: 'pieceLength' });
  });
});

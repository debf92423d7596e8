import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus, KeyedVectors } from '@wordmill/core';
import { countCooccurrences, Glove, type GloveOptions, type GloveProgress } from '@wordmill/glove';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf, separation, topicLines } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-glove-'));
const file = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const lines = topicLines(3000);
const counts = await countCooccurrences(lines);
const options = { vectorSize: 12, xMax: 10, epochs: 8 } as const satisfies GloveOptions;

describe('Glove.train', () => {
  it('learns which words belong together, at a falling cost', async () => {
    const model = await Glove.train(lines, { ...options, epochs: 25 });
    expect(separation(model.vectors)).toBeGreaterThan(0.5);
    const { costs, cost, nonzeros, finished, vocabulary } = model.report;
    expect(costs).toHaveLength(25);
    for (let i = 1; i < 4; i++) expect(costs[i]).toBeLessThan(costs[i - 1]!);
    expect(cost).toBeLessThan(costs[0]! / 5);
    expect(cost).toBe(costs.at(-1));
    expect({ nonzeros, finished, vocabulary }).toEqual({ nonzeros: counts.nonzeros, finished: true, vocabulary: 41 });
  });

  it('has the cost that GloVe defines', async () => {
    // With a tiny step the model stays where it started, and so its cost can be computed from its parameters.
    const model = await Glove.train(counts, {
      ...options,
      epochs: 1,
      learningRate: 1e-30,
      gradientClip: 1e-30,
      alpha: 0.5,
    });
    const words = counts.vocabulary.words;
    const parameters = await model.vectorsOf('parameters');
    let cost = 0;
    for await (const { centre, word, count } of counts.entries()) {
      const [a, b] = [parameters.get(centre)!, parameters.get(word)!];
      // Biases have no learning rate in GloVe; only their first steps are looked at here.
      let error = a[12]! + b[25]! - Math.log(count);
      for (let i = 0; i < 12; i++) error += a[i]! * b[13 + i]!;
      cost += 0.5 * Math.min(1, (count / 10) ** 0.5) * error ** 2;
    }
    expect(words).toHaveLength(41);
    // The biases move during the epoch, so its cost lies between that of the start (about ln 10 squared) and of the end.
    expect(model.report.cost).toBeGreaterThan(cost / counts.nonzeros);
  });

  it('gives the same bytes for the same seed on any number of threads, from any source', async () => {
    const wanted = await bytesOf(await Glove.train(counts, { ...options, threads: 1 }));
    for (const threads of [2, 5])
      expect(await bytesOf(await Glove.train(counts, { ...options, threads }))).toEqual(wanted);
    const corpus = await Corpus.fromText(lines.join('\n'));
    expect(await bytesOf(await Glove.train(corpus, options))).toEqual(wanted);
    expect(await bytesOf(await Glove.train(counts, { ...options, seed: 2 }))).not.toEqual(wanted);
  });

  it('makes every kind of result', async () => {
    const model = await Glove.train(counts, { ...options, unknownVector: true });
    const { vectors } = model;
    expect([vectors.size, vectors.dimension, vectors.keyAt(41)]).toEqual([42, 12, '<unk>']);
    const word = (await model.vectorsOf('word')).get('a3')!;
    const context = (await model.vectorsOf('context')).get('a3')!;
    expect(vectors.get('a3')).toEqual(word.map((value, i) => value + context[i]!));
    expect((await model.vectorsOf('concatenated')).get('a3')).toEqual(Float32Array.of(...word, ...context));
    const row = vectors.indexOf('a3');
    const { words, contexts } = model.biases;
    const all = Float32Array.of(...word, words[row]!, ...context, contexts[row]!);
    expect((await model.vectorsOf('parameters')).get('a3')).toEqual(all);
    // GloVe's <unk> is the mean of the last 100 words, here of all 41.
    const first = [...vectors.keys()].slice(0, 41).reduce((sum, key) => sum + vectors.get(key)![0]!, 0) / 41;
    expect(vectors.get('<unk>')![0]).toBeCloseTo(first, 5);
    expect(vectors.count('a3')).toBe(Number(counts.native.counts[row]));
    const single = await Glove.train(counts, { ...options, result: 'word' });
    expect(single.vectors.get('a3')).toEqual(word);
  });

  it('starts from given vectors', async () => {
    const initialVectors = KeyedVectors.from({ a1: Array(12).fill(0.25), nobody: Array(12).fill(1) });
    let start: Float32Array | undefined;
    const onStart: GloveOptions['onStart'] = async (state) => {
      start = (await state.snapshot('word')).get('a1');
    };
    await Glove.train(counts, { ...options, vectorSize: undefined, initialVectors, epochs: 1, onStart });
    expect(start).toEqual(new Float32Array(12).fill(0.25));
    await expect(Glove.train(counts, { ...options, vectorSize: 9, initialVectors })).rejects.toMatchObject({
      option: 'vectorSize',
    });
  });

  it('tells of each epoch and its progress', async () => {
    const epochs: number[] = [];
    const phases = new Set<string>();
    const model = await Glove.train(lines, {
      ...options,
      epochs: 3,
      onEpoch: async ({ epoch, epochs: all, cost, snapshot }) => {
        expect(all).toBe(3);
        epochs.push(epoch, cost);
        expect((await snapshot()).size).toBe(41);
      },
      onProgress: (progress: GloveProgress) => phases.add(progress.phase),
    });
    expect(epochs).toEqual(model.report.costs.flatMap((cost, i) => [i + 1, cost]));
    expect(phases).toContain('training');
  });

  it('plans', async () => {
    const plan = await Glove.plan(lines, options);
    expect(plan).toMatchObject({ vocabulary: 41, nonzeros: counts.nonzeros });
    expect(plan.bytes.total).toBe(plan.bytes.matrices + plan.bytes.counts + plan.bytes.tiles);
    expect(plan.seconds).toBeGreaterThan(0);
  });
});

describe('a model', () => {
  it('is saved and loaded whole, and its vectors by everybody', async () => {
    const model = await Glove.train(counts, { ...options, unknownVector: true });
    const path = file('model.safetensors');
    await model.save(path);
    const loaded = await Glove.load(path);
    expect(await bytesOf(loaded)).toEqual(await bytesOf(model));
    expect(loaded.report).toEqual(model.report);
    expect(loaded.options).toEqual(model.options);
    const vectors = await KeyedVectors.load(path);
    expect(vectors.toFloat32Array()).toEqual(model.vectors.toFloat32Array());
    await expect(Glove.resume(path, counts)).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT', file: path });
  });

  it('is trained on, on more counts, text or epochs', async () => {
    const model = await Glove.train(lines, options);
    const before = model.vectors;
    const was = before.toFloat32Array();
    const { cost } = model.report;
    await model.continueTraining(counts, { epochs: 4 });
    expect(model.report.cost).toBeLessThan(cost);
    expect(before.toFloat32Array()).toEqual(was);
    await model.continueTraining(topicLines(500, 3), { epochs: 1 });
    expect(model.vectors.size).toBe(41);
    const others = await countCooccurrences(['x y', 'y x'], { minCount: 1 });
    await expect(model.continueTraining(others)).rejects.toMatchObject({
      code: 'ERR_WORDMILL_OPTION',
      option: 'source',
    });
    model.dispose();
    await expect(model.continueTraining(counts)).rejects.toMatchObject({ code: 'ERR_WORDMILL_DISPOSED' });
  });

  it("reads and writes GloVe's parameters and squared gradients, byte by byte", async () => {
    const model = await Glove.train(counts, options);
    const [parameters, squares] = [file('vectors.bin'), file('gradsq.bin')];
    await model.saveParameters(parameters);
    await model.saveSquaredGradients(squares);
    const bytes = readFileSync(parameters);
    expect(bytes.length).toBe(2 * 41 * 13 * 8);
    const table = await model.vectorsOf('parameters');
    const row = table.get(table.keyAt(5)!)!;
    for (let i = 0; i < 13; i++) {
      expect(bytes.readDoubleLE((5 * 13 + i) * 8)).toBe(row[i]);
      expect(bytes.readDoubleLE(((41 + 5) * 13 + i) * 8)).toBe(row[13 + i]);
    }
    const again = [file('vectors.again'), file('gradsq.again')] as const;
    await Glove.train(counts, {
      ...options,
      epochs: 1,
      initialParameters: parameters,
      initialSquares: squares,
      onStart: async (state) => {
        await state.saveParameters(again[0]);
        await state.saveSquaredGradients(again[1]);
      },
    });
    expect(readFileSync(again[0])).toEqual(bytes);
    expect(readFileSync(again[1])).toEqual(readFileSync(squares));

    const vocabulary = file('words.txt');
    await counts.vocabulary.save(vocabulary);
    const sums = await KeyedVectors.load(parameters, { format: 'glove-binary', words: vocabulary });
    expect(sums.toFloat32Array()).toEqual(model.vectors.toFloat32Array());
  });
});

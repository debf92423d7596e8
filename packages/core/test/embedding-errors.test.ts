import { Embedding, type EmbeddingOptions, isWordmillError, KeyedVectors, learningRateAt } from '@wordmill/core';
import { describe, expect, it } from 'vitest';

/** What is refused, and under which name. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!isWordmillError(error)) throw error;
    return `${error.code} ${error.option} ${error.message}`;
  }
  return 'accepted';
}

const option = (run: () => unknown): string | undefined => refusal(run).split(' ')[1];

const small = (more: Partial<EmbeddingOptions> = {}): Embedding => new Embedding({ rows: 4, dimension: 3, ...more });

describe('a new embedding', () => {
  it('names the option that is wrong', () => {
    const with_ = (options: object) => option(() => small(options as Partial<EmbeddingOptions>));
    expect(with_({ rows: 0 })).toBe('rows');
    expect(with_({ rows: 2 ** 32 })).toBe('rows');
    expect(with_({ dimension: 1.5 })).toBe('dimension');
    expect(with_({ initial: 'ones' })).toBe('initial');
    expect(with_({ initial: new Float32Array(11) })).toBe('initial');
    expect(with_({ initial: new Float32Array(12).fill(Number.NaN) })).toBe('initial');
    expect(with_({ initial: KeyedVectors.from({ a: [1, 2, 3] }) })).toBe('initial');
    expect(with_({ paddingIndex: 4 })).toBe('paddingIndex');
    expect(with_({ paddingIndex: -1 })).toBe('paddingIndex');
    expect(with_({ maxNorm: 0 })).toBe('maxNorm');
    expect(with_({ maxNorm: Infinity })).toBe('maxNorm');
    expect(with_({ normType: Number.NaN })).toBe('normType');
    expect(with_({ seed: -1 })).toBe('seed');
    expect(with_({ threads: 2000 })).toBe('threads');
    expect(with_({ scaleGradByFreq: 1 })).toBe('scaleGradByFreq');
    expect(refusal(() => new Embedding({ rows: 4 } as EmbeddingOptions))).toMatch(/option dimension is needed/);
    expect(refusal(() => small({ paddingIdx: 1 } as object))).toMatch(/did you mean paddingIndex/);
  });

  it('is refused before memory is taken that there is not', () => {
    expect(refusal(() => new Embedding({ rows: 2 ** 31, dimension: 2 ** 20 }))).toMatch(/^ERR_WORDMILL_MEMORY/);
  });
});

describe('arguments that are wrong', () => {
  it('are named with their position and change nothing', () => {
    const embedding = small();
    const before = embedding.toFloat32Array();
    const gradient = new Float32Array(9).fill(1);
    expect(refusal(() => embedding.forward([0, 4]))).toMatch(/OPTION ids ids\[1\] is 4; the table has rows 0 to 3/);
    expect(refusal(() => embedding.forward(Int32Array.of(0, 2, -1)))).toMatch(/ids ids\[2\] is -1 /);
    expect(refusal(() => embedding.forward([0, -7]))).toMatch(/ids ids\[1\] is -7 /);
    expect(refusal(() => embedding.forward([0.5]))).toMatch(/ids ids\[0\] is 0.5/);
    expect(refusal(() => embedding.forward(['1'] as never))).toMatch(/ids ids\[0\] is 1/);
    expect(option(() => embedding.forward('1' as never))).toBe('ids');
    expect(option(() => embedding.forward([1], new Float32Array(4)))).toBe('out');
    expect(option(() => embedding.backward([1, 9, 1], gradient))).toBe('ids');
    expect(refusal(() => embedding.backward([1, 2], gradient))).toMatch(
      /gradient gradient: expected 2 x 3 = 6 numbers, got 9/,
    );
    expect(option(() => embedding.backward([1], [1, 2, 3] as never))).toBe('gradient');
    for (const bad of [Number.NaN, Infinity]) {
      const wrong = gradient.with(7, bad);
      const text = new RegExp(`gradient gradient: number 1 of row 2 is ${bad === Infinity ? 'inf' : '-?nan'}`);
      expect(refusal(() => embedding.backward([1, 2, 1], wrong))).toMatch(text);
      expect(option(() => embedding.backwardBag([1], [0], Float32Array.of(1, bad, 1)))).toBe('gradient');
      expect(option(() => embedding.backwardLogits(gradient.subarray(0, 3), Float32Array.of(1, bad, 1, 1)))).toBe(
        'gradient',
      );
      expect(option(() => embedding.logits(wrong))).toBe('hidden');
    }
    expect(embedding.gradient().rows).toHaveLength(0);
    embedding.backward([1, 2, 1], gradient);
    expect(option(() => embedding.backward([1, 2, 1], gradient.with(0, Number.NaN)))).toBe('gradient');
    expect([...embedding.gradient().values]).toEqual([2, 2, 2, 1, 1, 1]);
    expect(embedding.toFloat32Array()).toEqual(before);
  });

  it('of bags too', () => {
    const embedding = small();
    const bag = (ids: number[], offsets: number[], options: object = {}): string =>
      refusal(() => embedding.bag(ids, offsets, options)).replace(/^ERR_WORDMILL_OPTION /, '');
    expect(bag([1, 2, 3], [0, 2, 1])).toMatch(/^offsets offsets\[2\] is 1, less than the one before it/);
    expect(bag([1, 2, 3], [1])).toMatch(/^offsets offsets\[0\] is 1/);
    expect(bag([1, 2, 3], [0, 4])).toMatch(/^offsets offsets\[1\] is 4/);
    expect(bag([1, 2, 3], [0, -1])).toMatch(/^offsets offsets\[1\] is -1/);
    expect(bag([1, 2, 3], [])).toMatch(/^offsets /);
    expect(bag([1, 2, 3], [0, 2], { includeLastOffset: true })).toMatch(
      /^offsets offsets\[1\] is 2, and there are 3 ids/,
    );
    expect(bag([], [], { includeLastOffset: true })).toMatch(/^offsets offsets is empty/);
    expect(bag([1, 5], [0])).toMatch(/^ids ids\[1\] is 5/);
    expect(bag([1], [0], { mode: 'median' })).toMatch(/^mode /);
    expect(bag([1], [0], { weights: [1] })).toMatch(/^weights only sums have weights/);
    expect(bag([1], [0], { mode: 'sum', weights: [1, 2] })).toMatch(/^weights weights: expected 1 x 1/);
    expect(bag([1, 2], [0], { mode: 'sum', weights: [1, Number.NaN] })).toMatch(
      /^weights weights: number 0 of row 1 is/,
    );
    expect(bag([1], [0], { wieghts: [1] })).toMatch(/did you mean weights/);
    const gradient = new Float32Array(3);
    expect(option(() => embedding.backwardBag([1], [0, 1], gradient))).toBe('gradient');
    const weightGradient = new Float32Array(2);
    expect(option(() => embedding.backwardBag([1], [0], gradient, { mode: 'sum', weightGradient }))).toBe(
      'weightGradient',
    );
    const scaled = small({ scaleGradByFreq: true });
    expect(option(() => scaled.backwardBag([1], [0], gradient, { mode: 'max' }))).toBe('mode');
  });

  it('of steps, rates, logits and sizes', () => {
    const embedding = small({ paddingIndex: 3 });
    const step = (options: object) => option(() => embedding.step(options as never));
    expect(step({})).toBe('optimizer');
    expect(step({ optimizer: 'adamx' })).toBe('optimizer');
    expect(step({ optimizer: 'sgd', learningRate: -1 })).toBe('learningRate');
    expect(step({ optimizer: 'sgd', momentum: 1 })).toBe('momentum');
    expect(step({ optimizer: 'adam', momentum: 0.9 })).toBe('momentum');
    expect(step({ optimizer: 'adagrad', betas: [0.9, 0.99] })).toBe('betas');
    expect(step({ optimizer: 'adam', betas: [0.9, 1] })).toBe('betas');
    expect(step({ optimizer: 'sgd', epsilon: 1e-8 })).toBe('epsilon');
    expect(step({ optimizer: 'adam', epsilon: 0 })).toBe('epsilon');
    expect(step({ optimizer: 'adamw', weightDecay: Number.NaN })).toBe('weightDecay');
    expect(option(() => embedding.logits(new Float32Array(4)))).toBe('hidden');
    expect(option(() => embedding.logits(new Float32Array(3), new Float32Array(3)))).toBe('out');
    expect(option(() => embedding.backwardLogits(new Float32Array(3), new Float32Array(3)))).toBe('gradient');
    expect(option(() => embedding.resize(3))).toBe('rows');
    expect(option(() => embedding.resize(0))).toBe('rows');
    expect(option(() => embedding.resize(9, { padToMultipleOf: 0 }))).toBe('padToMultipleOf');
    expect(option(() => embedding.resize(9, { initial: 'zero' as never }))).toBe('initial');
    expect(option(() => embedding.toVectors([]))).toBe('keys');
    expect(option(() => embedding.toVectors(['a', 'b', 'c', 'd', 'e']))).toBe('keys');
    expect(option(() => embedding.toVectors(['a', 'a']))).toBe('keys');
    expect(option(() => embedding.toVectors('abc'))).toBe('keys');
    expect(option(() => Embedding.from({} as KeyedVectors))).toBe('vectors');
    expect(option(() => Object.assign(embedding, { frozen: 1 }))).toBe('frozen');
    const rate = (number: number, schedule: object) => option(() => learningRateAt(number, schedule as never));
    expect(rate(0, { shape: 'steps', learningRate: 1 })).toBe('shape');
    expect(rate(0, { shape: 'linear', learningRate: 1 })).toBe('totalSteps');
    expect(rate(0, { shape: 'constant', learningRate: 1, totalSteps: 3 })).toBe('totalSteps');
    expect(rate(0, { shape: 'constant', learningRate: 1, finalRate: 0 })).toBe('finalRate');
    expect(rate(0, { shape: 'linear', learningRate: 1, totalSteps: 3, finalRate: 2 })).toBe('finalRate');
    expect(rate(0, { shape: 'linear', learningRate: 1, totalSteps: 3, warmupSteps: 4 })).toBe('warmupSteps');
    expect(rate(-1, { shape: 'constant', learningRate: 1 })).toBe('step');
    expect(rate(0, { shape: 'constant', learningRate: -1 })).toBe('learningRate');
  });
});

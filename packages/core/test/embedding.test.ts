import { Embedding, KeyedVectors, learningRateAt } from '@wordmill/core';
import { describe, expect, it } from 'vitest';

/** Rows r as [r, 10 r]. */
const counted = (rows: number, more: object = {}): Embedding =>
  new Embedding({
    rows,
    dimension: 2,
    initial: Float32Array.from({ length: rows * 2 }, (_, i) => (i >> 1) * (i % 2 ? 10 : 1)),
    ...more,
  });

/** The gradient of each row, zeros where it has none. */
function dense(embedding: Embedding): number[] {
  const { rows, values } = embedding.gradient();
  const out = new Array<number>(embedding.rows * embedding.dimension).fill(0);
  for (const [place, row] of rows.entries()) {
    for (let c = 0; c < embedding.dimension; c++) {
      out[row * embedding.dimension + c] = values[place * embedding.dimension + c]!;
    }
  }
  return out;
}

const row = (embedding: Embedding, id: number): number[] => {
  const { dimension } = embedding;
  return [...embedding.toFloat32Array().subarray(id * dimension, (id + 1) * dimension)];
};

const near = (actual: ArrayLike<number>, wanted: readonly number[], digits = 5): void => {
  expect(actual.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(actual[i]).toBeCloseTo(value, digits);
};

describe('rows by id', () => {
  it('are copied in the order of the ids, of every kind of array', () => {
    const embedding = counted(4);
    const wanted = Float32Array.of(3, 30, 0, 0, 3, 30);
    expect(embedding.forward([3, 0, 3])).toEqual(wanted);
    expect(embedding.forward(Int32Array.of(3, 0, 3))).toEqual(wanted);
    expect(embedding.forward(Uint32Array.of(9, 3, 0, 3).subarray(1))).toEqual(wanted);
    const out = new Float32Array(6);
    expect(embedding.forward([3, 0, 3], out)).toBe(out);
    expect(out).toEqual(wanted);
    embedding.forward([1]).fill(77);
    expect(row(embedding, 1)).toEqual([1, 10]);
    expect(embedding.forward([])).toEqual(new Float32Array(0));
  });

  it('begin as the normal or uniform distribution, the same from the same seed', () => {
    const options = { rows: 400, dimension: 50 };
    const values = [...new Embedding(options).toFloat32Array()];
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    expect([...new Embedding({ ...options, seed: 1, threads: 1 }).toFloat32Array()]).toEqual(values);
    expect([...new Embedding({ ...options, seed: 2 }).toFloat32Array()]).not.toEqual(values);
    const uniform = new Embedding({ ...options, initial: 'uniform' }).toFloat32Array();
    expect(Math.max(...uniform.map(Math.abs))).toBeLessThanOrEqual(0.05);
    expect(Math.max(...uniform)).toBeGreaterThan(0.049);
  });

  it('add up the gradients of repeated ids, from call to call, until they are forgotten', () => {
    const embedding = counted(4);
    embedding.backward([2, 0, 2], Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(dense(embedding)).toEqual([3, 4, 0, 0, 6, 8, 0, 0]);
    embedding.backward([3, 2], Float32Array.of(1, 1, 1, 1));
    expect(dense(embedding)).toEqual([3, 4, 0, 0, 7, 9, 1, 1]);
    embedding.zeroGradient();
    expect(embedding.gradient()).toEqual({ rows: new Uint32Array(0), values: new Float32Array(0) });
    embedding.backward([1], Float32Array.of(1, 1));
    expect(dense(embedding)).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
  });

  it('keep the padding as it is: zeros at first, and without a gradient', () => {
    const embedding = new Embedding({ rows: 3, dimension: 2, paddingIndex: 1 });
    expect(embedding.forward([1])).toEqual(Float32Array.of(0, 0));
    embedding.backward([1, 2], Float32Array.of(1, 1, 1, 1));
    expect([...embedding.gradient().rows]).toEqual([2]);
    embedding.step({ optimizer: 'sgd', learningRate: 1 });
    expect(row(embedding, 1)).toEqual([0, 0]);
    // Rows that are given stay as they are, as in torch's from_pretrained.
    expect(row(counted(3, { paddingIndex: 1 }), 1)).toEqual([1, 10]);
  });

  it('are cut to the largest length where they are looked up', () => {
    const embedding = new Embedding({
      rows: 3,
      dimension: 2,
      initial: Float32Array.of(3, 4, 0.3, 0.4, 6, 8),
      maxNorm: 1,
    });
    near(embedding.forward([0, 1, 0]), [0.6, 0.8, 0.3, 0.4, 0.6, 0.8]);
    near(row(embedding, 0), [0.6, 0.8]);
    expect(row(embedding, 2)).toEqual([6, 8]);
    near(embedding.bag([2], [0]), [0.6, 0.8]);
    const sum = new Embedding({ rows: 1, dimension: 2, initial: Float32Array.of(3, -1), maxNorm: 2, normType: 1 });
    near(sum.forward([0]), [1.5, -0.5]);
    const largest = new Embedding({
      rows: 1,
      dimension: 2,
      initial: Float32Array.of(3, -1),
      maxNorm: 2,
      normType: Infinity,
    });
    near(largest.forward([0]), [2, -2 / 3]);
  });

  it('share a gradient among the times an id stands in the call, where that is asked for', () => {
    const embedding = counted(3, { scaleGradByFreq: true });
    embedding.backward([1, 2, 1], Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(dense(embedding)).toEqual([0, 0, 3, 4, 3, 4]);
  });
});

describe('bags', () => {
  const ids = [1, 3, 0, 2, 2];
  const offsets = [0, 2, 2];

  it('give the mean, the sum, or the largest numbers; zeros where they are empty', () => {
    const embedding = counted(4, { paddingIndex: 0 });
    expect([...embedding.bag(ids, offsets)]).toEqual([2, 20, 0, 0, 2, 20]);
    expect([...embedding.bag(ids, offsets, { mode: 'sum' })]).toEqual([4, 40, 0, 0, 4, 40]);
    expect([...embedding.bag(ids, offsets, { mode: 'max' })]).toEqual([3, 30, 0, 0, 2, 20]);
    const weights = [0.5, 2, 9, 1, 0];
    expect([...embedding.bag(ids, offsets, { mode: 'sum', weights })]).toEqual([6.5, 65, 0, 0, 2, 20]);
    expect([...embedding.bag(ids, [...offsets, 5], { mode: 'sum', includeLastOffset: true })]).toEqual([
      4, 40, 0, 0, 4, 40,
    ]);
    const out = new Float32Array(6);
    expect(embedding.bag(Int32Array.from(ids), Uint32Array.from(offsets), {}, out)).toBe(out);
    expect(embedding.bag([], [])).toHaveLength(0);
    expect([...embedding.bag([], [0, 0])]).toEqual([0, 0, 0, 0]);
  });

  it('pass their gradient on to their rows', () => {
    const embedding = counted(4, { paddingIndex: 0 });
    const gradient = Float32Array.of(1, 2, 9, 9, 3, 4);
    const after = (options: Parameters<Embedding['backwardBag']>[3]): number[] => {
      embedding.zeroGradient();
      embedding.backwardBag(ids, offsets, gradient, options);
      return dense(embedding);
    };
    expect(after({ mode: 'sum' })).toEqual([0, 0, 1, 2, 6, 8, 1, 2]);
    expect(after({ mode: 'mean' })).toEqual([0, 0, 0.5, 1, 3, 4, 0.5, 1]);
    expect(after({ mode: 'max' })).toEqual([0, 0, 0, 0, 3, 4, 1, 2]);
    const weightGradient = new Float32Array(5).fill(7);
    expect(after({ mode: 'sum', weights: [0.5, 2, 9, 1, 0], weightGradient })).toEqual([0, 0, 0.5, 1, 3, 4, 2, 4]);
    expect([...weightGradient]).toEqual([21, 63, 0, 86, 86]);
  });

  it('share gradients by frequency as single ids do', () => {
    const embedding = counted(4, { scaleGradByFreq: true });
    embedding.backwardBag([1, 1, 2], [0, 1], Float32Array.of(1, 2, 3, 4), { mode: 'sum' });
    expect(dense(embedding)).toEqual([0, 0, 2, 3, 3, 4, 0, 0]);
  });
});

describe('steps', () => {
  /** The row that begins as [1, 10] and has the gradient [1, -2] in each step. */
  const course = (options: Parameters<Embedding['step']>[0], steps: number): number[] => {
    const embedding = counted(3);
    for (let i = 0; i < steps; i++) {
      embedding.backward([1], Float32Array.of(1, -2));
      embedding.step(options);
      embedding.zeroGradient();
    }
    expect([...row(embedding, 0), ...row(embedding, 2)]).toEqual([0, 0, 2, 20]);
    return row(embedding, 1);
  };

  it('are those of torch.optim', () => {
    near(course({ optimizer: 'sgd', learningRate: 0.1 }, 2), [0.8, 10.4]);
    near(course({ optimizer: 'sgd' }, 1), [0.999, 10.002]);
    near(course({ optimizer: 'sgd', learningRate: 0.1, momentum: 0.9 }, 2), [1 - 0.1 - 0.19, 10 + 0.2 + 0.38]);
    near(course({ optimizer: 'sgd', learningRate: 0.1, weightDecay: 0.5 }, 1), [1 - 0.15, 10 - 0.3]);
    near(course({ optimizer: 'adagrad', learningRate: 0.1 }, 2), [
      1 - 0.1 - 0.1 / Math.SQRT2,
      10 + 0.1 + 0.1 / Math.SQRT2,
    ]);
    near(course({ optimizer: 'adam', learningRate: 0.1 }, 3), [0.7, 10.3]);
    near(course({ optimizer: 'adamw', learningRate: 0.1 }, 1), [0.999 - 0.1, 9.99 + 0.1]);
    near(course({ optimizer: 'adamw', learningRate: 0.1, weightDecay: 0 }, 2), [0.8, 10.2]);
    const betas = [0.5, 0.5] as const;
    near(course({ optimizer: 'adam', learningRate: 0.1, betas, epsilon: 1 }, 1), [
      1 - (0.1 * Math.SQRT1_2) / (Math.SQRT1_2 + 1),
      10 + (0.2 * Math.SQRT1_2) / (Math.SQRT2 + 1),
    ]);
  });

  it('keep the gradient until it is forgotten, and do nothing without one', () => {
    const embedding = counted(3);
    embedding.step({ optimizer: 'adam' });
    embedding.backward([1], Float32Array.of(1, 1));
    embedding.step({ optimizer: 'sgd', learningRate: 1 });
    embedding.step({ optimizer: 'sgd', learningRate: 1 });
    expect(row(embedding, 1)).toEqual([-1, 8]);
  });

  it('change nothing while the table is frozen', () => {
    const embedding = counted(3, { freeze: true });
    const before = embedding.toFloat32Array();
    expect(embedding.frozen).toBe(true);
    embedding.backward([1], Float32Array.of(1, 1));
    embedding.step({ optimizer: 'sgd', learningRate: 1 });
    expect(embedding.toFloat32Array()).toEqual(before);
    const hidden = Float32Array.of(1, 1);
    expect([...embedding.backwardLogits(hidden, Float32Array.of(0, 1, 2))]).toEqual([5, 50]);
    expect(embedding.gradient().rows).toHaveLength(0);
    embedding.frozen = false;
    embedding.backward([1], Float32Array.of(1, 1));
    embedding.step({ optimizer: 'sgd', learningRate: 1 });
    expect(row(embedding, 1)).toEqual([0, 9]);
  });
});

describe('the learning rate', () => {
  it('is a function of the step', () => {
    const rates = (schedule: Parameters<typeof learningRateAt>[1], ...steps: number[]): number[] =>
      steps.map((step) => learningRateAt(step, schedule));
    expect(rates({ shape: 'constant', learningRate: 0.5 }, 0, 7, 1e9)).toEqual([0.5, 0.5, 0.5]);
    near(rates({ shape: 'constant', learningRate: 0.6, warmupSteps: 2 }, 0, 1, 2, 3), [0.2, 0.4, 0.6, 0.6]);
    near(rates({ shape: 'linear', learningRate: 1, totalSteps: 4 }, 0, 1, 3, 4, 5), [1, 0.75, 0.25, 0, 0]);
    near(rates({ shape: 'cosine', learningRate: 1, totalSteps: 4, finalRate: 0.5 }, 0, 2, 4), [1, 0.75, 0.5]);
  });
});

describe('the table', () => {
  it('comes from vectors and becomes vectors, by copies', async () => {
    const vectors = KeyedVectors.from({ cat: [1, 2], dog: [3, 4] });
    const embedding = Embedding.from(vectors, { threads: 1 });
    embedding.backward([1], Float32Array.of(1, 1));
    embedding.step({ optimizer: 'sgd', learningRate: 1 });
    const trained = embedding.toVectors(['cat', 'dog']);
    embedding.dispose();
    expect([...vectors.get('dog')!]).toEqual([3, 4]);
    expect([...trained.get('dog')!, ...trained.get('cat')!]).toEqual([2, 3, 1, 2]);
    expect((await trained.mostSimilar('cat'))[0]!.key).toBe('dog');
    const half = KeyedVectors.from({ a: [0.5, 0.25] }, { dtype: 'f16' });
    expect([...Embedding.from(half).forward([0])]).toEqual([0.5, 0.25]);
    expect(counted(4).toVectors(new Set(['x'])).size).toBe(1);
  });

  it('grows by the mean of its rows, or at random around it, and shrinks', () => {
    const embedding = counted(3, { paddingIndex: 0 });
    embedding.backward([1], Float32Array.of(1, 1));
    expect(embedding.resize(5)).toBe(5);
    expect([...embedding.toFloat32Array()]).toEqual([0, 0, 1, 10, 2, 20, 1.5, 15, 1.5, 15]);
    expect(embedding.gradient().rows).toHaveLength(0);
    expect([embedding.rows, embedding.logits(Float32Array.of(1, 0)).length]).toEqual([5, 5]);
    expect(embedding.resize(2)).toBe(2);
    expect([...embedding.toFloat32Array()]).toEqual([0, 0, 1, 10]);
    expect(embedding.resize(5, { padToMultipleOf: 8 })).toBe(8);
    expect(embedding.resize(8, { padToMultipleOf: 8 })).toBe(8);

    const random = counted(3);
    random.resize(2003, { initial: 'normal' });
    const added = [...random.toFloat32Array().subarray(6)].filter((_, i) => i % 2 === 0);
    const mean = added.reduce((sum, value) => sum + value) / added.length;
    const variance = added.reduce((sum, value) => sum + (value - mean) ** 2, 0) / added.length;
    expect(mean).toBeCloseTo(1, 0);
    expect(variance).toBeCloseTo(2 / 3, 1);
  });

  it('is let go once, and no more used', () => {
    const embedding = counted(3);
    embedding[Symbol.dispose]();
    embedding.dispose();
    for (const use of [
      () => embedding.forward([0]),
      () => embedding.step({ optimizer: 'sgd' }),
      () => embedding.toFloat32Array(),
      () => embedding.toVectors(['a']),
      () => embedding.resize(4),
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_DISPOSED' }));
    }
  });
});

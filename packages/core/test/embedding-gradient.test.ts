import { Embedding } from '@wordmill/core';
import { array, assert as check, constantFrom, integer, nat, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';

const noise = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
};

const numbers = (count: number, seed: number): Float32Array => {
  const random = noise(seed);
  return Float32Array.from({ length: count }, random);
};

/** a x b for dense matrices of `inner` columns and rows. */
function product(a: ArrayLike<number>, b: ArrayLike<number>, inner: number): number[] {
  const rows = a.length / inner;
  const columns = b.length / inner;
  const out = new Array<number>(rows * columns).fill(0);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      for (let j = 0; j < columns; j++) out[i * columns + j]! += a[i * inner + k]! * b[k * columns + j]!;
    }
  }
  return out;
}

function transposed(matrix: ArrayLike<number>, columns: number): number[] {
  const rows = matrix.length / columns;
  return Array.from({ length: matrix.length }, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}

function dense(embedding: Embedding): Float32Array {
  const { rows, values } = embedding.gradient();
  const { dimension } = embedding;
  const out = new Float32Array(embedding.rows * dimension);
  for (const [i, row] of rows.entries()) {
    out.set(values.subarray(i * dimension, (i + 1) * dimension), row * dimension);
  }
  return out;
}

function distance(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(actual.length).toBe(wanted.length);
  return Array.from(wanted).reduce((worst, value, i) => Math.max(worst, Math.abs(actual[i]! - value)), 0);
}

describe('looking up', () => {
  it('is the product of one-hot vectors and the table, and its gradient that of a linear layer', () => {
    const shape = record({ rows: integer({ min: 1, max: 40 }), dimension: integer({ min: 1, max: 40 }), seed: nat() });
    check(
      property(shape, array(nat(), { maxLength: 60 }), ({ rows, dimension, seed }, picks) => {
        const ids = picks.map((pick) => pick % rows);
        const table = numbers(rows * dimension, seed);
        using embedding = new Embedding({ rows, dimension, initial: table });
        const oneHot = ids.flatMap((id) => Array.from({ length: rows }, (_, r) => (r === id ? 1 : 0)));
        const gradient = numbers(ids.length * dimension, seed + 1);

        // y = X W, and so dW = X^T dy
        expect([...embedding.forward(ids)]).toEqual(product(oneHot, table, rows));
        embedding.backward(ids, gradient);
        const wanted = ids.length === 0 ? table.map(() => 0) : product(transposed(oneHot, rows), gradient, ids.length);
        expect(distance(dense(embedding), wanted)).toBeLessThan(1e-5);
      }),
    );
  });

  it('gives the same for any number of threads', () => {
    const count = 40_000;
    const ids = Uint32Array.from(numbers(count, 1), (value) => Math.floor(Math.abs(value) ** 3 * 500));
    const gradient = numbers(count * 24, 2);
    const results = [1, 2, 5].map((threads) => {
      using embedding = new Embedding({ rows: 500, dimension: 24, paddingIndex: 3, maxNorm: 4, threads });
      embedding.forward(ids);
      embedding.backward(ids, gradient);
      embedding.backward(ids.subarray(100, 9000), gradient.subarray(2400, 9000 * 24));
      embedding.step({ optimizer: 'adam', learningRate: 0.01 });
      return [dense(embedding), embedding.toFloat32Array()];
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });
});

/**
 * A loss that is a weighted sum of what an embedding gives, as a function of the table (and of what else goes in): its
 * gradient by central differences is compared with what `backward` finds.
 */
const ROWS = 9;
const DIMENSION = 5;
const PADDING = 4;

function byDifferences(at: Float32Array, loss: (values: Float32Array) => number): number[] {
  const step = 2 ** -6;
  return Array.from(at, (value, i) => (loss(at.with(i, value + step)) - loss(at.with(i, value - step))) / (2 * step));
}

const weigh = (values: Float32Array, slopes: Float32Array): number =>
  values.reduce((sum, value, i) => sum + value * slopes[i]!, 0);

const withTable = <T>(table: Float32Array, use: (embedding: Embedding) => T): T => {
  using embedding = new Embedding({ rows: ROWS, dimension: DIMENSION, initial: table, paddingIndex: PADDING });
  return use(embedding);
};

/** The padding has no gradient, whatever the differences say. */
const withoutPadding = (gradient: number[]): number[] =>
  gradient.map((value, i) => (Math.floor(i / DIMENSION) === PADDING ? 0 : value));

const TOLERANCE = 2e-4;

describe('gradients are those of finite differences', () => {
  const ids = [0, 3, PADDING, 3, 8, 1, 3, 0, PADDING];
  const offsets = [0, 2, 2, 6];
  const table = numbers(ROWS * DIMENSION, 3);

  it('of rows', () => {
    const slopes = numbers(ids.length * DIMENSION, 4);
    const wanted = byDifferences(table, (values) => withTable(values, (e) => weigh(e.forward(ids), slopes)));
    const found = withTable(table, (embedding) => {
      embedding.backward(ids, slopes);
      return dense(embedding);
    });
    expect(distance(found, withoutPadding(wanted))).toBeLessThan(TOLERANCE);
  });

  it('of bags of every mode, and of their weights', () => {
    const slopes = numbers(offsets.length * DIMENSION, 5);
    const weights = numbers(ids.length, 6);
    for (const options of [{ mode: 'sum' }, { mode: 'mean' }, { mode: 'max' }, { mode: 'sum', weights }] as const) {
      const wanted = byDifferences(table, (values) =>
        withTable(values, (e) => weigh(e.bag(ids, offsets, options), slopes)),
      );
      const found = withTable(table, (embedding) => {
        embedding.backwardBag(ids, offsets, slopes, options);
        return dense(embedding);
      });
      expect(distance(found, withoutPadding(wanted))).toBeLessThan(TOLERANCE);
    }
    const wanted = byDifferences(weights, (values) =>
      withTable(table, (e) => weigh(e.bag(ids, offsets, { mode: 'sum', weights: values }), slopes)),
    );
    const weightGradient = new Float32Array(ids.length);
    withTable(table, (e) => e.backwardBag(ids, offsets, slopes, { mode: 'sum', weights, weightGradient }));
    expect(distance(weightGradient, wanted)).toBeLessThan(TOLERANCE);
  });

  it('of tied logits, and of what goes in', () => {
    const hidden = numbers(11 * DIMENSION, 7);
    const slopes = numbers(11 * ROWS, 8);
    const ofTable = byDifferences(table, (values) => withTable(values, (e) => weigh(e.logits(hidden), slopes)));
    const ofHidden = byDifferences(hidden, (values) => withTable(table, (e) => weigh(e.logits(values), slopes)));
    const [found, foundHidden] = withTable(table, (embedding) => {
      const gradient = embedding.backwardLogits(hidden, slopes);
      return [dense(embedding), gradient];
    });
    expect(distance(found!, withoutPadding(ofTable))).toBeLessThan(TOLERANCE * 4);
    expect(distance(foundHidden!, ofHidden)).toBeLessThan(TOLERANCE * 4);
  });

  it('of a table that is both ends of a model', () => {
    const input = [0, 3, 3, 8];
    const slopes = numbers(input.length * ROWS, 9);
    const loss = (values: Float32Array): number =>
      withTable(values, (embedding) => weigh(embedding.logits(embedding.forward(input)), slopes));
    const found = withTable(table, (embedding) => {
      embedding.backward(input, embedding.backwardLogits(embedding.forward(input), slopes));
      return dense(embedding);
    });
    expect(distance(found, withoutPadding(byDifferences(table, loss)))).toBeLessThan(TOLERANCE * 4);
  });
});

describe('training', () => {
  it('with every optimizer learns which token follows which', () => {
    const next = [3, 5, 1, 0, 6, 2, 4];
    for (const optimizer of constantRules) {
      using embedding = new Embedding({ rows: next.length, dimension: 16, seed: 5 });
      using output = new Embedding({ rows: next.length, dimension: 16, seed: 6 });
      const ids = next.map((_, id) => id);
      const losses = Array.from({ length: 60 }, () => {
        const hidden = embedding.forward(ids);
        const { loss, gradient } = softmaxLoss(output.logits(hidden), next);
        embedding.backward(ids, output.backwardLogits(hidden, gradient));
        for (const layer of [embedding, output]) {
          layer.step({ optimizer, learningRate: optimizer === 'sgd' ? 0.1 : 0.05 });
          layer.zeroGradient();
        }
        return loss;
      });
      expect(losses.at(-1)!).toBeLessThan(0.2 * losses[0]!);
    }
  });
});

const constantRules = ['sgd', 'adagrad', 'adam', 'adamw'] as const;

function softmaxLoss(logits: Float32Array, targets: readonly number[]): { loss: number; gradient: Float32Array } {
  const width = logits.length / targets.length;
  const gradient = new Float32Array(logits.length);
  let loss = 0;
  for (const [i, target] of targets.entries()) {
    const row = logits.subarray(i * width, (i + 1) * width);
    const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
    loss -= row[target]! - Math.log(total);
    for (let j = 0; j < width; j++) gradient[i * width + j] = Math.exp(row[j]!) / total - (j === target ? 1 : 0);
  }
  return { loss, gradient };
}

describe('bags', () => {
  it('are sums of what single look-ups give', () => {
    const bagSizes = array(nat(5), { minLength: 1, maxLength: 12 });
    check(
      property(bagSizes, nat(), constantFrom('sum', 'mean', 'max'), (sizes, seed, mode) => {
        using embedding = new Embedding({ rows: 20, dimension: 7, seed: seed % 1000 });
        const random = noise(seed);
        const bags = sizes.map((size) => Array.from({ length: size }, () => Math.floor(Math.abs(random()) * 20)));
        const offsets = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
        const made = embedding.bag(bags.flat(), offsets, { mode });
        const wanted = bags.flatMap((bag) => {
          const rows = bag.map((id) => embedding.forward([id]));
          return Array.from({ length: 7 }, (_, c) => {
            if (rows.length === 0) return 0;
            const column = rows.map((row) => row[c]!);
            if (mode === 'max') return Math.max(...column);
            return column.reduce((sum, value) => sum + value, 0) / (mode === 'mean' ? rows.length : 1);
          });
        });
        expect(distance(made, wanted)).toBeLessThan(1e-5);
      }),
    );
  });
});

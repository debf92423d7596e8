import { copyRows, eventLoopTurn, randomiseRows, tableBytes } from '@wordmill/core/internal';
import { type GloveTables, type Keys, native, type Table } from '@wordmill/native';

/** All parameters of a model: row i belongs to word i. */
export type Weights = GloveTables;

/** The matrices of rows, in the order in which they are made and saved. */
export const MATRICES = ['words', 'contexts', 'wordSquares', 'contextSquares'] as const;

/** Rows of `biases`. */
export const BIASES = { words: 0, contexts: 1, wordSquares: 2, contextSquares: 3 } as const;
const BIAS_ROWS = 4;

/** Bytes of the engine's tables for a vocabulary. */
export const weightBytes = (vectorSize: number, rows: number): number =>
  MATRICES.length * tableBytes(rows, vectorSize) + tableBytes(BIAS_ROWS, rows);

/** Weights of zero. */
export function createWeights(vectorSize: number, rows: number): Weights {
  const made: Table[] = [];
  const create = (count: number, columns: number): Table => {
    const table = native().createTable('f32', count, columns);
    made.push(table);
    return table;
  };
  try {
    return {
      words: create(rows, vectorSize),
      contexts: create(rows, vectorSize),
      wordSquares: create(rows, vectorSize),
      contextSquares: create(rows, vectorSize),
      biases: create(BIAS_ROWS, rows),
    };
  } catch (error) {
    for (const table of made) table.dispose();
    throw error;
  }
}

/**
 * As glove starts: vectors and biases uniform in [-0.5 / d, 0.5 / d), sums of squares 1, so that the first steps are of the
 * size of the learning rate.
 */
export async function initialise(weights: Weights, seed: number, signal: AbortSignal): Promise<void> {
  const bound = 0.5 / weights.words.describe().columns;
  // Three tables want three seeds; the engine mixes them well.
  const seeds = [0n, 1n, 2n].map((part) => BigInt(seed) * 3n + part) as [bigint, bigint, bigint];
  await randomiseRows(weights.words, 0, bound, seeds[0], signal);
  await randomiseRows(weights.contexts, 0, bound, seeds[1], signal);
  weights.biases.fillUniform(BIASES.words, 2, -bound, bound, seeds[2]);
  await resetSquares(weights, signal);
}

/** All sums of squares 1, as at the start. */
export async function resetSquares(weights: Weights, signal: AbortSignal): Promise<void> {
  const ones = new Float32Array(weights.biases.describe().columns).fill(1);
  for (const row of [BIASES.wordSquares, BIASES.contextSquares]) weights.biases.write(row, 1, 'f32', ones);
  for (const table of [weights.wordSquares, weights.contextSquares]) {
    const { rows, columns } = table.describe();
    const step = Math.max(1, Math.floor((1 << 19) / columns));
    const values = new Float32Array(Math.min(step, rows) * columns).fill(1);
    for (let first = 0; first < rows; first += step) {
      signal.throwIfAborted();
      const count = Math.min(step, rows - first);
      table.write(first, count, 'f32', values.subarray(0, count * columns));
      await eventLoopTurn();
    }
  }
}

/** Overwrites weights by others of the same shape. */
export async function copyWeights(from: Weights, to: Weights, signal: AbortSignal): Promise<void> {
  const { rows } = from.words.describe();
  for (const name of MATRICES) await copyRows(from[name], to[name], rows, signal);
  await copyRows(from.biases, to.biases, BIAS_ROWS, signal);
}

/** Lets `work` make something that has these keys and weights, which are freed when it fails. */
export async function withWeights<Result>(
  keys: Keys,
  weights: Weights,
  work: (keys: Keys, weights: Weights) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(keys, weights);
  } catch (error) {
    keys.dispose();
    disposeWeights(weights);
    throw error;
  }
}

/** One row of the biases. */
export function biasesOf({ biases }: Weights, kind: keyof typeof BIASES): Float32Array {
  const out = new Float32Array(biases.describe().columns);
  biases.read(BIASES[kind], 1, 'f32', out);
  return out;
}

export function disposeWeights(weights: Weights): void {
  for (const name of MATRICES) weights[name].dispose();
  weights.biases.dispose();
}

import { native, type Table } from '@wordmill/native';
import type { Word2VecSettings } from './settings.js';

/** The matrices of a model: row i belongs to word i, in the tree to inner node i. */
export interface Weights {
  /** the word vectors: syn0 of word2vec.c */
  readonly input: Table;
  /** the context vectors, for negative sampling and full softmax: syn1neg */
  readonly output: Table | undefined;
  /** the inner nodes of the Huffman tree, for hierarchical softmax: syn1 */
  readonly tree: Table | undefined;
}

export const usesOutput = ({ objective }: Word2VecSettings): boolean => objective !== 'hierarchical-softmax';

export const usesTree = ({ objective }: Word2VecSettings): boolean =>
  objective === 'hierarchical-softmax' || objective === 'both';

/** Numbers that are copied at once, so that the event loop gets its turn in between. */
const CHUNK_NUMBERS = 1 << 19;

/** Weights of zero. */
export function createWeights(settings: Word2VecSettings, rows: number): Weights {
  const made: Table[] = [];
  const create = (count: number): Table => {
    const table = native().createTable('f32', count, settings.vectorSize);
    made.push(table);
    return table;
  };
  try {
    return {
      input: create(rows),
      output: usesOutput(settings) ? create(rows) : undefined,
      tree: usesTree(settings) ? create(rows - 1) : undefined,
    };
  } catch (error) {
    for (const table of made) table.dispose();
    throw error;
  }
}

/** Random word vectors, uniform in [-0.5 / d, 0.5 / d) as in word2vec.c; contexts and inner nodes start at zero. */
export async function randomise(input: Table, firstRow: number, seed: number, signal: AbortSignal): Promise<void> {
  const { rows, columns } = input.describe();
  const bound = 0.5 / columns;
  const step = rowsAtOnce(columns);
  for (let first = firstRow; first < rows; first += step) {
    signal.throwIfAborted();
    // An element depends on the seed, its row and its column only, not on how the rows are cut.
    input.fillUniform(first, Math.min(step, rows - first), -bound, bound, BigInt(seed));
    await eventLoopTurn();
  }
}

const rowsAtOnce = (columns: number): number => Math.max(1, Math.floor(CHUNK_NUMBERS / columns));

const eventLoopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Copies the first rows of one table to another of the same width. */
export async function copyRows(from: Table, to: Table, rows: number, signal?: AbortSignal | undefined): Promise<void> {
  const { columns } = from.describe();
  const step = rowsAtOnce(columns);
  const chunk = new Float32Array(Math.min(step, rows) * columns);
  for (let first = 0; first < rows; first += step) {
    signal?.throwIfAborted();
    const count = Math.min(step, rows - first);
    const values = chunk.subarray(0, count * columns);
    from.read(first, count, 'f32', values);
    to.write(first, count, 'f32', values);
    await eventLoopTurn();
  }
}

export function disposeWeights({ input, output, tree }: Weights): void {
  for (const table of [input, output, tree]) table?.dispose();
}

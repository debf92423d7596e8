import { randomiseRows } from '@wordmill/core/internal';
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
export function randomise(input: Table, firstRow: number, seed: number, signal: AbortSignal): Promise<void> {
  return randomiseRows(input, firstRow, 0.5 / input.describe().columns, BigInt(seed), signal);
}

export function disposeWeights({ input, output, tree }: Weights): void {
  for (const table of [input, output, tree]) table?.dispose();
}

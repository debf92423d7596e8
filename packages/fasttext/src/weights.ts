import { randomiseRows, requireMemory, tableBytes } from '@wordmill/core/internal';
import { native, type Table } from '@wordmill/native';
import type { FastTextSettings } from './settings.js';

/** The matrices of a model. */
export interface Weights {
  /** a row for each word, then one for each n-gram that has one */
  readonly input: Table;
  /** a row for each word as context, for negative sampling and full softmax */
  readonly output: Table | undefined;
  /** a row for each inner node of the Huffman tree, for hierarchical softmax */
  readonly tree: Table | undefined;
}

export const usesTree = ({ objective }: FastTextSettings): boolean => objective === 'hierarchical-softmax';

/** Random word and n-gram vectors, uniform in [-1 / d, 1 / d) as in fastText; contexts and inner nodes start at zero. */
export async function createWeights(
  settings: FastTextSettings,
  words: number,
  ngrams: number,
  signal: AbortSignal,
): Promise<Weights> {
  const { vectorSize, seed } = settings;
  requireMemory(
    weightBytes(settings, words, ngrams),
    `a model of ${words} words and ${ngrams} n-grams with vectors of ${vectorSize} numbers`,
    'raise minCount, or lower buckets or vectorSize',
  );
  const made: Table[] = [];
  const create = (rows: number): Table => {
    const table = native().createTable('f32', rows, vectorSize);
    made.push(table);
    return table;
  };
  try {
    const input = create(words + ngrams);
    await randomiseRows(input, 0, 1 / vectorSize, BigInt(seed), signal);
    if (usesTree(settings)) return { input, output: undefined, tree: create(words - 1) };
    return { input, output: create(words), tree: undefined };
  } catch (error) {
    for (const table of made) table.dispose();
    throw error;
  }
}

export function weightBytes(settings: FastTextSettings, words: number, ngrams: number): number {
  const outputs = usesTree(settings) ? words - 1 : words;
  return tableBytes(words + ngrams, settings.vectorSize) + tableBytes(outputs, settings.vectorSize);
}

export function disposeWeights({ input, output, tree }: Weights): void {
  for (const table of [input, output, tree]) table?.dispose();
}

import { type KeyedVectors, WordmillError } from '@wordmill/core';
import { Cancellation } from '@wordmill/core/internal';
import type { Table } from '@wordmill/native';
import type { Word2VecSettings } from './settings.js';

/** A word that may stand in the middle of a context. */
export interface PredictedWord {
  readonly key: string;
  /** between 0 and 1; those of all words add up to 1 */
  readonly probability: number;
  readonly index: number;
}

export interface PredictionOptions {
  readonly topN: number;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

const MISSING = 0xffffffff;

/** The most probable centre words: softmax over the context vectors' products with the mean of the words' vectors. */
export async function predictCentre(
  vectors: KeyedVectors,
  output: Table,
  settings: Word2VecSettings,
  context: readonly string[],
  { topN, threads, signal }: PredictionOptions,
): Promise<PredictedWord[]> {
  const { table, keys } = vectors.native;
  const rows = keys.findMany(context).filter((row) => row !== MISSING);
  if (rows.length === 0) {
    throw new WordmillError('ERR_WORDMILL_OOV', `none of the context words is in the vocabulary: ${context.join(' ')}`);
  }
  const { columns } = table.describe();
  const given = new Float32Array(rows.length * columns);
  table.gather(rows, given);
  const query = new Float32Array(columns);
  const weight = settings.cbowMean ? 1 / rows.length : 1;
  for (let i = 0; i < given.length; i++) query[i % columns]! += given[i]! * weight;
  const cancellation = new Cancellation(signal);
  try {
    const scores = await cancellation.run((native) => output.scores(query, 'dot', threads, native));
    return mostProbable(scores, topN).map(([index, probability]) => ({ key: keys.at(index), probability, index }));
  } finally {
    cancellation.close();
  }
}

/** Row and softmax of the highest scores, best first, ties by row. */
function mostProbable(scores: Float32Array, topN: number): [row: number, probability: number][] {
  const highest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - highest);
  const best: number[] = [];
  const isBetter = (a: number, b: number): boolean => scores[a]! > scores[b]!;
  for (let row = 0; row < scores.length; row++) {
    if (best.length === topN && !isBetter(row, best[topN - 1]!)) continue;
    if (best.length === topN) best.pop();
    let at = best.length;
    while (at > 0 && isBetter(row, best[at - 1]!)) at--;
    best.splice(at, 0, row);
  }
  return best.map((row) => [row, Math.exp(scores[row]! - highest) / sum]);
}

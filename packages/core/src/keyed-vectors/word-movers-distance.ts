import { WordmillError } from '../errors.js';
import type { Rows } from './rows.js';
import { minimumCostTransport } from './transport.js';
import { euclidean, normalize } from './vector-math.js';

/** How documents are compared. */
export interface WordMoversOptions {
  /** Compare normalised vectors, as gensim does. Default true. */
  readonly normalize?: boolean | undefined;
}

/**
 * The Word Mover's Distance of Kusner et al. (2015): the least Euclidean distance that the words of one document must travel to
 * become the other, each document being a normalised bag of words. Unknown words are left out; Infinity when nothing of a
 * document is left.
 */
export function wordMoversDistance(
  rows: Rows,
  documents: readonly [readonly string[], readonly string[]],
  options: WordMoversOptions = {},
): number {
  const bags = documents.map((words) => bagOfWords(rows, words)) as [Bag, Bag];
  const [first, second] = bags;
  if (first.total === 0 || second.total === 0) return Number.POSITIVE_INFINITY;
  // In whole numbers, so that the flow is exact: each bag weighs total x total.
  const supply = scaled(first, second.total);
  const demand = scaled(second, first.total);
  // Distances satisfy the triangle inequality, so what both documents hold need not travel.
  for (const [row, mass] of supply) {
    const common = Math.min(mass, demand.get(row) ?? 0);
    if (common === 0) continue;
    take(supply, row, common);
    take(demand, row, common);
  }
  const vectorOf = (row: number): Float32Array =>
    options.normalize === false ? rows.row(row) : normalize(rows.row(row));
  const from = [...supply.keys()].map(vectorOf);
  const to = [...demand.keys()].map(vectorOf);
  const costs = new Float64Array(from.length * to.length);
  from.forEach((a, i) => {
    to.forEach((b, j) => {
      costs[i * to.length + j] = euclidean(a, b);
    });
  });
  return minimumCostTransport([...supply.values()], [...demand.values()], costs) / (first.total * second.total);
}

interface Bag {
  readonly counts: ReadonlyMap<number, number>;
  readonly total: number;
}

function bagOfWords(rows: Rows, words: readonly string[]): Bag {
  if (!Array.isArray(words)) {
    throw new WordmillError('ERR_WORDMILL_OPTION', 'a document must be a list of words: split the text first', {
      option: 'document',
    });
  }
  const counts = new Map<number, number>();
  let total = 0;
  for (const word of words) {
    const row = rows.find(word);
    if (row < 0) continue;
    counts.set(row, (counts.get(row) ?? 0) + 1);
    total++;
  }
  return { counts, total };
}

function scaled({ counts }: Bag, factor: number): Map<number, number> {
  return new Map([...counts].map(([row, count]) => [row, count * factor]));
}

function take(masses: Map<number, number>, row: number, mass: number): void {
  const left = masses.get(row)! - mass;
  if (left === 0) masses.delete(row);
  else masses.set(row, left);
}

import { Cancellation } from '../cancellation.js';
import { refuseDevice } from '../device.js';
import { WordmillError } from '../errors.js';
import { meanVector } from './mean-vector.js';
import type { KeyOrVector, Rows } from './rows.js';
import { checkNeighbourOptions, type Neighbour, type NeighbourOptions, type Query, weighted } from './search.js';
import { dot, normalize } from './vector-math.js';

/** What cancels the work, and how many engine threads do it. */
export interface WorkOptions {
  readonly signal?: AbortSignal | undefined;
  /** 0, the default: as many as the process may run on */
  readonly threads?: number | undefined;
}

/** Cosine similarity of each vector with every row: `vectors.length` times `rows.size` numbers. */
export async function similarities(
  rows: Rows,
  vectors: readonly Float32Array[],
  { signal, threads = 0 }: WorkOptions,
): Promise<Float32Array> {
  const queries = new Float32Array(vectors.length * rows.dimension);
  vectors.forEach((vector, i) => {
    queries.set(vector, i * rows.dimension);
  });
  const cancellation = new Cancellation(signal);
  try {
    return await cancellation.run((native) => rows.table.scores(queries, 'cosine', threads, native));
  } finally {
    cancellation.close();
  }
}

/** Euclidean length of every row. */
export async function norms(rows: Rows, { signal, threads = 0 }: WorkOptions): Promise<Float32Array> {
  const cancellation = new Cancellation(signal);
  try {
    return await cancellation.run((native) => rows.table.norms(threads, native));
  } finally {
    cancellation.close();
  }
}

/** Keys that are more similar to `from` than `to` is, in the order of their rows. */
export async function closerThan(rows: Rows, from: string, to: string, options: WorkOptions): Promise<string[]> {
  const start = rows.rowOf(from);
  const end = rows.rowOf(to);
  const scores = await similarities(rows, [rows.row(start)], options);
  const closer: string[] = [];
  scores.forEach((score, row) => {
    if (score > scores[end]! && row !== start && row !== end) closer.push(rows.keys.at(row));
  });
  return closer;
}

/** The word whose normalised vector is farthest from the mean of all; unknown words are left out. */
export function doesntMatch(rows: Rows, words: readonly string[]): string {
  const known = words.filter((word) => rows.find(word) >= 0);
  if (known.length === 0) {
    if (words.length > 0) throw rows.unknown(words[0]!, ', and neither is any other of the words');
    throw new WordmillError('ERR_WORDMILL_OPTION', 'there is no odd one among no words', { option: 'words' });
  }
  const mean = meanVector(rows, known);
  const scores = known.map((word) => dot(normalize(rows.vector(word)), mean));
  return known[scores.indexOf(Math.min(...scores))]!;
}

/**
 * Levy and Goldberg (2014) add 0.001 to the divisor; gensim's most_similar_cosmul adds this, and the results shall be its.
 */
const EPSILON = 1e-6;

/**
 * The rows with the largest product of (1 + cosine) / 2 over the positive, divided by that over the negative ones: the
 * multiplicative combination, 3CosMul, of Levy and Goldberg, "Linguistic Regularities in Sparse and Explicit Word
 * Representations" (2014). Weights have no meaning in it, except that their sign is the side's.
 */
export async function mostSimilarCosMul(rows: Rows, query: Query, options: NeighbourOptions): Promise<Neighbour[]> {
  const { topN, exclude = [], restrictVocab, filter, threads, device, signal } = checkNeighbourOptions(options);
  refuseDevice(device, '3CosMul is computed');
  const positive = weighted(query.positive, 1).map(([item]) => item);
  const negative = weighted(query.negative, -1).map(([item]) => item);
  if (positive.length === 0) {
    throw new WordmillError('ERR_WORDMILL_OPTION', '3CosMul needs at least one positive key or vector', {
      option: 'positive',
    });
  }
  const items: KeyOrVector[] = [...positive, ...negative];
  const vectors = items.map((item) => rows.vector(item));
  const cosines = await similarities(rows, vectors, { signal, threads });
  const banned = new Set(
    [...items.filter((item) => typeof item === 'string'), ...exclude].map((key) => rows.find(key)),
  );
  const last = Math.min(rows.size, restrictVocab ?? rows.size);
  const scores = new Float32Array(last);
  for (let row = 0; row < last; row++) {
    let product = 1;
    let divisor = 1;
    for (let i = 0; i < items.length; i++) {
      const shifted = (1 + cosines[i * rows.size + row]!) / 2;
      if (i < positive.length) product *= shifted;
      else divisor *= shifted;
    }
    scores[row] = product / (divisor + EPSILON);
  }
  return best(rows, scores, topN, (row) => !banned.has(row) && (filter?.(rows.keys.at(row), row) ?? true));
}

/** The rows with the highest scores among those that pass, ties by row. */
function best(rows: Rows, scores: Float32Array, topN: number, passes: (row: number) => boolean): Neighbour[] {
  const found: { row: number; score: number }[] = [];
  for (let row = 0; row < scores.length; row++) {
    const score = scores[row]!;
    if (found.length === topN && score <= found[topN - 1]!.score) continue;
    if (!passes(row)) continue;
    const after = found.findIndex((other) => other.score < score);
    found.splice(after < 0 ? found.length : after, 0, { row, score });
    if (found.length > topN) found.pop();
  }
  return found.map(({ row, score }) => ({ key: rows.keys.at(row), score, index: row }));
}

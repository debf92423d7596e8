import * as v from 'valibot';
import { Cancellation } from '../cancellation.js';
import { WordmillError } from '../errors.js';
import { checkOptions, flag, integer, signal, threads } from '../options.js';
import type { Rows } from './rows.js';
import { add, dot, normalize } from './vector-math.js';

/** One end of an axis: a word, or several whose mean it is. */
export type Pole = string | readonly string[];

/** How words are put on an axis. */
export interface AxisOptions {
  /** Compare directions only, every vector being made as long as the others, as cosines do. Default true. */
  readonly normalize?: boolean | undefined;
  /** Without a list of words: only the first so many rows, which are the most frequent words in most files. Default: all. */
  readonly restrictVocab?: number | undefined;
  /** Engine threads; 0, the default: as many as the process may run on. */
  readonly threads?: number | undefined;
  /** Stops the work; the promise then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A word on an axis. */
export interface AxisPosition {
  readonly key: string;
  /** 0 at the pole that the axis starts from, 1 at the one that it leads to; words may lie before and beyond them */
  readonly position: number;
  /** row of the key; -1 for a word whose vector is inferred */
  readonly index: number;
}

const schema = v.strictObject({
  normalize: v.optional(flag, true),
  restrictVocab: v.optional(integer(1)),
  threads,
  signal,
});

/** Shorter than that, relative to the poles, a direction is rounding error. */
const LEAST_LENGTH = 1e-6;

/**
 * Projects words on the direction d = b - a from pole a to pole b: the position of w is (w - a) . d / d . d. In ascending order,
 * ties as the words stand.
 */
export async function axisPositions(
  rows: Rows,
  poles: readonly [from: Pole, to: Pole],
  words: readonly string[] | undefined,
  options: AxisOptions | undefined,
): Promise<AxisPosition[]> {
  const { normalize: isNormalized, restrictVocab, threads, signal } = checkOptions(schema, options);
  if (words !== undefined) refuseWithWords(words, restrictVocab);
  const vectorOf = (word: string): Float32Array => {
    const vector = rows.vector(word);
    return isNormalized ? normalize(vector) : vector;
  };
  const [a, b] = poles.map((pole, i) => meanOf(pole, vectorOf, rows.dimension, i === 0 ? 'from' : 'to')) as [
    Float32Array,
    Float32Array,
  ];
  const direction = Float32Array.from(b, (value, i) => value - a[i]!);
  const squared = dot(direction, direction);
  if (Math.sqrt(squared) <= LEAST_LENGTH * Math.sqrt(Math.max(dot(a, a), dot(b, b)))) throw equalPoles(poles);
  const start = dot(a, direction);
  const position = (product: number): number => (product - start) / squared;

  if (words !== undefined) {
    signal?.throwIfAborted();
    const found = words.map((key) => ({
      key,
      position: position(dot(vectorOf(key), direction)),
      index: rows.find(key),
    }));
    return inOrder(found);
  }
  const cancellation = new Cancellation(signal);
  try {
    const metric = isNormalized ? 'cosine' : 'dot';
    const products = await cancellation.run((raised) => rows.table.scores(direction, metric, threads, raised));
    const length = isNormalized ? Math.sqrt(squared) : 1;
    const count = Math.min(rows.size, restrictVocab ?? rows.size);
    const keys = rows.keys.slice(0, count);
    return inOrder(keys.map((key, index) => ({ key, position: position(products[index]! * length), index })));
  } finally {
    cancellation.close();
  }
}

/** A sort is stable: ties stay in their order. */
const inOrder = (found: AxisPosition[]): AxisPosition[] => found.sort((x, y) => x.position - y.position);

function meanOf(pole: Pole, vectorOf: (word: string) => Float32Array, dimension: number, option: string): Float32Array {
  const words = typeof pole === 'string' ? [pole] : pole;
  if (!Array.isArray(words) || words.length === 0 || words.some((word) => typeof word !== 'string')) {
    throw wrong('a pole is a word, or a list of at least one word', option);
  }
  const mean = new Float32Array(dimension);
  for (const word of words) add(mean, vectorOf(word), 1 / words.length);
  return mean;
}

function refuseWithWords(words: readonly string[], restrictVocab: number | undefined): void {
  if (!Array.isArray(words)) throw wrong('the words must be a list of words', 'words');
  if (restrictVocab === undefined) return;
  throw wrong('option restrictVocab is for the whole vocabulary: leave it or the list of words out', 'restrictVocab');
}

function equalPoles(poles: readonly [Pole, Pole]): WordmillError {
  const [from, to] = poles.map((pole) => JSON.stringify(pole));
  return wrong(`${from} and ${to} have the same vector, so there is no direction from one to the other`, 'to');
}

function wrong(message: string, option: string): WordmillError {
  return new WordmillError('ERR_WORDMILL_OPTION', message, { option });
}

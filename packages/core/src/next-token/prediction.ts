import type { Keys } from '@wordmill/native';
import { WordmillError } from '../errors.js';

/** A token that may come next. */
export interface PredictedToken {
  readonly key: string;
  /** between 0 and 1; those of all tokens add up to 1 */
  readonly probability: number;
  readonly index: number;
}

const MISSING = 0xffffffff;

/** Tokens as words, or as rows, for instance the ids of a tokenizer. */
export type TokenContext = ArrayLike<string | number>;

/** Rows of tokens given by word or by row; words without one are left out. */
export function rowsOfContext(context: TokenContext, keys: Keys): Uint32Array {
  const isList = typeof context === 'object' && context !== null && Number.isInteger(context.length);
  if (!isList) throw wrongContext('must be a list of tokens, as words or as rows');
  const tokens = Array.from(context);
  const words = tokens.filter((token): token is string => typeof token === 'string');
  const rowsOfWords = keys.findMany(words);
  let nextWord = 0;
  const rows = tokens.map((token) => {
    if (typeof token === 'string') return rowsOfWords[nextWord++]!;
    if (Number.isInteger(token) && token >= 0 && token < keys.size) return token;
    throw wrongContext(`has ${String(token)}, which is no row; rows are 0 to ${keys.size - 1}`);
  });
  return Uint32Array.from(rows.filter((row) => row !== MISSING));
}

const wrongContext = (what: string): WordmillError =>
  new WordmillError('ERR_WORDMILL_OPTION', `option context: ${what}`, { option: 'context' });

/** Rows of the highest values, best first, ties by row. */
export function mostProbable(values: Float32Array, topN: number): number[] {
  const best: number[] = [];
  const isBetter = (a: number, b: number): boolean => values[a]! > values[b]!;
  for (let row = 0; row < values.length; row++) {
    if (best.length === topN && !isBetter(row, best[topN - 1]!)) continue;
    if (best.length === topN) best.pop();
    let at = best.length;
    while (at > 0 && isBetter(row, best[at - 1]!)) at--;
    best.splice(at, 0, row);
  }
  return best;
}

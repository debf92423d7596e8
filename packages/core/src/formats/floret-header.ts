import { WordmillError } from '../errors.js';
import { checkShape, formatError, MAX_NGRAM_LENGTH } from './limits.js';

/** Of fastText's header: where floret puts its two numbers, and where the sizes are. */
const NUMBERS = 52;
const SIZES = 64;

/** That floret's header is longer. */
export const FLORET_BYTES = 8;

/** floret's `-mode`: 1 stands for fastText's n-grams, 2 for its own. */
const FASTTEXT_MODE = 1;
const FLORET_MODE = 2;
const MOST_HASHES = 4;

/**
 * floret writes fastText's header with two numbers more in it, its mode and hashes, under the same magic number and version: only
 * what stands where tells them apart. Gives the header without them, and the hashes of an n-gram (0: fastText's); undefined
 * where the file begins with fastText's header, or with neither.
 */
export function withoutFloretNumbers(
  head: Buffer,
  headerBytes: number,
): { readonly head: Buffer; readonly hashes: number } | undefined {
  if (head.length < headerBytes + FLORET_BYTES || hasSizes(head, SIZES)) return undefined;
  const [mode, hashes] = [head.readInt32LE(NUMBERS), head.readInt32LE(NUMBERS + 4)];
  if (mode !== FASTTEXT_MODE && mode !== FLORET_MODE) return undefined;
  if (hashes < 1 || hashes > MOST_HASHES || !hasSizes(head, SIZES + FLORET_BYTES)) return undefined;
  const rest = head.subarray(NUMBERS + FLORET_BYTES, headerBytes + FLORET_BYTES);
  return { head: Buffer.concat([head.subarray(0, NUMBERS), rest]), hashes: mode === FLORET_MODE ? hashes : 0 };
}

/** Whether the sizes of a model stand there: as many entries as words and labels, tokens, and pruned n-grams. */
function hasSizes(head: Buffer, offset: number): boolean {
  const [entries, words, labels] = [offset, offset + 4, offset + 8].map((at) => head.readInt32LE(at));
  const [tokens, pruned] = [head.readBigInt64LE(offset + 12), head.readBigInt64LE(offset + 20)];
  return words! >= 0 && labels! >= 0 && entries === words! + labels! && tokens >= 0n && pruned >= -1n;
}

/** Buckets, dimension, least and greatest n-gram length, hashes, their seed, and the marks at both ends of a word. */
const TEXT_HEADER = /^(\d{1,10}) (\d{1,10}) (\d{1,10}) (\d{1,10}) ([1-4]) (\d{1,10}) (\S+) (\S+)\r?\n/;
const MAX_TEXT_BYTES = 200;

/** floret has no others. */
const SEED = 2166136261;
const MARKS = '< >';

/** What the first line of a floret table says. */
export interface FloretHeader {
  readonly buckets: number;
  readonly columns: number;
  readonly minLength: number;
  readonly maxLength: number;
  readonly hashes: number;
  /** offset of the first row */
  readonly end: number;
}

const matchHeader = (head: Buffer): RegExpExecArray | null =>
  TEXT_HEADER.exec(head.toString('latin1', 0, MAX_TEXT_BYTES));

/** Whether a file begins as floret's tables do. */
export const isFloretTable = (head: Buffer): boolean => matchHeader(head) !== null;

/** The first line of a table of buckets. */
export function readFloretHeader(head: Buffer): FloretHeader {
  const found = matchHeader(head);
  if (found === null) {
    throw formatError('its first line is not "buckets dimension minn maxn hashes seed < >", the header of floret', 0);
  }
  const [buckets, columns, least, maxLength, hashes, seed] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  checkShape(buckets, columns, 0);
  if (least > maxLength || maxLength > MAX_NGRAM_LENGTH) {
    throw formatError(`its header claims n-grams of ${least} to ${maxLength} characters`, 0);
  }
  const marks = `${found[7]} ${found[8]}`;
  if (seed !== SEED || marks !== MARKS) {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      `it hashes with the seed ${seed} and marks words by ${marks}; only floret's own are read: ${SEED} and ${MARKS}`,
      { offset: 0 },
    );
  }
  return { buckets, columns, minLength: Math.max(1, least), maxLength, hashes, end: found[0].length };
}

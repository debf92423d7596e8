import type { QuantizedParts } from '@wordmill/native';
import { WordmillError } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import { ENTRY_TAIL, type FastTextDictionary, readEntries } from './fasttext-dictionary.js';
import { Cursor } from './file-cursor.js';
import { FLORET_BYTES, withoutFloretNumbers } from './floret-header.js';
import { formatError, limitError, MAX_COLUMNS, MAX_NGRAM_LENGTH, MAX_ROWS } from './limits.js';

export const FASTTEXT_MAGIC = 0x2f4f16ba;
/** The version that fastText writes since 2017; 11 differs only in that supervised models have no n-grams. */
export const FASTTEXT_VERSION = 12;

const HEADER_BYTES = 92;
/** Of the header, its last part. */
const SIZES_BYTES = 28;
const FLOAT = 4;
/** Of a piece of a quantised row, which is coded as a byte. */
const CENTROIDS = 256;
const NONE = 0xffffffff;

export type FastTextArchitecture = 'cbow' | 'skip-gram' | 'supervised';
export type FastTextLoss = 'hierarchical-softmax' | 'negative-sampling' | 'softmax' | 'one-vs-all';

const ARCHITECTURES: readonly (FastTextArchitecture | undefined)[] = [undefined, 'cbow', 'skip-gram', 'supervised'];
const LOSSES: readonly (FastTextLoss | undefined)[] = [
  undefined,
  'hierarchical-softmax',
  'negative-sampling',
  'softmax',
  'one-vs-all',
];

/** The options that a fastText file keeps. */
export interface FastTextArguments {
  readonly dimension: number;
  readonly windowSize: number;
  readonly epochs: number;
  readonly minCount: number;
  readonly negativeSamples: number;
  readonly wordNgrams: number;
  readonly loss: FastTextLoss;
  readonly architecture: FastTextArchitecture;
  readonly buckets: number;
  readonly minNgramLength: number;
  readonly maxNgramLength: number;
  /** floret's hashes for an n-gram, 1 to 4; 0: fastText's hash */
  readonly hashes: number;
  readonly learningRateUpdateRate: number;
  readonly sample: number;
}

/** A matrix in the file. */
export interface FastTextMatrix {
  readonly rows: number;
  readonly columns: number;
  /** of the first number or code, in bytes */
  readonly offset: number;
  /** undefined: 32-bit floats */
  readonly quantized: QuantizedParts | undefined;
}

/** Where everything lies in a `.bin` or `.ftz` file. */
export interface FastTextLayout {
  readonly version: number;
  readonly arguments: FastTextArguments;
  readonly dictionary: FastTextDictionary;
  /** of a pruned model the buckets that have rows, in the order of the rows; undefined: all buckets have */
  readonly prunedBuckets: Uint32Array | undefined;
  readonly input: FastTextMatrix;
  readonly output: FastTextMatrix;
}

/** Reads all of a `.bin` or `.ftz` file but 32-bit floats, and checks that these end where the file does. */
export async function readFastTextLayout(source: ByteSource): Promise<FastTextLayout> {
  if (source.compression !== undefined) {
    throw new WordmillError('ERR_WORDMILL_UNSUPPORTED', 'a fastText model must not be packed: unpack it first');
  }
  const cursor = new Cursor(source);
  const { head, hashes } = await takeHeader(cursor, source);
  const { version, args } = readArguments(head, hashes);
  const sizesAt = cursor.position - SIZES_BYTES;
  const [entries, words, labels] = [head.readInt32LE(64), head.readInt32LE(68), head.readInt32LE(72)];
  if (words < 0 || labels < 0 || entries !== words + labels) {
    throw formatError(`it claims ${entries} entries, ${words} words and ${labels} labels`, sizesAt);
  }
  // An entry has at least its tail, so that what is allocated below is no larger than the file.
  if (entries * ENTRY_TAIL > source.fileBytes) {
    throw limitError(`it claims ${entries} words and labels, more than ${source.fileBytes} bytes can hold`, sizesAt);
  }
  if (args.architecture !== 'supervised' && labels > 0)
    throw formatError(`it has ${labels} labels but is no classifier`, sizesAt + 8);
  const tokens = head.readBigInt64LE(76);
  if (tokens < 0n) throw formatError(`it claims to have seen ${tokens} tokens`, sizesAt + 12);
  const pruned = head.readBigInt64LE(84);
  if (pruned < -1n) throw formatError(`it claims ${pruned} pruned n-grams`, sizesAt + 20);
  const dictionary = { ...(await readEntries(cursor, source.fileBytes, words, labels)), words, labels, tokens };
  const prunedBuckets = pruned < 0n ? undefined : await readPruned(cursor, pruned, args.buckets);
  const isQuantized = await readFlag(cursor, 'quantised input');
  if (!isQuantized && prunedBuckets !== undefined) {
    throw formatError('it is pruned and not quantised, which fastText never writes', cursor.position - 1);
  }
  const inputRows = words + (prunedBuckets?.length ?? args.buckets);
  const input = await readMatrix(cursor, 'input', inputRows, args.dimension, isQuantized);
  const at = cursor.position;
  const isOutputQuantized = await readFlag(cursor, 'quantised output');
  if (isOutputQuantized && !isQuantized) throw formatError('only the output is quantised', at);
  const outputRows = args.architecture === 'supervised' ? labels : words;
  const output = await readMatrix(cursor, 'output', outputRows, args.dimension, isOutputQuantized);
  if (cursor.position !== source.fileBytes) {
    throw formatError(`${source.fileBytes - cursor.position} bytes follow after the model`, cursor.position);
  }
  return { version, arguments: args, dictionary, prunedBuckets, input, output };
}

/** The header as fastText has it, also of a file that floret wrote. */
async function takeHeader(cursor: Cursor, { head }: ByteSource): Promise<{ head: Buffer; hashes: number }> {
  const floret = withoutFloretNumbers(head, HEADER_BYTES);
  if (floret === undefined) return { head: await cursor.take(HEADER_BYTES, 'the header'), hashes: 0 };
  cursor.skip(HEADER_BYTES + FLORET_BYTES, 'the header');
  return floret;
}

function readArguments(head: Buffer, hashes: number): { version: number; args: FastTextArguments } {
  if (head.readUInt32LE(0) !== FASTTEXT_MAGIC) throw formatError('it is not a fastText model', 0);
  const version = head.readInt32LE(4);
  if (version !== FASTTEXT_VERSION && version !== 11) {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      `it is a fastText model of version ${version}; 11 and 12 are read`,
      {
        offset: 4,
      },
    );
  }
  const field = (place: number, name: string, least: number, most: number): number => {
    const offset = 8 + 4 * place;
    const value = head.readInt32LE(offset);
    if (value < least || value > most) throw formatError(`its ${name} is ${value}, not ${least} to ${most}`, offset);
    return value;
  };
  const int32 = 2 ** 31 - 1;
  const architecture = ARCHITECTURES[field(7, 'kind of model', 1, 3)]!;
  // Version 11 knew no n-grams of characters in classifiers, and had something else in their place.
  const withoutNgrams = version === 11 && architecture === 'supervised';
  const maxNgramLength = withoutNgrams ? 0 : field(10, 'greatest n-gram length', 0, MAX_NGRAM_LENGTH);
  const sample = head.readDoubleLE(56);
  if (!(sample >= 0 && Number.isFinite(sample))) throw formatError(`its sampling threshold is ${sample}`, 56);
  const args: FastTextArguments = {
    dimension: field(0, 'dimension', 1, MAX_COLUMNS),
    windowSize: field(1, 'window size', 0, int32),
    epochs: field(2, 'number of epochs', 0, int32),
    minCount: field(3, 'least count', 0, int32),
    negativeSamples: field(4, 'number of negative samples', 0, int32),
    wordNgrams: field(5, 'word n-gram length', 0, int32),
    loss: LOSSES[field(6, 'loss', 1, 4)]!,
    architecture,
    buckets: field(8, 'number of buckets', 0, int32),
    minNgramLength: withoutNgrams ? 0 : field(9, 'least n-gram length', 0, int32),
    maxNgramLength,
    hashes,
    learningRateUpdateRate: field(11, 'update rate', 0, int32),
    sample,
  };
  if ((args.maxNgramLength > 0 || hashes > 0) && args.buckets === 0)
    throw formatError('it has n-grams and no buckets for them', 40);
  return { version, args };
}

async function readFlag(cursor: Cursor, name: string): Promise<boolean> {
  const [flag] = await cursor.take(1, `the mark of a ${name}`);
  if (flag !== 0 && flag !== 1) throw formatError(`the mark of a ${name} is ${flag}, not 0 or 1`, cursor.position - 1);
  return flag === 1;
}

/** Pairs of a bucket and its place among the rows. */
async function readPruned(cursor: Cursor, count: bigint, buckets: number): Promise<Uint32Array> {
  const at = cursor.position;
  if (count > BigInt(buckets)) throw formatError(`it keeps ${count} n-grams of ${buckets} buckets`, 84);
  const pairs = await cursor.take(Number(count) * 8, 'the list of its n-grams');
  const rows = new Uint32Array(Number(count)).fill(NONE);
  const seen = new Set<number>();
  for (let i = 0; i < rows.length; i++) {
    const [bucket, row] = [pairs.readInt32LE(8 * i), pairs.readInt32LE(8 * i + 4)];
    if (bucket < 0 || bucket >= buckets || row < 0 || row >= rows.length || rows[row] !== NONE || seen.has(bucket)) {
      throw formatError(`n-gram ${bucket} cannot have row ${row} of ${rows.length}`, at + 8 * i);
    }
    rows[row] = bucket;
    seen.add(bucket);
  }
  return rows;
}

async function readMatrix(
  cursor: Cursor,
  name: string,
  rows: number,
  columns: number,
  isQuantized: boolean,
): Promise<FastTextMatrix> {
  const hasNorms = isQuantized && (await readFlag(cursor, `${name} with norms`));
  const at = cursor.position;
  const head = await cursor.take(16, `the size of the ${name} matrix`);
  const [claimed, width] = [head.readBigInt64LE(0), head.readBigInt64LE(8)];
  if (claimed !== BigInt(rows) || width !== BigInt(columns)) {
    throw formatError(`the ${name} matrix claims ${claimed} x ${width} numbers and must have ${rows} x ${columns}`, at);
  }
  if (rows > MAX_ROWS) throw limitError(`the ${name} matrix has ${rows} rows; at most ${MAX_ROWS} are read`, at);
  if (isQuantized) return readQuantized(cursor, name, rows, columns, hasNorms);
  const offset = cursor.position;
  cursor.skip(rows * columns * FLOAT, `the ${name} matrix`);
  return { rows, columns, offset, quantized: undefined };
}

async function readQuantized(
  cursor: Cursor,
  name: string,
  rows: number,
  columns: number,
  hasNorms: boolean,
): Promise<FastTextMatrix> {
  const at = cursor.position;
  if (rows === 0) throw formatError(`the quantised ${name} matrix has no rows`, at);
  const size = (await cursor.take(4, `the ${name} codes`)).readInt32LE(0);
  if (size < rows || size % rows !== 0 || size / rows > columns) {
    throw formatError(`the ${name} matrix of ${rows} x ${columns} claims ${size} bytes of codes`, at);
  }
  const offset = cursor.position;
  const codes = await cursor.take(size, `the ${name} codes`);
  const { pieceLength, centroids } = await readCodebook(cursor, name, columns, size / rows);
  if (!hasNorms) return { rows, columns, offset, quantized: { rows, columns, pieceLength, codes, centroids } };
  const normCodes = await cursor.take(rows, `the ${name} norms`);
  const norms = await readCodebook(cursor, `${name} norms`, 1, 1);
  const parts = { rows, columns, pieceLength, codes, centroids, normCodes, normCentroids: norms.centroids };
  return { rows, columns, offset, quantized: parts };
}

async function readCodebook(cursor: Cursor, name: string, columns: number, pieces: number) {
  const at = cursor.position;
  const head = await cursor.take(16, `the centroids of the ${name}`);
  const [dimension, count, pieceLength, last] = [0, 4, 8, 12].map((place) => head.readInt32LE(place)) as [
    number,
    number,
    number,
    number,
  ];
  const isWhole = pieceLength >= 1 && last === columns - (count - 1) * pieceLength && last >= 1 && last <= pieceLength;
  if (dimension !== columns || count !== pieces || !isWhole) {
    throw formatError(
      `the ${name} claim ${count} pieces of ${pieceLength} numbers and ${last} in the last one, for ${columns} in all`,
      at,
    );
  }
  const offset = cursor.position;
  const bytes = await cursor.take(columns * CENTROIDS * FLOAT, `the centroids of the ${name}`);
  // Copied, since the bytes may begin anywhere.
  const centroids = new Float32Array(Uint8Array.from(bytes).buffer);
  if (!centroids.every(Number.isFinite)) throw formatError(`a centroid of the ${name} is not finite`, offset);
  return { pieceLength, centroids };
}

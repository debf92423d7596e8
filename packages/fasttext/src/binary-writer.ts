import type { Progress } from '@wordmill/core';
import {
  Cancellation,
  FASTTEXT_MAGIC,
  FASTTEXT_VERSION,
  type FastTextArguments,
  type FileWriter,
  filePath,
  type LongWork,
  writeFiles,
} from '@wordmill/core/internal';
import type { Keys, QuantizedParts, Table } from '@wordmill/native';

/** Rows that are written at once. */
const CHUNK_ROWS = 4096;
const CHUNK_BYTES = 1 << 20;
const ARCHITECTURES = { cbow: 1, 'skip-gram': 2, supervised: 3 } as const;
const LOSSES = { 'hierarchical-softmax': 1, 'negative-sampling': 2, softmax: 3, 'one-vs-all': 4 } as const;
/** What fastText's option of that name is by default; training here has no use for it. */
export const LEARNING_RATE_UPDATE_RATE = 100;
/** In place of a row: zeros. */
export const NO_ROW = 0xffffffff;

/** Words or labels in the order in which they are written. */
export interface BinaryEntries {
  readonly keys: Keys;
  readonly counts: BigUint64Array;
  readonly order: Uint32Array;
}

/** A matrix in codes, written as it is. */
export interface CodedMatrix {
  readonly quantized: QuantizedParts;
}

/** A matrix as the rows of a table in the order in which they are written. */
export interface BinaryMatrix {
  readonly table: Table;
  readonly rows: Uint32Array;
  /** on every number; 1 when undefined */
  readonly factor?: number;
}

/** All that a `.bin` file has in it. */
export interface BinaryModel {
  readonly arguments: Omit<FastTextArguments, 'hashes'>;
  readonly tokens: number;
  readonly words: BinaryEntries;
  readonly labels: BinaryEntries | undefined;
  /** of a pruned model the buckets that have rows, in the order of the rows */
  readonly prunedBuckets?: Uint32Array | undefined;
  readonly input: BinaryMatrix | CodedMatrix;
  readonly output: BinaryMatrix | CodedMatrix;
}

/** Writes fastText's `.bin`; a file of that name is replaced when all is written. */
export async function writeBinary(path: string | URL, model: BinaryModel, work: LongWork): Promise<void> {
  const cancellation = new Cancellation(work.signal);
  const observe = cancellation.observer(work.onProgress);
  try {
    cancellation.throwIfAborted();
    const file = filePath(path);
    await writeFiles([{ path: file, write: (writer) => writeAll(writer, model, cancellation.signal, observe) }]);
  } catch (error) {
    throw cancellation.cause(error);
  } finally {
    cancellation.close();
  }
}

async function writeAll(
  file: FileWriter,
  model: BinaryModel,
  signal: AbortSignal,
  observe: ((progress: Progress) => void) | undefined,
): Promise<void> {
  const { words, labels, input, output } = model;
  await file.write(header(model));
  await writeEntries(file, words, 0);
  if (labels !== undefined) await writeEntries(file, labels, 1);
  if (model.prunedBuckets !== undefined) await file.write(prunedPairs(model.prunedBuckets));
  const columns = model.arguments.dimension;
  const total = sizeOf(input, columns) + sizeOf(output, columns);
  const report = (): void => observe?.({ phase: 'saving', done: Math.min(file.position, total), total });
  for (const matrix of [input, output]) {
    if ('quantized' in matrix) {
      await writeQuantized(file, matrix.quantized, signal);
    } else {
      await file.write(Buffer.concat([Buffer.of(0), matrixHead(matrix.rows.length, columns)]));
      await writeRows(file, matrix, columns, signal, report);
    }
    report();
  }
}

const sizeOf = (matrix: BinaryMatrix | CodedMatrix, columns: number): number =>
  'quantized' in matrix ? matrix.quantized.codes.length : matrix.rows.length * columns * 4;

function prunedPairs(buckets: Uint32Array): Buffer {
  const pairs = Buffer.alloc(buckets.length * 8);
  buckets.forEach((bucket, row) => {
    pairs.writeInt32LE(bucket, 8 * row);
    pairs.writeInt32LE(row, 8 * row + 4);
  });
  return pairs;
}

async function writeQuantized(file: FileWriter, parts: QuantizedParts, signal: AbortSignal): Promise<void> {
  const { rows, columns, pieceLength, codes, centroids, normCodes, normCentroids } = parts;
  const size = Buffer.alloc(4);
  size.writeInt32LE(codes.length);
  await file.write(Buffer.concat([Buffer.of(1, normCodes === undefined ? 0 : 1), matrixHead(rows, columns), size]));
  for (let at = 0; at < codes.length; at += CHUNK_BYTES) {
    signal.throwIfAborted();
    await file.write(codes.subarray(at, at + CHUNK_BYTES));
  }
  await file.write(codebook(columns, pieceLength, centroids));
  if (normCodes === undefined || normCentroids === undefined) return;
  await file.write(normCodes);
  await file.write(codebook(1, 1, normCentroids));
}

function codebook(columns: number, pieceLength: number, centroids: Float32Array): Buffer {
  const pieces = Math.ceil(columns / pieceLength);
  const head = Buffer.alloc(16);
  [columns, pieces, pieceLength, columns - (pieces - 1) * pieceLength].forEach((value, i) => {
    head.writeInt32LE(value, 4 * i);
  });
  return Buffer.concat([head, new Uint8Array(centroids.buffer, centroids.byteOffset, centroids.byteLength)]);
}

/** Rows by falling frequency, as fastText's Huffman tree expects them. */
export function byFallingCount(counts: BigUint64Array): Uint32Array {
  const numbers = Float64Array.from(counts, Number);
  return Uint32Array.from(counts.keys()).sort((a, b) => numbers[b]! - numbers[a]! || a - b);
}

/** The input matrix: words in order, then each of the buckets; those without a row were never trained. */
export function inputRows(order: Uint32Array, usedBuckets: Uint32Array, buckets: number): Uint32Array {
  const rows = new Uint32Array(order.length + buckets).fill(NO_ROW);
  rows.set(order);
  usedBuckets.forEach((bucket, i) => {
    rows[order.length + bucket] = order.length + i;
  });
  return rows;
}

/** The inner nodes of a Huffman tree as fastText has them: in a row for each leaf, and the other branch with the target 1. */
export function treeMatrix(table: Table, leaves: number): BinaryMatrix {
  const rows = Uint32Array.from({ length: leaves }, (_, node) => (node < leaves - 1 ? node : NO_ROW));
  return { table, rows, factor: -1 };
}

function header({ arguments: args, tokens, words, labels, prunedBuckets }: BinaryModel): Buffer {
  const head = Buffer.alloc(92);
  const numbers = [
    FASTTEXT_MAGIC,
    FASTTEXT_VERSION,
    args.dimension,
    args.windowSize,
    args.epochs,
    args.minCount,
    args.negativeSamples,
    args.wordNgrams,
    LOSSES[args.loss],
    ARCHITECTURES[args.architecture],
    args.buckets,
    args.minNgramLength,
    args.maxNgramLength,
    args.learningRateUpdateRate,
  ];
  numbers.forEach((value, i) => {
    head.writeInt32LE(Math.min(value, 2 ** 31 - 1), 4 * i);
  });
  const labelCount = labels?.order.length ?? 0;
  head.writeDoubleLE(args.sample, 56);
  head.writeInt32LE(words.order.length + labelCount, 64);
  head.writeInt32LE(words.order.length, 68);
  head.writeInt32LE(labelCount, 72);
  head.writeBigInt64LE(BigInt(tokens), 76);
  head.writeBigInt64LE(BigInt(prunedBuckets?.length ?? -1), 84);
  return head;
}

async function writeEntries(file: FileWriter, { keys, counts, order }: BinaryEntries, type: 0 | 1): Promise<void> {
  for (let first = 0; first < order.length; first += CHUNK_ROWS) {
    const pieces: Uint8Array[] = [];
    for (const row of order.subarray(first, first + CHUNK_ROWS)) {
      const tail = Buffer.alloc(10);
      tail.writeBigUInt64LE(counts[row]!, 1);
      tail[9] = type;
      pieces.push(keyOf(keys.at(row)), tail);
    }
    await file.write(Buffer.concat(pieces));
  }
}

/** The bytes of a key; U+DCNN stands for a byte 0xNN that is not valid UTF-8. */
function keyOf(key: string): Buffer {
  if (!/[\udc80-\udcff]/u.test(key)) return Buffer.from(key);
  const pieces = key.split(/([\udc80-\udcff])/u);
  return Buffer.concat(
    pieces.map((piece, i) => (i % 2 === 1 ? Buffer.of(piece.charCodeAt(0) & 0xff) : Buffer.from(piece))),
  );
}

function matrixHead(rows: number, columns: number): Buffer {
  const head = Buffer.alloc(16);
  head.writeBigInt64LE(BigInt(rows), 0);
  head.writeBigInt64LE(BigInt(columns), 8);
  return head;
}

/** Rows in the given order, zeros for {@link NO_ROW}. */
async function writeRows(
  file: FileWriter,
  { table, rows, factor = 1 }: BinaryMatrix,
  columns: number,
  signal: AbortSignal,
  report: () => void,
): Promise<void> {
  for (let first = 0; first < rows.length; first += CHUNK_ROWS) {
    signal.throwIfAborted();
    const some = rows.subarray(first, first + CHUNK_ROWS);
    const present = some.filter((row) => row !== NO_ROW);
    const known = new Float32Array(present.length * columns);
    table.gather(present, known);
    if (factor !== 1) for (let i = 0; i < known.length; i++) known[i] = factor * known[i]!;
    const values = present.length === some.length ? known : new Float32Array(some.length * columns);
    for (let i = 0, next = 0; values !== known && i < some.length; i++) {
      if (some[i] === NO_ROW) continue;
      values.set(known.subarray(next, next + columns), i * columns);
      next += columns;
    }
    await file.write(new Uint8Array(values.buffer));
    report();
  }
}

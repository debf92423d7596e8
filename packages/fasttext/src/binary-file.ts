import { type Progress, WordmillError } from '@wordmill/core';
import {
  ByteSource,
  Cancellation,
  eventLoopTurn,
  FASTTEXT_MAGIC,
  FASTTEXT_VERSION,
  type FastTextLayout,
  type FileWriter,
  fileError,
  filePath,
  type LongWork,
  mapFastTextInput,
  readFastTextLayout,
  writeFiles,
} from '@wordmill/core/internal';
import { native, type SubwordRules, type Table } from '@wordmill/native';
import type { StoredModel } from './model.js';
import type { Architecture, Objective } from './options.js';
import type { FastTextSettings } from './settings.js';

/** Rows that are written at once. */
const CHUNK_ROWS = 4096;
/** Numbers in the file for skip-gram and CBOW, and for objectives. */
const ARCHITECTURES = { cbow: 1, 'skip-gram': 2 } as const;
const LOSSES = { 'hierarchical-softmax': 1, 'negative-sampling': 2, softmax: 3 } as const;
/** What fastText's option of that name is by default; training here has no use for it. */
const LEARNING_RATE_UPDATE_RATE = 100;
/** Not in the file: the default of fastText's program. */
const LEARNING_RATE = 0.05;

/**
 * Writes fastText's `.bin`: words by falling frequency, the input matrix with a row for each of the buckets, and the output
 * matrix. Buckets that no n-gram of the vocabulary falls into were never trained: their rows are zeros, where fastText leaves
 * the random numbers that it began with.
 */
export async function writeBinaryModel(path: string | URL, model: StoredModel, work: LongWork): Promise<void> {
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
  model: StoredModel,
  signal: AbortSignal,
  observe: ((progress: Progress) => void) | undefined,
): Promise<void> {
  const { settings, keys, counts, weights, subwords } = model;
  const words = keys.size;
  const order = byFallingCount(counts);
  await file.write(header(settings, words, model.tokens));
  for (let first = 0; first < words; first += CHUNK_ROWS) {
    await file.write(entries(model, order.subarray(first, first + CHUNK_ROWS)));
  }
  const { vectorSize: columns, buckets } = settings;
  const total = (words * 2 + buckets) * columns * 4;
  const report = (): void => observe?.({ phase: 'saving', done: Math.min(file.position, total), total });

  await file.write(Buffer.concat([Buffer.of(0), matrixHead(words + buckets, columns)]));
  await writeRows(file, weights.input, order, columns, signal, report);
  const rows = new Uint32Array(buckets).fill(NO_ROW);
  subwords.buckets().forEach((bucket, i) => {
    rows[bucket] = words + i;
  });
  await writeRows(file, weights.input, rows, columns, signal, report);

  await file.write(Buffer.concat([Buffer.of(0), matrixHead(words, columns)]));
  if (weights.output !== undefined) return writeRows(file, weights.output, order, columns, signal, report);
  const nodes = Uint32Array.from({ length: words }, (_, node) => (node < words - 1 ? node : NO_ROW));
  // The reference gives the other branch of a node the target 1.
  return writeRows(file, weights.tree!, nodes, columns, signal, report, -1);
}

const NO_ROW = 0xffffffff;

/** Rows by falling frequency, as fastText's tree of words expects them; here a line end comes first. */
function byFallingCount(counts: BigUint64Array): Uint32Array {
  const numbers = Float64Array.from(counts, Number);
  return Uint32Array.from(counts.keys()).sort((a, b) => numbers[b]! - numbers[a]! || a - b);
}

function header(settings: FastTextSettings, words: number, tokens: number): Buffer {
  const head = Buffer.alloc(92);
  const numbers = [
    FASTTEXT_MAGIC,
    FASTTEXT_VERSION,
    settings.vectorSize,
    settings.windowSize,
    settings.epochs,
    settings.minCount,
    settings.negativeSamples,
    1,
    LOSSES[settings.objective],
    ARCHITECTURES[settings.architecture],
    settings.buckets,
    settings.minNgramLength,
    settings.maxNgramLength,
    LEARNING_RATE_UPDATE_RATE,
  ];
  numbers.forEach((value, i) => {
    head.writeInt32LE(Math.min(value, 2 ** 31 - 1), 4 * i);
  });
  head.writeDoubleLE(settings.sample, 56);
  head.writeInt32LE(words, 64);
  head.writeInt32LE(words, 68);
  head.writeInt32LE(0, 72);
  head.writeBigInt64LE(BigInt(tokens), 76);
  head.writeBigInt64LE(-1n, 84);
  return head;
}

function entries({ keys, counts }: StoredModel, rows: Uint32Array): Buffer {
  const pieces: Uint8Array[] = [];
  for (const row of rows) {
    const tail = Buffer.alloc(10);
    tail.writeBigUInt64LE(counts[row]!, 1);
    pieces.push(keyOf(keys.at(row)), tail);
  }
  return Buffer.concat(pieces);
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
  table: Table,
  rows: Uint32Array,
  columns: number,
  signal: AbortSignal,
  report: () => void,
  factor = 1,
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

/** Reads a skip-gram or CBOW model of fastText's program. Its matrices are mapped. */
export async function readBinaryModel(path: string | URL, work: LongWork): Promise<StoredModel> {
  const file = filePath(path);
  const cancellation = new Cancellation(work.signal);
  let source: ByteSource | undefined;
  try {
    cancellation.throwIfAborted();
    source = await ByteSource.open(file);
    return await mapModel(file, await readFastTextLayout(source), cancellation);
  } catch (error) {
    throw fileError(cancellation.cause(error), file);
  } finally {
    await source?.close();
    cancellation.close();
  }
}

async function mapModel(file: string, layout: FastTextLayout, cancellation: Cancellation): Promise<StoredModel> {
  refuseOtherModels(layout);
  const { counts, tokens } = layout.dictionary;
  const { input, index, keys, composed } = await mapFastTextInput(file, layout, cancellation);
  const settings = settingsOf(layout, index.describe());
  try {
    const { rows, columns, offset } = layout.output;
    const stored = native().mapTable(file, offset, 'f32', rows, columns, columns * 4);
    const isTree = settings.objective === 'hierarchical-softmax';
    const weights = isTree
      ? { input, output: undefined, tree: await treeOf(stored) }
      : { input, output: stored, tree: undefined };
    return { settings, keys, counts, tokens: Number(tokens), weights, subwords: index, composed, report: undefined };
  } catch (error) {
    for (const handle of [input, index, keys, composed]) handle.dispose();
    throw error;
  }
}

/** Inner nodes with the branches as they are here; see {@link writeAll}. */
async function treeOf(stored: Table): Promise<Table> {
  const { rows, columns } = stored.describe();
  let tree: Table | undefined;
  try {
    tree = native().createTable('f32', rows - 1, columns);
    for (let first = 0; first < rows - 1; first += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - 1 - first);
      const values = new Float32Array(count * columns);
      stored.read(first, count, 'f32', values);
      for (let i = 0; i < values.length; i++) values[i] = -values[i]!;
      tree.write(first, count, 'f32', values);
      await eventLoopTurn();
    }
    return tree;
  } catch (error) {
    tree?.dispose();
    throw error;
  } finally {
    stored.dispose();
  }
}

function refuseOtherModels({ arguments: { architecture, loss }, dictionary }: FastTextLayout): void {
  if (architecture === 'supervised') {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      'it is a classifier; the vectors of its words are loaded with KeyedVectors.load()',
    );
  }
  if (loss === 'one-vs-all' || dictionary.words < 2) {
    throw new WordmillError('ERR_WORDMILL_FORMAT', `it has ${dictionary.words} words and the loss ${loss}`, {
      offset: 32,
    });
  }
}

/** Only of a model that {@link refuseOtherModels} has let pass. */
function settingsOf(
  { arguments: args }: FastTextLayout,
  { minLength, maxLength, buckets }: SubwordRules,
): FastTextSettings {
  return {
    architecture: args.architecture as Architecture,
    vectorSize: args.dimension,
    windowSize: args.windowSize,
    objective: args.loss as Objective,
    negativeSamples: args.negativeSamples,
    negativeExponent: 0.5,
    minNgramLength: maxLength === 0 ? 0 : minLength,
    maxNgramLength: maxLength,
    buckets,
    sample: args.sample,
    learningRate: LEARNING_RATE,
    epochs: args.epochs,
    seed: 1,
    minCount: args.minCount,
  };
}

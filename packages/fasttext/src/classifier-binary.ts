import { WordmillError } from '@wordmill/core';
import {
  ByteSource,
  Cancellation,
  type FastTextLayout,
  fastTextTable,
  fileError,
  filePath,
  Handles,
  type LongWork,
  mapFastTextRows,
  readFastTextLayout,
} from '@wordmill/core/internal';
import { native, type QuantizedParts } from '@wordmill/native';
import { refuseFloret, treeOf } from './binary-file.js';
import {
  type BinaryMatrix,
  byFallingCount,
  inputRows,
  LEARNING_RATE_UPDATE_RATE,
  treeMatrix,
  writeBinary,
} from './binary-writer.js';
import { hasTree, type StoredClassifier } from './classifier-model.js';
import type { ClassifierSettings } from './classifier-settings.js';

/** Not in the file, and without a meaning for classifiers: the defaults of fastText's program. */
const WINDOW_SIZE = 5;
const SAMPLE = 1e-4;
const LEARNING_RATE = 0.1;

/** Writes fastText's `.bin` or `.ftz`. Rows of buckets that occur in no line are zeros, or absent where it is quantised. */
export function writeBinaryClassifier(path: string | URL, model: StoredClassifier, work: LongWork): Promise<void> {
  const { settings, words, wordCounts, labels, labelCounts, input, subwords, tokens, quantized } = model;
  const { objective, vectorSize, epochs, minCount, negativeSamples, wordNgrams, buckets } = settings;
  const { minNgramLength, maxNgramLength } = settings;
  const order = Uint32Array.from({ length: words.size }, (_, row) => row);
  const labelOrder = byFallingCount(labelCounts);
  const binary = {
    arguments: {
      ...({
        architecture: 'supervised',
        loss: objective,
        dimension: vectorSize,
        epochs,
        minCount,
        negativeSamples,
      } as const),
      ...{ wordNgrams, buckets, minNgramLength, maxNgramLength, windowSize: WINDOW_SIZE, sample: SAMPLE },
      learningRateUpdateRate: LEARNING_RATE_UPDATE_RATE,
    },
    tokens,
    words: { keys: words, counts: wordCounts, order },
    labels: { keys: labels, counts: labelCounts, order: labelOrder },
    prunedBuckets: model.isPruned ? subwords.buckets() : undefined,
    input:
      quantized === undefined
        ? { table: input, rows: inputRows(order, subwords.buckets(), buckets) }
        : { quantized: quantized.input },
    output: quantized?.output === undefined ? outputMatrix(model) : { quantized: quantized.output },
  };
  return writeBinary(path, binary, work);
}

/** The output matrix as it stands in files: labels by falling frequency, or the nodes of their tree. */
export function outputMatrix({ settings, labels, labelCounts, output }: StoredClassifier): BinaryMatrix {
  return hasTree(settings) ? treeMatrix(output, labels.size) : { table: output, rows: byFallingCount(labelCounts) };
}

/** Bytes of the header, and of an entry of the dictionary beside its text. */
const HEADER_BYTES = 92;
const ENTRY_BYTES = 10;
/** Of an n-gram that is kept: its bucket and its place. */
const PAIR_BYTES = 8;
/** Of a matrix: its marks and its size, and in codes also their number and the shape of the pieces. */
const MATRIX_BYTES = 17;
const CODED_BYTES = 38;
const CENTROIDS = 256;

/** Bytes of the file that {@link writeBinaryClassifier} writes. */
export function binaryBytes(model: StoredClassifier): number {
  const { settings, words, labels, subwords, quantized, isPruned } = model;
  const { vectorSize, buckets } = settings;
  const dense = (rows: number): number => MATRIX_BYTES + rows * vectorSize * 4;
  const coded = ({ codes, centroids, normCodes }: QuantizedParts): number =>
    CODED_BYTES +
    codes.length +
    centroids.length * 4 +
    (normCodes === undefined ? 0 : normCodes.length + 16 + CENTROIDS * 4);
  const entries = words.partSizes().bytes + labels.partSizes().bytes + (words.size + labels.size) * ENTRY_BYTES;
  const pairs = isPruned ? subwords.describe().rows * PAIR_BYTES : 0;
  const input = quantized === undefined ? dense(words.size + buckets) : coded(quantized.input);
  const output = quantized?.output === undefined ? dense(labels.size) : coded(quantized.output);
  return HEADER_BYTES + entries + pairs + input + output;
}

/** About how many words and n-grams a file of so many bytes holds in codes, with norms. */
export function rowsWithin(model: StoredClassifier, bytes: number, pieceLength: number): number {
  const { settings, words, labels } = model;
  const { vectorSize } = settings;
  const labelBytes = labels.partSizes().bytes + labels.size * (ENTRY_BYTES + vectorSize * 4);
  const centroids = (vectorSize + 1) * CENTROIDS * 4;
  const ofRow =
    Math.ceil(vectorSize / pieceLength) + 1 + Math.max(PAIR_BYTES, words.partSizes().bytes / words.size + ENTRY_BYTES);
  const left = bytes - HEADER_BYTES - 2 * CODED_BYTES - labelBytes - centroids;
  return Math.max(0, Math.floor(left / ofRow));
}

/** Reads a classifier of fastText's program. Its input matrix is mapped. */
export async function readBinaryClassifier(
  path: string | URL,
  labelPrefix: string,
  work: LongWork,
): Promise<StoredClassifier> {
  const file = filePath(path);
  const cancellation = new Cancellation(work.signal);
  let source: ByteSource | undefined;
  try {
    cancellation.throwIfAborted();
    source = await ByteSource.open(file);
    return await mapClassifier(file, await readFastTextLayout(source), labelPrefix);
  } catch (error) {
    throw fileError(cancellation.cause(error), file);
  } finally {
    await source?.close();
    cancellation.close();
  }
}

async function mapClassifier(file: string, layout: FastTextLayout, labelPrefix: string): Promise<StoredClassifier> {
  const { arguments: args, dictionary, output: stored } = layout;
  if (args.architecture !== 'supervised') {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      'it holds word vectors and no classifier: load it with FastText',
      {
        offset: 36,
      },
    );
  }
  refuseFloret(args.hashes);
  if (dictionary.labels === 0) throw new WordmillError('ERR_WORDMILL_FORMAT', 'it has no labels', { offset: 72 });
  const made = new Handles();
  try {
    const { input, index: subwords, keys: words } = await mapFastTextRows(file, layout);
    for (const handle of [input, subwords, words]) made.keep(handle);
    const labels = made.keep(native().createKeys(...labelBytes(layout)));
    if (labels.duplicates > 0) throw new WordmillError('ERR_WORDMILL_FORMAT', 'it has a label twice', { offset: 92 });
    const mapped = await fastTextTable(file, stored);
    const output = made.keep(args.loss === 'hierarchical-softmax' && labels.size > 1 ? await treeOf(mapped) : mapped);
    const row = await output.firstNotFinite(0);
    if (row >= 0) {
      throw new WordmillError(
        'ERR_WORDMILL_FORMAT',
        `row ${row} of its output matrix holds a number that is not finite`,
        {
          offset: stored.offset,
        },
      );
    }
    return {
      settings: settingsOf(layout, labelPrefix, subwords.describe()),
      ...{ words, labels, input, output, subwords, report: undefined },
      isPruned: layout.prunedBuckets !== undefined,
      quantized: layout.input.quantized && { input: layout.input.quantized, output: stored.quantized },
      wordCounts: dictionary.counts.slice(0, dictionary.words),
      labelCounts: dictionary.counts.slice(dictionary.words),
      tokens: Number(dictionary.tokens),
    };
  } catch (error) {
    made.dispose();
    throw error;
  }
}

function labelBytes({ dictionary: { bytes, offsets, words } }: FastTextLayout): [Uint8Array, BigUint64Array] {
  const first = offsets[words]!;
  return [bytes.subarray(Number(first)), BigUint64Array.from(offsets.subarray(words), (offset) => offset - first)];
}

function settingsOf(
  { arguments: args }: FastTextLayout,
  labelPrefix: string,
  { minLength, maxLength }: { readonly minLength: number; readonly maxLength: number },
): ClassifierSettings {
  return {
    labelPrefix,
    vectorSize: args.dimension,
    objective: args.loss,
    negativeSamples: args.negativeSamples,
    wordNgrams: Math.max(1, args.wordNgrams),
    minNgramLength: maxLength === 0 ? 0 : minLength,
    maxNgramLength: maxLength,
    buckets: args.buckets,
    learningRate: LEARNING_RATE,
    epochs: args.epochs,
    minCount: args.minCount,
    minCountLabel: 0,
    seed: 1,
  };
}

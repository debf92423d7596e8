import { WordmillError } from '@wordmill/core';
import {
  ByteSource,
  Cancellation,
  eventLoopTurn,
  type FastTextLayout,
  fastTextTable,
  fileError,
  filePath,
  type LongWork,
  mapFastTextInput,
  readFastTextLayout,
} from '@wordmill/core/internal';
import { native, type SubwordRules, type Table } from '@wordmill/native';
import { byFallingCount, inputRows, LEARNING_RATE_UPDATE_RATE, treeMatrix, writeBinary } from './binary-writer.js';
import type { StoredModel } from './model.js';
import type { Architecture, Objective } from './options.js';
import type { FastTextSettings } from './settings.js';

/** Rows that are read at once. */
const CHUNK_ROWS = 4096;
/** Not in the file: the default of fastText's program. */
const LEARNING_RATE = 0.05;

/**
 * Writes fastText's `.bin`: words by falling frequency, the input matrix with a row for each of the buckets, and the output
 * matrix. Buckets that no n-gram of the vocabulary falls into were never trained: their rows are zeros, where fastText leaves
 * the random numbers that it began with. A quantised model has rows only for n-grams of its words.
 */
export function writeBinaryModel(path: string | URL, model: StoredModel, work: LongWork): Promise<void> {
  const { settings, keys, counts, weights, subwords, tokens, isPruned, quantized } = model;
  // Here a line end comes first, whatever its count.
  const order = byFallingCount(counts);
  const { architecture, objective, vectorSize, windowSize, epochs, minCount, negativeSamples, sample } = settings;
  const { buckets, minNgramLength, maxNgramLength } = settings;
  const binary = {
    arguments: {
      ...{ architecture, dimension: vectorSize, windowSize, epochs, minCount, negativeSamples, wordNgrams: 1, sample },
      ...{ loss: objective, buckets, minNgramLength, maxNgramLength },
      learningRateUpdateRate: LEARNING_RATE_UPDATE_RATE,
    },
    tokens,
    words: { keys, counts, order },
    labels: undefined,
    prunedBuckets: isPruned ? subwords.buckets() : undefined,
    input:
      quantized === undefined
        ? { table: weights.input, rows: inputRows(order, subwords.buckets(), buckets) }
        : { quantized: quantized.input },
    output:
      quantized?.output !== undefined
        ? { quantized: quantized.output }
        : weights.output === undefined
          ? treeMatrix(weights.tree!, keys.size)
          : { table: weights.output, rows: order },
  };
  return writeBinary(path, binary, work);
}

/** Reads a skip-gram or CBOW model of fastText's program. Its matrices are mapped. */
export async function readBinaryModel(path: string | URL, work: LongWork): Promise<StoredModel> {
  const file = filePath(path);
  const cancellation = new Cancellation(work.signal);
  let source: ByteSource | undefined;
  try {
    cancellation.throwIfAborted();
    source = await ByteSource.open(file);
    return await mapModel(file, await readFastTextLayout(source));
  } catch (error) {
    throw fileError(cancellation.cause(error), file);
  } finally {
    await source?.close();
    cancellation.close();
  }
}

async function mapModel(file: string, layout: FastTextLayout): Promise<StoredModel> {
  refuseOtherModels(layout);
  const { counts, tokens } = layout.dictionary;
  const { input, index, keys, composed } = await mapFastTextInput(file, layout);
  const settings = settingsOf(layout, index.describe());
  try {
    const stored = await fastTextTable(file, layout.output);
    const isTree = settings.objective === 'hierarchical-softmax';
    const weights = isTree
      ? { input, output: undefined, tree: await treeOf(stored) }
      : { input, output: stored, tree: undefined };
    const { quantized } = layout.input;
    return {
      ...{ settings, keys, counts, tokens: Number(tokens), weights, subwords: index, composed, report: undefined },
      isPruned: layout.prunedBuckets !== undefined,
      tokenizer: undefined,
      quantized: quantized && { input: quantized, output: layout.output.quantized },
    };
  } catch (error) {
    for (const handle of [input, index, keys, composed]) handle.dispose();
    throw error;
  }
}

/** The inner nodes of a Huffman tree with the branches as they are here; see `treeMatrix`. Disposes of the stored ones. */
export async function treeOf(stored: Table): Promise<Table> {
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

function refuseOtherModels({ arguments: { architecture, loss, hashes }, dictionary }: FastTextLayout): void {
  refuseFloret(hashes);
  if (architecture === 'supervised') {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      'it is a classifier: load it with FastTextClassifier, or the vectors of its words with KeyedVectors.load()',
    );
  }
  if (loss === 'one-vs-all' || dictionary.words < 2) {
    throw new WordmillError('ERR_WORDMILL_FORMAT', `it has ${dictionary.words} words and the loss ${loss}`, {
      offset: 32,
    });
  }
}

/** What floret trained has other rows, which only its vectors are made of here. */
export function refuseFloret(hashes: number): void {
  if (hashes === 0) return;
  throw new WordmillError(
    'ERR_WORDMILL_UNSUPPORTED',
    'floret wrote it, whose models are read as vectors: load it with KeyedVectors.load()',
  );
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

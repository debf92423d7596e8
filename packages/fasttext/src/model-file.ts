import { open } from 'node:fs/promises';
import { WordmillError } from '@wordmill/core';
import {
  amount,
  arrayTensor,
  type Cancellation,
  COUNTS,
  FASTTEXT_MAGIC,
  FORMAT_VERSION,
  fileError,
  filePath,
  isa,
  KEYS,
  KIND_NAME,
  keyTensors,
  type LongWork,
  loss,
  ModelReader,
  NGRAMS,
  readBuckets,
  readKeys,
  readMetadata,
  readSafetensors,
  readTokenizerMetadata,
  requireKind,
  requireMemory,
  rowsTensor,
  type SafetensorsFile,
  subwordMetadata,
  subwordTensors,
  tableBytes,
  tableTensor,
  tokenizerMetadata,
  VECTORS,
  VERSION_NAME,
  whole,
  workplace,
  writeSafetensors,
} from '@wordmill/core/internal';
import { native } from '@wordmill/native';
import * as v from 'valibot';
import { hasNgrams, type StoredModel } from './model.js';
import { settingsSchema, subwordRules } from './settings.js';
import { usesTree } from './weights.js';

const KIND = 'fasttext';
const WORDS = 'words';
const CONTEXTS = 'contexts';
const TREE = 'tree';
const OPTIONS_NAME = 'fasttext.options';
const REPORT_NAME = 'fasttext.report';

const reportSchema = v.object({
  tokens: whole,
  training: v.nullable(
    v.object({
      tokens: whole,
      seconds: amount,
      tokensPerSecond: amount,
      loss,
      vocabulary: whole,
      ngrams: whole,
      isa,
      threads: whole,
      ...workplace,
      finished: v.boolean(),
    }),
  ),
});

/** Whether a file begins as fastText's own models do. */
export async function isBinaryModel(path: string | URL): Promise<boolean> {
  const file = filePath(path);
  try {
    const handle = await open(file, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      return bytesRead === 4 && buffer.readUInt32LE(0) === FASTTEXT_MAGIC;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, file);
  }
}

/**
 * Writes a safetensors file whose vectors and subwords {@link KeyedVectors.load} reads by themselves; beyond them it has the
 * rows of words and the output layer.
 */
export async function writeModel(path: string | URL, model: StoredModel, work: LongWork): Promise<void> {
  if (model.quantized !== undefined) {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      'a quantised model is saved as .ftz, or its vectors by themselves',
    );
  }
  const { keys, counts, tokens, weights, composed, settings, report } = model;
  const subwords = hasNgrams(model.subwords) ? { index: model.subwords, table: weights.input } : undefined;
  const tensors = [
    tableTensor(VECTORS, composed),
    ...keyTensors(KEYS, keys),
    arrayTensor(COUNTS, 'U64', counts),
    rowsTensor(WORDS, weights.input, 0, keys.size),
  ];
  if (subwords !== undefined) tensors.push(...subwordTensors(subwords));
  if (weights.output !== undefined) tensors.push(tableTensor(CONTEXTS, weights.output));
  if (weights.tree !== undefined) tensors.push(tableTensor(TREE, weights.tree));
  const metadata = {
    [VERSION_NAME]: FORMAT_VERSION,
    [KIND_NAME]: KIND,
    [OPTIONS_NAME]: JSON.stringify(settings),
    [REPORT_NAME]: JSON.stringify({ tokens, training: report ?? null }),
    ...(subwords && subwordMetadata(subwords)),
    ...tokenizerMetadata(model.tokenizer),
  };
  await writeSafetensors(path, { tensors, metadata }, work);
}

/** Reads a whole model into memory. Every length is checked before anything is allocated. */
export function readModel(path: string | URL, work: LongWork): Promise<StoredModel> {
  return readSafetensors(path, work, readTensors);
}

async function readTensors(
  file: SafetensorsFile,
  cancellation: Cancellation,
  onProgress: LongWork['onProgress'],
): Promise<StoredModel> {
  requireKind(file, KIND, 'a fastText model');
  const settings = readMetadata(file, OPTIONS_NAME, settingsSchema);
  const { tokens, training } = readMetadata(file, REPORT_NAME, reportSchema);
  const words = file.tensor(VECTORS, ['F32'], 2).shape[0]!;
  const ngrams =
    settings.maxNgramLength > 0 && file.tensors.has(NGRAMS) ? file.tensor(NGRAMS, ['F32'], 2).shape[0]! : 0;
  const { vectorSize } = settings;
  const made = new ModelReader({ file, cancellation, onProgress, matrices: [VECTORS, WORDS, NGRAMS, CONTEXTS, TREE] });
  try {
    const composed = await made.table(VECTORS, words, vectorSize);
    made.check(WORDS, words, vectorSize);
    if (ngrams > 0) made.check(NGRAMS, ngrams, vectorSize);
    requireMemory(
      tableBytes(words + ngrams, vectorSize),
      'the input matrix',
      'load its vectors alone with KeyedVectors',
    );
    const input = made.keep(native().createTable('f32', words + ngrams, vectorSize));
    await made.rows(WORDS, input, 0);
    if (ngrams > 0) await made.rows(NGRAMS, input, words);
    const subwords = made.keep(
      native().createSubwords(subwordRules(settings), words, await readBuckets(file, ngrams, cancellation), false),
    );
    const output = usesTree(settings) ? undefined : await made.table(CONTEXTS, words, vectorSize);
    const tree = usesTree(settings) ? await made.table(TREE, words - 1, vectorSize) : undefined;
    const keys = made.keep(await readKeys(file, KEYS, words, { cancellation }));
    const counts = await made.counts(COUNTS, words);
    const weights = { input, output, tree };
    return {
      ...{ settings, keys, counts, tokens, weights, subwords, composed, report: training ?? undefined },
      ...{ isPruned: false, quantized: undefined, tokenizer: readTokenizerMetadata(file.metadata) },
    };
  } catch (error) {
    made.dispose();
    throw error;
  }
}

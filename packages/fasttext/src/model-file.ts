import { open } from 'node:fs/promises';
import { WordmillError } from '@wordmill/core';
import {
  arrayTensor,
  type Cancellation,
  COUNTS,
  FASTTEXT_MAGIC,
  FORMAT_VERSION,
  fileError,
  filePath,
  KEYS,
  KIND_NAME,
  keyTensors,
  type LongWork,
  NGRAMS,
  readBuckets,
  readCounts,
  readKeys,
  readMetadata,
  readSafetensors,
  readTable,
  readTokenizerMetadata,
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
  writeSafetensors,
} from '@wordmill/core/internal';
import { native, type Table } from '@wordmill/native';
import * as v from 'valibot';
import { Handles } from './handles.js';
import { hasNgrams, type StoredModel } from './model.js';
import { amount, isa, loss, whole } from './report-entries.js';
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
  observe: LongWork['onProgress'],
): Promise<StoredModel> {
  if (file.metadata[KIND_NAME] !== KIND) throw notAModel(file);
  const settings = readMetadata(file, OPTIONS_NAME, settingsSchema);
  const { tokens, training } = readMetadata(file, REPORT_NAME, reportSchema);
  const words = file.tensor(VECTORS, ['F32'], 2).shape[0]!;
  const ngrams =
    settings.maxNgramLength > 0 && file.tensors.has(NGRAMS) ? file.tensor(NGRAMS, ['F32'], 2).shape[0]! : 0;
  const made = new Handles();
  const names = [VECTORS, WORDS, NGRAMS, CONTEXTS, TREE];
  const total = names.reduce((sum, name) => sum + (file.tensors.get(name)?.bytes ?? 0), 0);
  let done = 0;
  const onBytes = (read: number): void => observe?.({ phase: 'loading', done: done + read, total });
  const check = (name: string, rows: number): void => {
    const { shape, offset } = file.tensor(name, ['F32'], 2);
    if (shape[0] === rows && shape[1] === settings.vectorSize) return;
    throw new WordmillError(
      'ERR_WORDMILL_FORMAT',
      `tensor "${name}" is [${shape}]; with ${words} words and these options it must be [${rows},${settings.vectorSize}]`,
      { offset },
    );
  };
  const table = async (name: string, rows: number): Promise<Table> => {
    check(name, rows);
    const read = made.keep(await readTable(file, name, { cancellation, onBytes }));
    done += file.tensor(name, ['F32'], 2).bytes;
    return read;
  };
  try {
    const composed = await table(VECTORS, words);
    check(WORDS, words);
    if (ngrams > 0) check(NGRAMS, ngrams);
    requireMemory(
      tableBytes(words + ngrams, settings.vectorSize),
      'the input matrix',
      'load its vectors alone with KeyedVectors',
    );
    const input = made.keep(native().createTable('f32', words + ngrams, settings.vectorSize));
    for (const [name, firstRow] of [[WORDS, 0] as const, ...(ngrams > 0 ? [[NGRAMS, words] as const] : [])]) {
      const unit = settings.vectorSize * 4;
      const write = (piece: Uint8Array, firstByte: number): void => {
        input.write(firstRow + firstByte / unit, piece.length / unit, 'f32', piece);
        onBytes(firstByte + piece.length);
      };
      await file.read(name, unit, write, cancellation);
      done += file.tensor(name, ['F32'], 2).bytes;
    }
    const subwords = made.keep(
      native().createSubwords(subwordRules(settings), words, await readBuckets(file, ngrams, cancellation), false),
    );
    const output = usesTree(settings) ? undefined : await table(CONTEXTS, words);
    const tree = usesTree(settings) ? await table(TREE, words - 1) : undefined;
    const keys = made.keep(await readKeys(file, KEYS, words, { cancellation }));
    const counts = await readCounts(file, COUNTS, words, cancellation);
    if (counts === undefined) throw new WordmillError('ERR_WORDMILL_FORMAT', `it has no tensor "${COUNTS}"`);
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

function notAModel(file: SafetensorsFile): WordmillError {
  const kind = file.metadata[KIND_NAME];
  return new WordmillError(
    'ERR_WORDMILL_FORMAT',
    kind === undefined
      ? 'it is a safetensors file of another program, not a fastText model'
      : `it holds ${kind}, not a fastText model; vectors alone are loaded with KeyedVectors.load()`,
  );
}

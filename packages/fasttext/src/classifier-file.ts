import { WordmillError } from '@wordmill/core';
import {
  arrayTensor,
  BUCKETS,
  type Cancellation,
  COUNTS,
  FORMAT_VERSION,
  KEYS,
  KIND_NAME,
  keyTensors,
  type LongWork,
  readBuckets,
  readCounts,
  readKeys,
  readMetadata,
  readSafetensors,
  readTable,
  type SafetensorsFile,
  tableTensor,
  VERSION_NAME,
  writeSafetensors,
} from '@wordmill/core/internal';
import { native } from '@wordmill/native';
import * as v from 'valibot';
import { hasTree, type StoredClassifier } from './classifier-model.js';
import { classifierSettingsSchema, featureRules } from './classifier-settings.js';
import { Handles } from './handles.js';
import { amount, isa, loss, whole } from './report-entries.js';

const KIND = 'fasttext-classifier';
const INPUT = 'features';
const OUTPUT = 'outputs';
const LABELS = 'labels';
const LABEL_COUNTS = 'labels.counts';
const OPTIONS_NAME = 'fasttext.options';
const REPORT_NAME = 'fasttext.report';
/** `true` where n-grams without a row count for nothing. */
const PRUNED_NAME = 'fasttext.pruned';

const reportSchema = v.object({
  tokens: whole,
  training: v.nullable(
    v.object({
      tokens: whole,
      seconds: amount,
      tokensPerSecond: amount,
      loss,
      examples: whole,
      skippedLines: whole,
      vocabulary: whole,
      labels: whole,
      ngrams: whole,
      isa,
      threads: whole,
      finished: v.boolean(),
    }),
  ),
});

/** Writes a safetensors file with the rows of words and n-grams, and those of labels: decoded, where they were quantised. */
export async function writeClassifier(path: string | URL, model: StoredClassifier, work: LongWork): Promise<void> {
  const { settings, words, wordCounts, labels, labelCounts, tokens, input, output, subwords, report } = model;
  const tensors = [
    ...keyTensors(KEYS, words),
    arrayTensor(COUNTS, 'U64', wordCounts),
    ...keyTensors(LABELS, labels),
    arrayTensor(LABEL_COUNTS, 'U64', labelCounts),
    arrayTensor(BUCKETS, 'U32', subwords.buckets()),
    tableTensor(INPUT, input),
    tableTensor(OUTPUT, output),
  ];
  const metadata = {
    [VERSION_NAME]: FORMAT_VERSION,
    [KIND_NAME]: KIND,
    [OPTIONS_NAME]: JSON.stringify(settings),
    [PRUNED_NAME]: String(model.isPruned),
    [REPORT_NAME]: JSON.stringify({ tokens, training: report ?? null }),
  };
  await writeSafetensors(path, { tensors, metadata }, work);
}

/** Reads a whole classifier into memory. Every length is checked before anything is allocated. */
export function readClassifier(path: string | URL, work: LongWork): Promise<StoredClassifier> {
  return readSafetensors(path, work, readTensors);
}

async function readTensors(
  file: SafetensorsFile,
  cancellation: Cancellation,
  observe: LongWork['onProgress'],
): Promise<StoredClassifier> {
  if (file.metadata[KIND_NAME] !== KIND) throw notAClassifier(file);
  const settings = readMetadata(file, OPTIONS_NAME, classifierSettingsSchema);
  const { tokens, training } = readMetadata(file, REPORT_NAME, reportSchema);
  const isPruned = readMetadata(file, PRUNED_NAME, v.boolean());
  const words = file.tensor(COUNTS, ['U64'], 1).shape[0]!;
  const labels = file.tensor(LABEL_COUNTS, ['U64'], 1).shape[0]!;
  const ngrams = file.tensor(BUCKETS, ['U32'], 1).shape[0]!;
  const made = new Handles();
  const total = [INPUT, OUTPUT].reduce((sum, name) => sum + (file.tensors.get(name)?.bytes ?? 0), 0);
  let done = 0;
  const table = async (name: string, rows: number) => {
    const { shape, offset, bytes } = file.tensor(name, ['F32'], 2);
    if (shape[0] !== rows || shape[1] !== settings.vectorSize) {
      throw new WordmillError(
        'ERR_WORDMILL_FORMAT',
        `tensor "${name}" is [${shape}] and must be [${rows},${settings.vectorSize}] with these options, words and labels`,
        { offset },
      );
    }
    const onBytes = (read: number): void => observe?.({ phase: 'loading', done: done + read, total });
    const read = made.keep(await readTable(file, name, { cancellation, onBytes }));
    done += bytes;
    return read;
  };
  try {
    const input = await table(INPUT, words + ngrams);
    const output = await table(OUTPUT, hasTree(settings) ? labels - 1 : labels);
    const buckets = await readBuckets(file, ngrams, cancellation);
    return {
      ...{ settings, tokens, input, output, report: training ?? undefined },
      subwords: made.keep(native().createSubwords(featureRules(settings), words, buckets, isPruned)),
      ...{ isPruned, quantized: undefined },
      words: made.keep(await readKeys(file, KEYS, words, { cancellation })),
      labels: made.keep(await readKeys(file, LABELS, labels, { cancellation })),
      wordCounts: (await readCounts(file, COUNTS, words, cancellation))!,
      labelCounts: (await readCounts(file, LABEL_COUNTS, labels, cancellation))!,
    };
  } catch (error) {
    made.dispose();
    throw error;
  }
}

function notAClassifier(file: SafetensorsFile): WordmillError {
  const kind = file.metadata[KIND_NAME];
  return new WordmillError(
    'ERR_WORDMILL_FORMAT',
    kind === undefined
      ? 'it is a safetensors file of another program, not a classifier'
      : `it holds ${kind}, not a classifier`,
  );
}

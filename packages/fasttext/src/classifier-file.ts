import {
  amount,
  arrayTensor,
  BUCKETS,
  type Cancellation,
  COUNTS,
  FORMAT_VERSION,
  isa,
  KEYS,
  KIND_NAME,
  keyTensors,
  type LongWork,
  loss,
  ModelReader,
  readBuckets,
  readKeys,
  readMetadata,
  readSafetensors,
  requireKind,
  type SafetensorsFile,
  tableTensor,
  VERSION_NAME,
  whole,
  workplace,
  writeSafetensors,
} from '@wordmill/core/internal';
import { native } from '@wordmill/native';
import * as v from 'valibot';
import { hasTree, type StoredClassifier } from './classifier-model.js';
import { classifierSettingsSchema, featureRules } from './classifier-settings.js';

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
      ...workplace,
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
  onProgress: LongWork['onProgress'],
): Promise<StoredClassifier> {
  requireKind(file, KIND, 'a classifier');
  const settings = readMetadata(file, OPTIONS_NAME, classifierSettingsSchema);
  const { tokens, training } = readMetadata(file, REPORT_NAME, reportSchema);
  const isPruned = readMetadata(file, PRUNED_NAME, v.boolean());
  const words = file.tensor(COUNTS, ['U64'], 1).shape[0]!;
  const labels = file.tensor(LABEL_COUNTS, ['U64'], 1).shape[0]!;
  const ngrams = file.tensor(BUCKETS, ['U32'], 1).shape[0]!;
  const { vectorSize } = settings;
  const made = new ModelReader({ file, cancellation, onProgress, matrices: [INPUT, OUTPUT] });
  try {
    const input = await made.table(INPUT, words + ngrams, vectorSize);
    const output = await made.table(OUTPUT, hasTree(settings) ? labels - 1 : labels, vectorSize);
    const buckets = await readBuckets(file, ngrams, cancellation);
    return {
      ...{ settings, tokens, input, output, report: training ?? undefined },
      subwords: made.keep(native().createSubwords(featureRules(settings), words, buckets, isPruned)),
      ...{ isPruned, quantized: undefined },
      words: made.keep(await readKeys(file, KEYS, words, { cancellation })),
      labels: made.keep(await readKeys(file, LABELS, labels, { cancellation })),
      wordCounts: await made.counts(COUNTS, words),
      labelCounts: await made.counts(LABEL_COUNTS, labels),
    };
  } catch (error) {
    made.dispose();
    throw error;
  }
}

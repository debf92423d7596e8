import type { Keys, Table } from '@wordmill/native';
import * as v from 'valibot';
import type { Cancellation } from '../cancellation.js';
import { readMetadata } from '../formats/metadata.js';
import { ModelReader, requireKind } from '../formats/model-reader.js';
import { amount, isa, loss, whole, workplace } from '../formats/report-entries.js';
import { type LongWork, readSafetensors, type SafetensorsFile, writeSafetensors } from '../formats/safetensors.js';
import { COUNTS, FORMAT_VERSION, KEYS, KIND_NAME, VECTORS, VERSION_NAME } from '../formats/safetensors-vectors.js';
import { arrayTensor, keyTensors, readKeys, tableTensor } from '../formats/tensors.js';
import { readTokenizerMetadata, type TokenizerFingerprint, tokenizerMetadata } from '../tokenizers/fingerprint.js';
import { type NextTokenSettings, settingsSchema } from './settings.js';
import type { NextTokenReport } from './training.js';
import { type KeptWeights, shapesOf } from './weights.js';

const KIND = 'next-token';
const OPTIONS_NAME = 'next-token.options';
const REPORT_NAME = 'next-token.report';
/** `ids` or `words`: what says which row a token has */
const ROWS_NAME = 'next-token.rows';

/** The tensors of weights; that of the embedding is the one that {@link KeyedVectors.load} reads. */
const TENSORS = { input: VECTORS, map: 'map', output: 'output', bias: 'bias' } as const;

/** All that is in a model's file. It is a safetensors file whose vectors {@link KeyedVectors.load} reads by themselves. */
export interface StoredModel {
  readonly settings: NextTokenSettings;
  readonly keys: Keys;
  readonly counts: BigUint64Array;
  /** row = token id; otherwise rows are found by their words */
  readonly rowsAreIds: boolean;
  readonly weights: KeptWeights;
  /** whose ids the rows are; undefined for words, and for ids of no known tokenizer */
  readonly tokenizer: TokenizerFingerprint | undefined;
  readonly report: NextTokenReport;
}

const reportSchema = v.object({
  tokens: whole,
  seconds: amount,
  tokensPerSecond: amount,
  loss,
  trainingPerplexity: v.fallback(v.optional(amount), undefined),
  validation: v.optional(
    v.object({
      tokens: whole,
      perplexity: v.optional(amount),
      unigramPerplexity: amount,
      bigramPerplexity: amount,
      bigramK: amount,
    }),
  ),
  vocabulary: whole,
  isa,
  threads: whole,
  ...workplace,
  finished: v.boolean(),
});

export async function writeModel(path: string | URL, model: StoredModel, work: LongWork): Promise<void> {
  const { keys, counts, weights, settings, report } = model;
  const tensors = [...keyTensors(KEYS, keys), arrayTensor(COUNTS, 'U64', counts)];
  for (const name of ['bias', 'output', 'map', 'input'] as const) {
    const table = weights[name];
    if (table !== undefined) tensors.unshift(tableTensor(TENSORS[name], table));
  }
  const metadata = {
    [VERSION_NAME]: FORMAT_VERSION,
    [KIND_NAME]: KIND,
    [OPTIONS_NAME]: JSON.stringify(settings),
    [REPORT_NAME]: JSON.stringify(report),
    [ROWS_NAME]: JSON.stringify(model.rowsAreIds ? 'ids' : 'words'),
    ...tokenizerMetadata(model.tokenizer),
  };
  await writeSafetensors(path, { tensors, metadata }, work);
}

/** Reads a whole model. Every length is checked before anything is allocated. */
export function readModel(path: string | URL, work: LongWork): Promise<StoredModel> {
  return readSafetensors(path, work, readTensors);
}

async function readTensors(
  file: SafetensorsFile,
  cancellation: Cancellation,
  onProgress: LongWork['onProgress'],
): Promise<StoredModel> {
  requireKind(file, KIND, 'a next-token model');
  const settings = readMetadata(file, OPTIONS_NAME, settingsSchema);
  const { trainingPerplexity, validation, ...report } = readMetadata(file, REPORT_NAME, reportSchema);
  const rows = file.tensor(VECTORS, ['F32'], 2).shape[0]!;
  const shapes = shapesOf(settings, rows);
  const names = (['input', 'map', 'output', 'bias'] as const).filter(
    (name) => shapes[name] !== undefined && (name === 'input' || settings.keepOutput),
  );
  const made = new ModelReader({ file, cancellation, onProgress, matrices: names.map((name) => TENSORS[name]) });
  const tables: Partial<Record<keyof KeptWeights, Table>> = {};
  try {
    for (const name of names) tables[name] = await made.table(TENSORS[name], ...shapes[name]!);
    const keys = made.keep(await readKeys(file, KEYS, rows, { cancellation }));
    const counts = await made.counts(COUNTS, rows);
    const weights = { input: tables.input!, map: tables.map, output: tables.output, bias: tables.bias };
    return {
      settings,
      report: {
        ...report,
        trainingPerplexity,
        validation: validation && { ...validation, perplexity: validation.perplexity },
      },
      keys,
      counts,
      rowsAreIds: readMetadata(file, ROWS_NAME, v.picklist(['ids', 'words'])) === 'ids',
      weights,
      tokenizer: readTokenizerMetadata(file.metadata),
    };
  } catch (error) {
    made.dispose();
    throw error;
  }
}

/** Frees what {@link readModel} made. */
export function disposeModel({ keys, weights }: StoredModel): void {
  keys.dispose();
  for (const table of Object.values(weights)) table?.dispose();
}

import type { Keys, Table } from '@wordmill/native';
import * as v from 'valibot';
import type { Cancellation } from '../cancellation.js';
import { WordmillError } from '../errors.js';
import { readMetadata } from '../formats/metadata.js';
import { type LongWork, readSafetensors, type SafetensorsFile, writeSafetensors } from '../formats/safetensors.js';
import { COUNTS, FORMAT_VERSION, KEYS, KIND_NAME, VECTORS, VERSION_NAME } from '../formats/safetensors-vectors.js';
import { arrayTensor, keyTensors, readCounts, readKeys, readTable, tableTensor } from '../formats/tensors.js';
import { readTokenizerMetadata, type TokenizerFingerprint, tokenizerMetadata } from '../tokenizers/fingerprint.js';
import { type NextTokenSettings, settingsSchema } from './settings.js';
import type { NextTokenReport } from './training.js';
import { shapesOf, type Weights } from './weights.js';

const KIND = 'next-token';
const OPTIONS_NAME = 'next-token.options';
const REPORT_NAME = 'next-token.report';
/** `ids` or `words`: what says which row a token has */
const ROWS_NAME = 'next-token.rows';

/** The tensors of weights; that of the embedding is the one that {@link KeyedVectors.load} reads. */
const TENSORS = { input: VECTORS, map: 'map', output: 'output', bias: 'bias' } as const;

/** What is left of the weights: without the output only the embedding. */
export type KeptWeights = Pick<Weights, 'input'> & { readonly [Name in 'map' | 'output' | 'bias']: Table | undefined };

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

const amount = v.pipe(v.number(), v.minValue(0));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const reportSchema = v.object({
  tokens: whole,
  seconds: amount,
  tokensPerSecond: amount,
  /** JSON has no NaN, which the mean loss of no tokens is. */
  loss: v.pipe(
    v.nullable(v.number()),
    v.transform((value) => value ?? Number.NaN),
  ),
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
  isa: v.picklist(['scalar', 'avx2', 'avx512', 'neon']),
  threads: whole,
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
  observe: LongWork['onProgress'],
): Promise<StoredModel> {
  if (file.metadata[KIND_NAME] !== KIND) throw notAModel(file);
  const settings = readMetadata(file, OPTIONS_NAME, settingsSchema);
  const { trainingPerplexity, validation, ...report } = readMetadata(file, REPORT_NAME, reportSchema);
  const rows = file.tensor(VECTORS, ['F32'], 2).shape[0]!;
  const shapes = shapesOf(settings, rows);
  const names = (['input', 'map', 'output', 'bias'] as const).filter(
    (name) => shapes[name] !== undefined && (name === 'input' || settings.keepOutput),
  );
  const total = names.reduce((sum, name) => sum + (file.tensors.get(TENSORS[name])?.bytes ?? 0), 0);
  const made: Partial<Record<keyof KeptWeights, Table>> = {};
  let keys: Keys | undefined;
  let done = 0;
  try {
    for (const name of names) {
      const { shape, bytes } = file.tensor(TENSORS[name], ['F32'], 2);
      const expected = shapes[name]!;
      if (shape[0] !== expected[0] || shape[1] !== expected[1]) {
        throw new WordmillError(
          'ERR_WORDMILL_FORMAT',
          `tensor "${TENSORS[name]}" is [${shape}]; with ${rows} tokens and these options it must be [${expected}]`,
        );
      }
      const onBytes = (read: number): void => observe?.({ phase: 'loading', done: done + read, total });
      made[name] = await readTable(file, TENSORS[name], { cancellation, onBytes });
      done += bytes;
    }
    keys = await readKeys(file, KEYS, rows, { cancellation });
    const counts = await readCounts(file, COUNTS, rows, cancellation);
    if (counts === undefined) throw new WordmillError('ERR_WORDMILL_FORMAT', `it has no tensor "${COUNTS}"`);
    const weights = { input: made.input!, map: made.map, output: made.output, bias: made.bias };
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
    keys?.dispose();
    for (const table of Object.values(made)) table.dispose();
    throw error;
  }
}

function notAModel(file: SafetensorsFile): WordmillError {
  const kind = file.metadata[KIND_NAME];
  return new WordmillError(
    'ERR_WORDMILL_FORMAT',
    kind === undefined
      ? 'it is a safetensors file of another program, not a next-token model'
      : `it holds ${kind}, not a next-token model; vectors alone are loaded with KeyedVectors.load()`,
  );
}

/** Frees what {@link readModel} made. */
export function disposeModel({ keys, weights }: StoredModel): void {
  keys.dispose();
  for (const table of Object.values(weights)) table?.dispose();
}

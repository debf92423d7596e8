import { type CheckpointInterval, KeyedVectors } from '@wordmill/core';
import {
  amount,
  arrayTensor,
  type Cancellation,
  COUNTS,
  FORMAT_VERSION,
  interval,
  isa,
  type JobTotals,
  KEYS,
  KIND_NAME,
  keyTensors,
  type LongWork,
  loss,
  ModelReader,
  readKeys,
  readMetadata,
  readSafetensors,
  readTokenizerMetadata,
  requireKind,
  type SafetensorsFile,
  tableTensor,
  tokenizerMetadata,
  VECTORS,
  VERSION_NAME,
  whole,
  workplace,
  writeSafetensors,
} from '@wordmill/core/internal';
import type { Keys, Table } from '@wordmill/native';
import * as v from 'valibot';
import { type GloveSettings, settingsSchema } from './settings.js';
import type { TrainingReport } from './training.js';
import { disposeWeights, MATRICES, type Weights } from './weights.js';

const KIND = 'glove';
const BIASES = 'biases';
const OPTIONS_NAME = 'glove.options';
const REPORT_NAME = 'glove.report';
const TRAINING_NAME = 'glove.training';

/** All that is in a model's file. It is a safetensors file whose vectors {@link KeyedVectors.load} reads by themselves. */
export interface StoredModel {
  readonly settings: GloveSettings;
  /** of the words that were trained */
  readonly keys: Keys;
  readonly counts: BigUint64Array;
  readonly weights: Weights;
  /** the result: what is made of the weights, with `<unk>` where the settings say so; knows the tokenizer whose ids the rows are */
  readonly vectors: KeyedVectors;
  readonly report: TrainingReport;
  /** only in checkpoints */
  readonly training?: TrainingState | undefined;
}

/** What a checkpoint has beyond a model. */
export interface TrainingState {
  readonly nextBlock: number;
  readonly totals: JobTotals;
  /** what the counts were, so that others are not taken for them */
  readonly matrix: MatrixFingerprint;
  readonly checkpointEvery: CheckpointInterval;
}

export interface MatrixFingerprint {
  readonly rows: number;
  readonly nonzeros: number;
  readonly symmetric: boolean;
}

const reportSchema = v.object({
  vocabulary: whole,
  nonzeros: whole,
  costs: v.array(loss),
  cost: loss,
  seconds: amount,
  nonzerosPerSecond: amount,
  isa,
  threads: whole,
  ...workplace,
  finished: v.boolean(),
});

const trainingSchema = v.object({
  nextBlock: whole,
  totals: v.object({ tokens: whole, seconds: amount, lossSum: v.number(), examples: whole }),
  matrix: v.object({ rows: whole, nonzeros: whole, symmetric: v.boolean() }),
  checkpointEvery: interval,
});

/** Tensors: the result's vectors, keys and counts, and the matrices and biases from which they were made. */
export async function writeModel(path: string | URL, model: StoredModel, work: LongWork): Promise<void> {
  const { weights, settings, report, training } = model;
  const { table, keys, counts } = model.vectors.native;
  const tensors = [
    tableTensor(VECTORS, table),
    ...keyTensors(KEYS, keys),
    arrayTensor(COUNTS, 'U64', counts!),
    ...MATRICES.map((name) => tableTensor(name, weights[name])),
    tableTensor(BIASES, weights.biases),
  ];
  const metadata = {
    [VERSION_NAME]: FORMAT_VERSION,
    [KIND_NAME]: KIND,
    [OPTIONS_NAME]: JSON.stringify(settings),
    [REPORT_NAME]: JSON.stringify(report),
    ...(training && { [TRAINING_NAME]: JSON.stringify(training) }),
    ...tokenizerMetadata(model.vectors.tokenizer),
  };
  await writeSafetensors(path, { tensors, metadata }, work);
}

/** Reads a whole model into memory that can be trained. Every length is checked before anything is allocated. */
export function readModel(path: string | URL, work: LongWork): Promise<StoredModel> {
  return readSafetensors(path, work, readTensors);
}

async function readTensors(
  file: SafetensorsFile,
  cancellation: Cancellation,
  onProgress: LongWork['onProgress'],
): Promise<StoredModel> {
  requireKind(file, KIND, 'a GloVe model');
  const settings = readMetadata(file, OPTIONS_NAME, settingsSchema);
  const report = readMetadata(file, REPORT_NAME, reportSchema);
  const training =
    file.metadata[TRAINING_NAME] === undefined ? undefined : readMetadata(file, TRAINING_NAME, trainingSchema);
  const rows = file.tensor(MATRICES[0], ['F32'], 2).shape[0]!;
  const all = settings.unknownVector ? rows + 1 : rows;
  const made = new ModelReader({ file, cancellation, onProgress, matrices: [VECTORS, ...MATRICES, BIASES] });
  try {
    const { vectorSize } = settings;
    const matrices = [];
    for (const name of MATRICES) matrices.push([name, await made.table(name, rows, vectorSize)] as const);
    const weights = {
      ...(Object.fromEntries(matrices) as Record<(typeof MATRICES)[number], Table>),
      biases: await made.table(BIASES, 4, rows),
    };
    const result = await made.table(VECTORS, all);
    const counts = await made.counts(COUNTS, all);
    const read = async (limit: number): Promise<Keys> =>
      made.keep(await readKeys(file, KEYS, all, { limit, cancellation }));
    const keys = await read(rows);
    const metadata = tokenizerMetadata(readTokenizerMetadata(file.metadata));
    const vectors = KeyedVectors.fromNative({ table: result, keys: await read(all), counts, metadata });
    return { settings, report, keys, counts: counts.slice(0, rows), weights, vectors, training };
  } catch (error) {
    made.dispose();
    throw error;
  }
}

/** Frees what {@link readModel} made. */
export function disposeModel({ keys, weights, vectors }: StoredModel): void {
  keys.dispose();
  vectors.dispose();
  disposeWeights(weights);
}

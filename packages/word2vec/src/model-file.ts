import { type CheckpointInterval, type TokenizerFingerprint, WordmillError } from '@wordmill/core';
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
import type { Keys } from '@wordmill/native';
import * as v from 'valibot';
import { settingsSchema, type Word2VecSettings } from './settings.js';
import type { TrainingReport } from './training.js';
import { disposeWeights, usesOutput, usesTree, type Weights } from './weights.js';

const KIND = 'word2vec';
const CONTEXTS = 'contexts';
const TREE = 'tree';
const LOCKS = 'locks';
const OPTIONS_NAME = 'word2vec.options';
const REPORT_NAME = 'word2vec.report';
const TRAINING_NAME = 'word2vec.training';

/** All that is in a model's file. It is a safetensors file whose vectors {@link KeyedVectors.load} reads by themselves. */
export interface StoredModel {
  readonly settings: Word2VecSettings;
  readonly keys: Keys;
  readonly counts: BigUint64Array;
  readonly weights: Weights;
  readonly report: TrainingReport;
  /** whose ids the rows are; undefined for words */
  readonly tokenizer: TokenizerFingerprint | undefined;
  /** where a training that is not finished goes on */
  readonly training?: TrainingState | undefined;
}

/** What a checkpoint has beyond a model. */
export interface TrainingState {
  readonly nextBlock: number;
  readonly totals: JobTotals;
  /** what the text was, so that another one is not taken for it */
  readonly text: TextFingerprint;
  readonly checkpointEvery: CheckpointInterval;
  /** row = token id, as the corpus has them; otherwise rows are found by their words */
  readonly rowsAreIds: boolean;
  /** factors on the updates of each row; see InitialVectors */
  readonly locks?: Float32Array | undefined;
}

export interface TextFingerprint {
  readonly tokens: number;
  readonly sentences: number;
  readonly blocks: number;
}

const reportSchema = v.object({
  tokens: whole,
  seconds: amount,
  tokensPerSecond: amount,
  loss,
  vocabulary: whole,
  isa,
  threads: whole,
  ...workplace,
  finished: v.boolean(),
});

const trainingSchema = v.object({
  nextBlock: whole,
  totals: v.object({ tokens: whole, seconds: amount, lossSum: v.number(), examples: whole }),
  text: v.object({ tokens: whole, sentences: whole, blocks: whole }),
  checkpointEvery: interval,
  rowsAreIds: v.boolean(),
});

export async function writeModel(path: string | URL, model: StoredModel, work: LongWork): Promise<void> {
  const { keys, counts, weights, settings, report, training } = model;
  const { locks, ...state } = training ?? {};
  const tensors = [tableTensor(VECTORS, weights.input), ...keyTensors(KEYS, keys), arrayTensor(COUNTS, 'U64', counts)];
  if (weights.output !== undefined) tensors.push(tableTensor(CONTEXTS, weights.output));
  if (weights.tree !== undefined) tensors.push(tableTensor(TREE, weights.tree));
  if (locks !== undefined) tensors.push(arrayTensor(LOCKS, 'F32', locks));
  const metadata = {
    [VERSION_NAME]: FORMAT_VERSION,
    [KIND_NAME]: KIND,
    [OPTIONS_NAME]: JSON.stringify(settings),
    [REPORT_NAME]: JSON.stringify(report),
    ...(training && { [TRAINING_NAME]: JSON.stringify(state) }),
    ...tokenizerMetadata(model.tokenizer),
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
  requireKind(file, KIND, 'a word2vec model');
  const settings = readMetadata(file, OPTIONS_NAME, settingsSchema);
  const report = readMetadata(file, REPORT_NAME, reportSchema);
  const rows = file.tensor(VECTORS, ['F32'], 2).shape[0]!;
  const { vectorSize } = settings;
  const made = new ModelReader({ file, cancellation, onProgress, matrices: [VECTORS, CONTEXTS, TREE] });
  try {
    const input = await made.table(VECTORS, rows, vectorSize);
    const output = usesOutput(settings) ? await made.table(CONTEXTS, rows, vectorSize) : undefined;
    const tree = usesTree(settings) ? await made.table(TREE, rows - 1, vectorSize) : undefined;
    const keys = made.keep(await readKeys(file, KEYS, rows, { cancellation }));
    const counts = await made.counts(COUNTS, rows);
    const training = await readTraining(file, rows, cancellation);
    const tokenizer = readTokenizerMetadata(file.metadata);
    return { settings, report, keys, counts, weights: { input, output, tree }, tokenizer, training };
  } catch (error) {
    made.dispose();
    throw error;
  }
}

async function readTraining(
  file: SafetensorsFile,
  rows: number,
  cancellation: Cancellation,
): Promise<TrainingState | undefined> {
  if (file.metadata[TRAINING_NAME] === undefined) return undefined;
  const state = readMetadata(file, TRAINING_NAME, trainingSchema);
  if (!file.tensors.has(LOCKS)) return state;
  const { shape, offset } = file.tensor(LOCKS, ['F32'], 1);
  if (shape[0] !== rows) {
    throw new WordmillError('ERR_WORDMILL_FORMAT', `tensor "${LOCKS}" holds ${shape[0]} factors for ${rows} words`, {
      offset,
    });
  }
  const bytes = await file.readWhole(LOCKS, cancellation);
  return { ...state, locks: new Float32Array(bytes.buffer, bytes.byteOffset, rows) };
}

/** Frees what {@link readModel} made. */
export function disposeModel({ keys, weights }: StoredModel): void {
  keys.dispose();
  disposeWeights(weights);
}

import { type CheckpointInterval, type TokenizerFingerprint, WordmillError } from '@wordmill/core';
import {
  arrayTensor,
  type Cancellation,
  COUNTS,
  FORMAT_VERSION,
  interval,
  type JobTotals,
  KEYS,
  KIND_NAME,
  keyTensors,
  type LongWork,
  readCounts,
  readKeys,
  readMetadata,
  readSafetensors,
  readTable,
  readTokenizerMetadata,
  type SafetensorsFile,
  tableTensor,
  tokenizerMetadata,
  VECTORS,
  VERSION_NAME,
  writeSafetensors,
} from '@wordmill/core/internal';
import type { Keys, Table } from '@wordmill/native';
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

const amount = v.pipe(v.number(), v.minValue(0));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** JSON has no NaN, which the mean loss of no examples is. */
const loss = v.pipe(
  v.nullable(v.number()),
  v.transform((value) => value ?? Number.NaN),
);

const reportSchema = v.object({
  tokens: whole,
  seconds: amount,
  tokensPerSecond: amount,
  loss,
  vocabulary: whole,
  isa: v.picklist(['scalar', 'avx2', 'avx512', 'neon']),
  threads: whole,
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
  observe: LongWork['onProgress'],
): Promise<StoredModel> {
  if (file.metadata[KIND_NAME] !== KIND) throw notAModel(file);
  const settings = readMetadata(file, OPTIONS_NAME, settingsSchema);
  const report = readMetadata(file, REPORT_NAME, reportSchema);
  const rows = file.tensor(VECTORS, ['F32'], 2).shape[0]!;
  const made: (Keys | Table)[] = [];
  let done = 0;
  const total = [VECTORS, CONTEXTS, TREE].reduce((sum, name) => sum + (file.tensors.get(name)?.bytes ?? 0), 0);
  const table = async (name: string, expected: number): Promise<Table> => {
    const { shape, bytes } = file.tensor(name, ['F32'], 2);
    if (shape[0] !== expected || shape[1] !== settings.vectorSize) {
      throw new WordmillError(
        'ERR_WORDMILL_FORMAT',
        `tensor "${name}" is [${shape}]; with ${rows} words and these options it must be [${expected},${settings.vectorSize}]`,
      );
    }
    const onBytes = (read: number): void => observe?.({ phase: 'loading', done: done + read, total });
    const result = await readTable(file, name, { cancellation, onBytes });
    done += bytes;
    made.push(result);
    return result;
  };
  try {
    const input = await table(VECTORS, rows);
    const output = usesOutput(settings) ? await table(CONTEXTS, rows) : undefined;
    const tree = usesTree(settings) ? await table(TREE, rows - 1) : undefined;
    const keys = await readKeys(file, KEYS, rows, { cancellation });
    made.push(keys);
    const counts = await readCounts(file, COUNTS, rows, cancellation);
    if (counts === undefined) throw new WordmillError('ERR_WORDMILL_FORMAT', `it has no tensor "${COUNTS}"`);
    const training = await readTraining(file, rows, cancellation);
    const tokenizer = readTokenizerMetadata(file.metadata);
    return { settings, report, keys, counts, weights: { input, output, tree }, tokenizer, training };
  } catch (error) {
    for (const handle of made) handle.dispose();
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

function notAModel(file: SafetensorsFile): WordmillError {
  const kind = file.metadata[KIND_NAME];
  return new WordmillError(
    'ERR_WORDMILL_FORMAT',
    kind === undefined
      ? 'it is a safetensors file of another program, not a word2vec model'
      : `it holds ${kind}, not a word2vec model; vectors alone are loaded with KeyedVectors.load()`,
  );
}

/** Frees what {@link readModel} made. */
export function disposeModel({ keys, weights }: StoredModel): void {
  keys.dispose();
  disposeWeights(weights);
}

import { WordmillError } from '@wordmill/core';
import { type CorpusView, tableBytes, trialSpeed } from '@wordmill/core/internal';
import { native, type View } from '@wordmill/native';
import { type Word2VecSettings, windowOptions } from './settings.js';
import { createWeights, disposeWeights, usesOutput, usesTree } from './weights.js';

/** What a training would take. */
export interface TrainingPlan {
  /** words in the vocabulary */
  readonly vocabulary: number;
  /** tokens of the vocabulary in the text, before subsampling */
  readonly tokensPerEpoch: number;
  readonly bytes: {
    /** the matrices, their rows padded to 64 bytes */
    readonly matrices: number;
    /** the encoded text, 4 bytes a token and line end (in a temporary file beyond the memory limit) */
    readonly corpus: number;
    /** words, frequencies and what sampling derives from them */
    readonly vocabulary: number;
    readonly total: number;
  };
  /** bytes that the process may still take; undefined where the operating system does not say */
  readonly memory: number | undefined;
  /**
   * Estimated time of the training alone, from a trial of a quarter of a second on this text and machine; undefined where
   * nothing was finished in that time.
   */
  readonly seconds: number | undefined;
}

export function matrixBytes(settings: Word2VecSettings, rows: number): number {
  const { vectorSize } = settings;
  let bytes = tableBytes(rows, vectorSize);
  if (usesOutput(settings)) bytes += tableBytes(rows, vectorSize);
  if (usesTree(settings)) bytes += tableBytes(rows - 1, vectorSize);
  return bytes;
}

/** Throws ERR_WORDMILL_MEMORY with the figures when matrices of that size cannot be had. */
export function refuseWhatDoesNotFit(settings: Word2VecSettings, rows: number): void {
  const needed = matrixBytes(settings, rows);
  const { memory } = native().runtime();
  if (memory === 0 || needed <= memory) return;
  throw new WordmillError(
    'ERR_WORDMILL_MEMORY',
    `the matrices for ${rows} words of ${settings.vectorSize} numbers take ${megabytes(needed)} and the process may take ` +
      `${megabytes(memory)} more: raise minCount, or lower maxVocabulary or vectorSize`,
  );
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`;

export async function planOf(
  settings: Word2VecSettings,
  threads: number,
  corpusBytes: number,
  view: CorpusView,
  signal: AbortSignal,
): Promise<TrainingPlan> {
  const rows = view.size;
  refuseWhatDoesNotFit(settings, rows);
  const { memory } = native().runtime();
  const matrices = matrixBytes(settings, rows);
  const vocabulary = vocabularyBytes(view.native, rows);
  const speed = await speedOf(settings, threads, view.native, rows, signal);
  return {
    vocabulary: rows,
    tokensPerEpoch: view.info.tokens,
    bytes: { matrices, corpus: corpusBytes, vocabulary, total: matrices + corpusBytes + vocabulary },
    memory: memory === 0 ? undefined : memory,
    seconds: speed === undefined ? undefined : (view.info.tokens * settings.epochs) / speed,
  };
}

/** Words and index, count (8), subsampling threshold (4) and alias table (8) of each. */
function vocabularyBytes(view: View, rows: number): number {
  const keys = view.keys();
  const { bytes, offsets, slots } = keys.partSizes();
  keys.dispose();
  return bytes + offsets + slots + rows * 20;
}

/** Tokens a second. Weights of zero take the same time as others and stay zero. */
async function speedOf(
  settings: Word2VecSettings,
  threads: number,
  view: View,
  rows: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { input, output, tree } = createWeights(settings, rows);
  const tables = { input, ...(output && { output }), ...(tree && { tree }) };
  try {
    return await trialSpeed(view.windowJob(tables, windowOptions(settings, threads)), signal);
  } finally {
    disposeWeights({ input, output, tree });
  }
}

import type { Workplace } from '@wordmill/core';
import { type Cancellation, onDevice, requireMemory, tableBytes, trialSpeed } from '@wordmill/core/internal';
import { native } from '@wordmill/native';
import type { CountedWords } from './counting.js';
import { type CheckedPlanOptions, engineOptions, type GloveSettings } from './settings.js';
import { createWeights, disposeWeights, resetSquares, weightBytes } from './weights.js';

/** What a training would take, and on what it was tried. */
export interface TrainingPlan extends Workplace {
  /** words in the vocabulary */
  readonly vocabulary: number;
  /** entries of the matrix that are not 0 */
  readonly nonzeros: number;
  readonly bytes: {
    /** the parameters, their squared gradients and the result, rows padded to 64 bytes */
    readonly matrices: number;
    /** the counts, which are freed when they have been put into the order of training */
    readonly counts: number;
    /** the counts in that order */
    readonly tiles: number;
    readonly total: number;
  };
  /** bytes that the process may still take; undefined where the operating system does not say */
  readonly memory: number | undefined;
  /**
   * Estimated time of the training alone, from a trial of a quarter of a second on these counts and this machine; undefined
   * where nothing was finished in that time.
   */
  readonly seconds: number | undefined;
}

const BYTES_OF_TILE_ENTRY = 8;

/** Throws ERR_WORDMILL_MEMORY with the figures when the matrices cannot be had. */
export function refuseWhatDoesNotFit({ vectorSize }: GloveSettings, rows: number): void {
  requireMemory(
    matrixBytes(vectorSize, rows),
    `a GloVe model of ${rows} words with vectors of ${vectorSize} numbers`,
    'raise minCount, or lower maxVocabulary or vectorSize',
  );
}

const matrixBytes = (vectorSize: number, rows: number): number =>
  weightBytes(vectorSize, rows) + tableBytes(rows, vectorSize);

export async function planOf(
  settings: GloveSettings,
  { threads, device }: Pick<CheckedPlanOptions, 'threads' | 'device'>,
  { matrix, keys }: CountedWords,
  cancellation: Cancellation,
): Promise<TrainingPlan> {
  const { signal } = cancellation;
  const rows = keys.size;
  refuseWhatDoesNotFit(settings, rows);
  const { memory } = native().runtime();
  const { nonzeros, stored, bytes: counts } = matrix.describe();
  const matrices = matrixBytes(settings.vectorSize, rows);
  const tiles = stored * BYTES_OF_TILE_ENTRY;
  const weights = createWeights(settings.vectorSize, rows);
  try {
    await resetSquares(weights, signal);
    const { result: job, workplace } = await onDevice(device, (device) =>
      cancellation.run((stop) => matrix.gloveJob(weights, { ...engineOptions(settings, threads), device }, stop)),
    );
    const speed = await trialSpeed(job, signal);
    return {
      vocabulary: rows,
      nonzeros,
      bytes: { matrices, counts, tiles, total: matrices + counts + tiles },
      memory: memory === 0 ? undefined : memory,
      seconds: speed === undefined ? undefined : (nonzeros * settings.epochs) / speed,
      ...workplace,
    };
  } finally {
    disposeWeights(weights);
  }
}

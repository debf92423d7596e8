import { type Corpus, type TrainingPlan, WordmillError } from '@wordmill/core';
import { type CorpusView, onDevice, planTraining, tableBytes } from '@wordmill/core/internal';
import { native } from '@wordmill/native';
import { type CheckedPlanOptions, type Word2VecSettings, windowOptions } from './settings.js';
import { createWeights, disposeWeights, usesOutput, usesTree } from './weights.js';

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

/** What a training on the view would take. Weights of zero take the same time as others, and stay zero. */
export async function planOf(
  settings: Word2VecSettings,
  { threads, device }: Pick<CheckedPlanOptions, 'threads' | 'device'>,
  corpus: Corpus,
  view: CorpusView,
  signal: AbortSignal,
): Promise<TrainingPlan> {
  refuseWhatDoesNotFit(settings, view.size);
  const { input, output, tree } = createWeights(settings, view.size);
  const tables = { input, ...(output && { output }), ...(tree && { tree }) };
  try {
    const { result: job, workplace } = await onDevice(device, (device) =>
      view.native.windowJob(tables, { ...windowOptions(settings, threads), device }),
    );
    const { epochs } = settings;
    const trial = { matrices: matrixBytes(settings, view.size), epochs, job, workplace };
    return await planTraining(corpus, view, trial, signal);
  } finally {
    disposeWeights({ input, output, tree });
  }
}

import type { Corpus, TrainingPlan } from '@wordmill/core';
import { type CorpusView, onDevice, planTraining } from '@wordmill/core/internal';
import { type CheckedPlanOptions, type FastTextSettings, subwordRules, windowOptions } from './settings.js';
import { createWeights, disposeWeights, weightBytes } from './weights.js';

/** What a training would take. */
export interface FastTextPlan extends TrainingPlan {
  /** n-grams of the vocabulary, each with a row of its own */
  readonly ngrams: number;
}

/** What a training on the view would take. */
export async function planOf(
  settings: FastTextSettings,
  { threads, device }: Pick<CheckedPlanOptions, 'threads' | 'device'>,
  corpus: Corpus,
  view: CorpusView,
  signal: AbortSignal,
): Promise<FastTextPlan> {
  const subwords = await view.native.subwords(subwordRules(settings));
  try {
    const ngrams = subwords.describe().rows;
    const weights = await createWeights(settings, view.size, ngrams, signal);
    const { input, output, tree } = weights;
    try {
      const tables = { input, subwords, ...(output && { output }), ...(tree && { tree }) };
      const { result: job, workplace } = await onDevice(device, (device) =>
        view.native.windowJob(tables, { ...windowOptions(settings, threads), device }),
      );
      const matrices = weightBytes(settings, view.size, ngrams);
      const { epochs } = settings;
      return { ...(await planTraining(corpus, view, { matrices, epochs, job, workplace }, signal)), ngrams };
    } finally {
      disposeWeights(weights);
    }
  } finally {
    subwords.dispose();
  }
}

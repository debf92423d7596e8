import type { Cancellation } from '../cancellation.js';
import type { Corpus } from '../corpus/corpus.js';
import { onDevice } from '../device.js';
import { planTraining, type TrainingPlan } from '../training/plan.js';
import { splitText } from './sequences.js';
import { type CheckedPlanOptions, engineOptions, type NextTokenSettings } from './settings.js';
import { trainingView } from './start.js';
import { createWeights, disposeWeights, refuseWhatDoesNotFit, tablesOf, trainingBytes } from './weights.js';

/** What a training on a corpus would take. Weights of zero take the same time as others. */
export async function planOf(
  corpus: Corpus,
  settings: NextTokenSettings,
  options: CheckedPlanOptions,
  cancellation: Cancellation,
): Promise<TrainingPlan> {
  const view = await trainingView(corpus, options);
  try {
    refuseWhatDoesNotFit(settings, view.size, view.info.tokens);
    const rowsAreIds = corpus.info.externalIds && options.vocabulary === undefined;
    const { sequence, heldOut } = await splitText(view.native, options.validation, settings, rowsAreIds, cancellation);
    const weights = createWeights(settings, view.size);
    try {
      const tables = tablesOf(weights, settings, { counts: view.native.counts(), rowsAreIds });
      const { result: job, workplace } = await onDevice(options.device, (device) =>
        sequence.nextTokenJob(tables, { ...engineOptions(settings, options.threads), device }),
      );
      const matrices = trainingBytes(settings, view.size);
      const trial = { matrices, epochs: settings.epochs, job, workplace };
      return await planTraining(corpus, view, trial, cancellation.signal);
    } finally {
      disposeWeights(weights);
      sequence.dispose();
      heldOut?.dispose();
    }
  } finally {
    view.dispose();
  }
}

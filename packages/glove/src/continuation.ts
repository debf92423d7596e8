import { copyKeys, type Scope } from '@wordmill/core/internal';
import type { StoredModel } from './model-file.js';
import type { GloveProgress } from './options.js';
import { vectorsOf } from './results.js';
import type { CheckedContinueOptions, GloveSettings } from './settings.js';
import type { Counts } from './source.js';
import { NOTHING_BEFORE, runTraining } from './training.js';
import { copyWeights, disposeWeights } from './weights.js';

/** Trains copies of a model's weights on more counts, so that the model stays as it is should that fail. */
export async function trainOn(
  model: StoredModel,
  counts: Counts,
  settings: GloveSettings,
  options: CheckedContinueOptions,
  { cancellation, onProgress }: Scope<GloveProgress>,
): Promise<StoredModel> {
  const keys = copyKeys(model.keys);
  const wordCounts = model.counts;
  try {
    const weights = await copyWeights(model.weights, cancellation.signal);
    try {
      const report = await runTraining({
        settings,
        counts,
        keys,
        wordCounts,
        weights,
        firstBlock: 0,
        before: NOTHING_BEFORE,
        costsBefore: [],
        run: options,
        onProgress,
        cancellation,
      });
      const vectors = await vectorsOf(weights, { keys, counts: wordCounts }, settings);
      return { settings, keys, counts: wordCounts, weights, vectors, report };
    } catch (error) {
      disposeWeights(weights);
      throw error;
    }
  } catch (error) {
    keys.dispose();
    throw error;
  }
}

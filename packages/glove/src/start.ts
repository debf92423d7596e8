import { copyKeys, overwriteKnownRows, type Scope } from '@wordmill/core/internal';
import type { StoredModel } from './model-file.js';
import type { GloveProgress } from './options.js';
import { refuseWhatDoesNotFit } from './plan.js';
import { readParameters, readSquares } from './reference-files.js';
import { vectorsOf } from './results.js';
import type { CheckedTrainOptions, GloveSettings } from './settings.js';
import type { Counts } from './source.js';
import { NOTHING_BEFORE, runTraining } from './training.js';
import { createWeights, disposeWeights, initialise } from './weights.js';

/** Trains a new model. The counts are released by then. */
export async function startTraining(
  counts: Counts,
  settings: GloveSettings,
  options: CheckedTrainOptions,
  { cancellation, onProgress }: Scope<GloveProgress>,
): Promise<StoredModel> {
  const { signal } = cancellation;
  refuseWhatDoesNotFit(settings, counts.words.keys.size);
  const keys = copyKeys(counts.words.keys);
  const wordCounts = counts.words.counts;
  try {
    const weights = createWeights(settings.vectorSize, keys.size);
    try {
      const { initialVectors, initialParameters, initialSquares } = options;
      const fill = async (): Promise<void> => {
        await initialise(weights, settings.seed, signal);
        if (initialVectors !== undefined) await overwriteKnownRows(initialVectors, keys, weights.words, signal);
        if (initialParameters !== undefined) await readParameters(initialParameters, weights, signal);
        if (initialSquares !== undefined) await readSquares(initialSquares, weights, signal);
      };
      const report = await runTraining({
        settings,
        counts,
        keys,
        wordCounts,
        weights,
        fill,
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

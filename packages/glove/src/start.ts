import { contradiction, copyKeys, overwriteKnownRows, type Scope } from '@wordmill/core/internal';
import type { StoredModel } from './model-file.js';
import type { GloveProgress } from './options.js';
import { refuseWhatDoesNotFit } from './plan.js';
import { readParameters, readSquares } from './reference-files.js';
import type { CheckedTrainOptions, GloveSettings } from './settings.js';
import type { Counts } from './source.js';
import { trainedModel } from './trained-model.js';
import { NOTHING_BEFORE } from './training.js';
import { createWeights, initialise, withWeights } from './weights.js';

/** Trains a new model. The counts are released by then. */
export async function startTraining(
  counts: Counts,
  settings: GloveSettings,
  options: CheckedTrainOptions,
  { cancellation, onProgress }: Scope<GloveProgress>,
): Promise<StoredModel> {
  const { keys: words, counts: wordCounts } = counts.words;
  if (settings.unknownVector && counts.words.tokenizer !== undefined) {
    throw contradiction('unknownVector', 'has no meaning with a tokenizer: every row belongs to an id of it');
  }
  refuseWhatDoesNotFit(settings, words.size);
  const { signal } = cancellation;
  const { initialVectors, initialParameters, initialSquares } = options;
  return withWeights(copyKeys(words), createWeights(settings.vectorSize, words.size), (keys, weights) =>
    trainedModel({
      settings,
      counts,
      keys,
      wordCounts,
      tokenizer: counts.words.tokenizer,
      weights,
      async fill() {
        await initialise(weights, settings.seed, signal);
        if (initialVectors !== undefined) await overwriteKnownRows(initialVectors, keys, weights.words, signal);
        if (initialParameters !== undefined) await readParameters(initialParameters, weights, signal);
        if (initialSquares !== undefined) await readSquares(initialSquares, weights, signal);
      },
      firstBlock: 0,
      before: NOTHING_BEFORE,
      costsBefore: [],
      run: options,
      onProgress,
      cancellation,
    }),
  );
}

import { copyKeys, type Scope } from '@wordmill/core/internal';
import type { StoredModel } from './model-file.js';
import type { GloveProgress } from './options.js';
import type { CheckedContinueOptions, GloveSettings } from './settings.js';
import type { Counts } from './source.js';
import { trainedModel } from './trained-model.js';
import { NOTHING_BEFORE } from './training.js';
import { copyWeights, createWeights, withWeights } from './weights.js';

/** Trains copies of a model's weights on more counts, so that the model stays as it is should that fail. */
export async function trainOn(
  model: StoredModel,
  counts: Counts,
  settings: GloveSettings,
  options: CheckedContinueOptions,
  { cancellation, onProgress }: Scope<GloveProgress>,
): Promise<StoredModel> {
  const { keys: words, counts: wordCounts } = model;
  return withWeights(copyKeys(words), createWeights(settings.vectorSize, words.size), (keys, weights) =>
    trainedModel({
      settings,
      counts,
      keys,
      wordCounts,
      tokenizer: model.vectors.tokenizer,
      weights,
      fill: () => copyWeights(model.weights, weights, cancellation.signal),
      firstBlock: 0,
      before: NOTHING_BEFORE,
      costsBefore: [],
      run: options,
      onProgress,
      cancellation,
    }),
  );
}

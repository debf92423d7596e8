import type { StoredModel } from './model-file.js';
import { vectorsOf } from './results.js';
import { runTraining, type Training } from './training.js';

/** Trains, and makes the result of it: a model that has the training's keys and weights. */
export async function trainedModel(training: Training): Promise<StoredModel> {
  const { settings, keys, wordCounts: counts, weights, tokenizer } = training;
  const report = await runTraining(training);
  const vectors = await vectorsOf(weights, { keys, counts, tokenizer }, settings);
  return { settings, keys, counts, weights, vectors, report };
}

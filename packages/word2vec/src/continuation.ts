import type { Corpus } from '@wordmill/core';
import { contradiction, copyRows, type Scope, updatedVocabulary, viewOfVocabulary } from '@wordmill/core/internal';
import type { StoredModel } from './model-file.js';
import type { Word2VecProgress } from './options.js';
import { refuseWhatDoesNotFit } from './plan.js';
import type { CheckedContinueOptions, Word2VecSettings } from './settings.js';
import { NOTHING_BEFORE, runTraining } from './training.js';
import { createWeights, disposeWeights, randomise, usesTree } from './weights.js';

/** Trains copies of a model's weights on more text, so that the model stays as it is should that fail. */
export async function trainOn(
  model: StoredModel,
  corpus: Corpus,
  settings: Word2VecSettings,
  options: CheckedContinueOptions,
  { cancellation, onProgress }: Scope<Word2VecProgress>,
): Promise<StoredModel> {
  const vocabulary = options.updateVocabulary ? await updatedVocabulary(corpus, model, settings) : model;
  const { keys, counts } = vocabulary;
  try {
    const view = await viewOfVocabulary(corpus, vocabulary, settings);
    try {
      refuseWhatDoesNotFit(settings, keys.size);
      const weights = createWeights(settings, keys.size);
      try {
        const { signal } = cancellation;
        await copyRows(model.weights.input, weights.input, model.keys.size, signal);
        await randomise(weights.input, model.keys.size, settings.seed, signal);
        for (const name of ['output', 'tree'] as const) {
          const [from, to] = [model.weights[name], weights[name]];
          if (from !== undefined && to !== undefined) await copyRows(from, to, from.describe().rows, signal);
        }
        const { tokenizer } = model;
        const report = await runTraining({
          settings,
          view,
          rowsAreIds: false,
          weights,
          tokenizer,
          locks: undefined,
          firstBlock: 0,
          before: NOTHING_BEFORE,
          run: options,
          onProgress,
          cancellation,
        });
        return { settings, keys: view.keys(), counts, weights, report, tokenizer };
      } catch (error) {
        disposeWeights(weights);
        throw error;
      }
    } finally {
      view.dispose();
    }
  } finally {
    if (keys !== model.keys) keys.dispose();
  }
}

/** A Huffman tree belongs to its vocabulary: other words or frequencies would make it another one. */
export function refuseToGrowTree(settings: Word2VecSettings): void {
  if (!usesTree(settings)) return;
  throw contradiction(
    'updateVocabulary',
    'cannot go with hierarchical softmax: new words would change the tree that the weights belong to; train a new model, or ' +
      'leave the option out to train the words there are',
  );
}

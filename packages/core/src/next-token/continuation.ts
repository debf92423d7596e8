import type { NextTokenTables } from '@wordmill/native';
import { Corpus } from '../corpus/corpus.js';
import { copyKeys } from '../formats/tensors.js';
import { viewOfRows } from '../training/model-rows.js';
import { copyRows } from '../training/rows.js';
import { refuseOtherTokens } from '../training/source-tokenizer.js';
import type { Scope } from '../training/text-source.js';
import type { StoredModel } from './model-file.js';
import type { NextTokenProgress } from './options.js';
import { splitText } from './sequences.js';
import type { CheckedContinueOptions, NextTokenSettings } from './settings.js';
import { runTraining } from './training.js';
import { createWeights, disposeWeights, refuseWhatDoesNotFit } from './weights.js';

/** Trains copies of a model's network on more text, so that the model stays as it is should that fail. */
export async function trainOn(
  model: StoredModel,
  network: NextTokenTables,
  corpus: Corpus,
  settings: NextTokenSettings,
  options: CheckedContinueOptions,
  { cancellation, onProgress }: Scope<NextTokenProgress>,
): Promise<StoredModel> {
  const { keys, counts, rowsAreIds, tokenizer } = model;
  const { validation } = options;
  if (validation instanceof Corpus) refuseOtherTokens(tokenizer, validation, undefined);
  const view = await viewOfRows(corpus, model, settings);
  try {
    refuseWhatDoesNotFit(settings, keys.size, view.describe().tokens);
    const { sequence, heldOut } = await splitText(view, validation, settings, rowsAreIds, cancellation);
    const weights = createWeights(settings, keys.size);
    try {
      for (const name of ['input', 'map', 'output', 'bias'] as const) {
        const [from, to] = [network[name], weights[name]];
        if (from !== undefined && to !== undefined) await copyRows(from, to, from.describe().rows, cancellation.signal);
      }
      const report = await runTraining({
        ...{ settings, view, counts, rowsAreIds, tokenizer, sequence, heldOut, weights },
        ...{ run: options, onProgress, cancellation },
      });
      return { settings, keys: copyKeys(keys), counts, rowsAreIds, weights, tokenizer, report };
    } catch (error) {
      disposeWeights(weights);
      throw error;
    } finally {
      sequence.dispose();
      heldOut?.dispose();
    }
  } finally {
    view.dispose();
  }
}

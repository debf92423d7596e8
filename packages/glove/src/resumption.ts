import { WordmillError } from '@wordmill/core';
import type { Scope } from '@wordmill/core/internal';
import type { StoredModel, TrainingState } from './model-file.js';
import type { GloveProgress } from './options.js';
import type { CheckedRunOptions } from './settings.js';
import type { Counts } from './source.js';
import { trainedModel } from './trained-model.js';
import { fingerprintOf } from './training.js';

/** Trains from the block on at which the checkpoint was written; the weights of `model` become those of the result. */
export async function resumeTraining(
  model: StoredModel,
  state: TrainingState,
  counts: Counts,
  run: CheckedRunOptions,
  { cancellation, onProgress }: Scope<GloveProgress>,
): Promise<StoredModel> {
  refuseOtherCounts(counts, state);
  const { settings, keys, counts: wordCounts, weights } = model;
  const trained = await trainedModel({
    settings,
    counts,
    keys,
    wordCounts,
    tokenizer: model.vectors.tokenizer,
    weights,
    firstBlock: state.nextBlock,
    before: state.totals,
    costsBefore: model.report.costs,
    run,
    onProgress,
    cancellation,
  });
  model.vectors.dispose();
  return trained;
}

function refuseOtherCounts({ words }: Counts, { matrix }: TrainingState): void {
  const found = fingerprintOf(words.matrix);
  for (const name of ['rows', 'nonzeros', 'symmetric'] as const) {
    if (found[name] === matrix[name]) continue;
    throw new WordmillError(
      'ERR_WORDMILL_CORPUS',
      `the training that is resumed was on other counts: ${name} ${matrix[name]}, and these have ${found[name]}`,
      { option: 'source' },
    );
  }
}

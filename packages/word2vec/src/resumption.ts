import { type Corpus, WordmillError } from '@wordmill/core';
import { type Scope, viewOfRows } from '@wordmill/core/internal';
import type { View } from '@wordmill/native';
import type { StoredModel, TrainingState } from './model-file.js';
import type { Word2VecProgress } from './options.js';
import type { CheckedRunOptions } from './settings.js';
import { fingerprintOf, runTraining } from './training.js';

/** Trains from the block on at which the checkpoint was written; the weights of `model` become those of the result. */
export async function resumeTraining(
  model: StoredModel,
  state: TrainingState,
  corpus: Corpus,
  run: CheckedRunOptions,
  { cancellation, onProgress }: Scope<Word2VecProgress>,
): Promise<StoredModel> {
  const { settings, keys, counts, weights, tokenizer } = model;
  const { rowsAreIds } = state;
  const view = await viewOfRows(corpus, { keys, counts, rowsAreIds }, settings);
  try {
    refuseOtherText(view, state);
    const report = await runTraining({
      settings,
      view,
      rowsAreIds,
      weights,
      tokenizer,
      locks: state.locks,
      firstBlock: state.nextBlock,
      before: state.totals,
      run,
      onProgress,
      cancellation,
    });
    return { settings, keys, counts, weights, report, tokenizer };
  } finally {
    view.dispose();
  }
}

function refuseOtherText(view: View, { text }: TrainingState): void {
  const found = fingerprintOf(view);
  for (const name of ['tokens', 'sentences', 'blocks'] as const) {
    if (found[name] === text[name]) continue;
    throw new WordmillError(
      'ERR_WORDMILL_CORPUS',
      `the training that is resumed was on another text: ${text[name]} ${name}, and this one has ${found[name]}`,
      { option: 'source' },
    );
  }
}

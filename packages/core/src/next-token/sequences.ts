import type { Sequence, View } from '@wordmill/native';
import type { Cancellation } from '../cancellation.js';
import type { Corpus } from '../corpus/corpus.js';
import { type ModelRows, viewOfRows } from '../training/model-rows.js';
import type { NextTokenSettings } from './settings.js';

/** What is trained on, and what is not and tells how well that went. */
export interface SplitText {
  readonly sequence: Sequence;
  readonly heldOut: Sequence | undefined;
}

/** A view's sentences, less a share that is held out of them; or with another corpus's beside them. */
export async function splitText(
  view: View,
  validation: number | Corpus,
  settings: NextTokenSettings,
  rowsAreIds: boolean,
  cancellation: Cancellation,
): Promise<SplitText> {
  const seed = BigInt(settings.seed);
  const take = (heldOut: number, takeHeldOut: boolean): Promise<Sequence> =>
    cancellation.run((signal) => view.sequence({ heldOut, seed, takeHeldOut }, signal));
  if (typeof validation === 'number') {
    const sequence = await take(validation, false);
    if (validation === 0) return { sequence, heldOut: undefined };
    try {
      return { sequence, heldOut: await take(validation, true) };
    } catch (error) {
      sequence.dispose();
      throw error;
    }
  }
  const keys = view.keys();
  try {
    const heldOut = await sequenceOfCorpus(
      validation,
      { keys, counts: view.counts(), rowsAreIds },
      settings,
      cancellation,
    );
    try {
      return { sequence: await take(0, false), heldOut };
    } catch (error) {
      heldOut.dispose();
      throw error;
    }
  } finally {
    keys.dispose();
  }
}

/** All sentences of a corpus, in the rows of a model. ERR_WORDMILL_CORPUS when none of its tokens has one. */
export async function sequenceOfCorpus(
  corpus: Corpus,
  rows: ModelRows,
  settings: NextTokenSettings,
  cancellation: Cancellation,
): Promise<Sequence> {
  const view = await viewOfRows(corpus, rows, settings);
  try {
    return await cancellation.run((signal) => view.sequence({ heldOut: 0, seed: 0n, takeHeldOut: false }, signal));
  } finally {
    view.dispose();
  }
}

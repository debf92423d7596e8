import { type Keys, native, type Sequence, type View } from '@wordmill/native';
import type { Cancellation } from '../cancellation.js';
import type { Corpus } from '../corpus/corpus.js';
import { isWordmillError } from '../errors.js';
import { type KnownVocabulary, viewOfVocabulary } from '../training/known-vocabulary.js';
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
    const heldOut = await sequenceOfCorpus(validation, { keys, counts: view.counts() }, settings, cancellation);
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
  vocabulary: KnownVocabulary,
  settings: NextTokenSettings,
  cancellation: Cancellation,
): Promise<Sequence> {
  const view = (await viewOfIds(corpus, vocabulary, settings)) ?? (await viewOfVocabulary(corpus, vocabulary, settings));
  try {
    return await cancellation.run((signal) =>
      view.sequence({ heldOut: 0, seed: 0n, takeHeldOut: false }, signal),
    );
  } finally {
    view.dispose();
  }
}

/**
 * The view of a corpus of ready ids whose tokens are those of the vocabulary: ids are then rows, also where several ids are
 * written alike, which words could not tell apart. Undefined for any other corpus.
 */
async function viewOfIds(
  corpus: Corpus,
  { keys, counts }: KnownVocabulary,
  { sentence, maxSentenceLength }: NextTokenSettings,
): Promise<View | undefined> {
  if (!corpus.info.externalIds) return undefined;
  const pruned: string[] = [];
  for (const [row, count] of counts.entries()) if (count === 0n) pruned.push(keys.at(row));
  const drop = native().createKeysFrom(pruned);
  const rules = { minCount: 1, maxVocabulary: 0, sentence, maxSentenceLength, lineEndToken: false, drop };
  let view: View;
  try {
    view = await corpus.native.view(rules);
  } catch (error) {
    if (isWordmillError(error) && error.code === 'ERR_WORDMILL_CORPUS') return undefined;
    throw error;
  } finally {
    drop.dispose();
  }
  const own = view.keys();
  try {
    if (haveSameWords(own, keys)) return view;
  } finally {
    own.dispose();
  }
  view.dispose();
  return undefined;
}

const SLICE = 1 << 14;

function haveSameWords(a: Keys, b: Keys): boolean {
  if (a.size !== b.size) return false;
  for (let first = 0; first < a.size; first += SLICE) {
    const count = Math.min(SLICE, a.size - first);
    const others = b.slice(first, count);
    if (a.slice(first, count).some((word, i) => word !== others[i])) return false;
  }
  return true;
}

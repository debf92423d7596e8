import { type Keys, native, type Sequence, type View } from '@wordmill/native';
import type { Cancellation } from '../cancellation.js';
import type { Corpus } from '../corpus/corpus.js';
import { WordmillError } from '../errors.js';
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

/** What rows a model has. */
interface Rows extends KnownVocabulary {
  readonly rowsAreIds: boolean;
}

/** A corpus through the eyes of a model. */
export const viewOfRows = (corpus: Corpus, rows: Rows, settings: NextTokenSettings): Promise<View> =>
  (rows.rowsAreIds ? viewOfIds : viewOfVocabulary)(corpus, rows, settings);

/** All sentences of a corpus, in the rows of a model. ERR_WORDMILL_CORPUS when none of its tokens has one. */
export async function sequenceOfCorpus(
  corpus: Corpus,
  rows: Rows,
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

/** A corpus of ids through the eyes of a model of the same ids: those that the model has left out are left out here too. */
async function viewOfIds(
  corpus: Corpus,
  { keys, counts }: KnownVocabulary,
  { sentence, maxSentenceLength }: NextTokenSettings,
): Promise<View> {
  if (!corpus.info.externalIds) throw otherIds('this text is words, not ids');
  const pruned: string[] = [];
  for (const [row, count] of counts.entries()) if (count === 0n) pruned.push(keys.at(row));
  const drop = native().createKeysFrom(pruned);
  const rules = { minCount: 1, maxVocabulary: 0, sentence, maxSentenceLength, lineEndToken: false, drop };
  const view = await corpus.native.view(rules).finally(() => drop.dispose());
  const own = view.keys();
  try {
    if (!haveSameWords(own, keys)) throw otherIds('the ids of this text are of another vocabulary');
    return view;
  } catch (error) {
    view.dispose();
    throw error;
  } finally {
    own.dispose();
  }
}

const otherIds = (what: string): WordmillError =>
  new WordmillError(
    'ERR_WORDMILL_CORPUS',
    `${what}, and the model's tokens are ids: give a Corpus that was made with the model's tokenizer or vocabulary`,
    { option: 'source' },
  );

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

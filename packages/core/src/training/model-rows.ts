import { type Keys, native, type View } from '@wordmill/native';
import type { Corpus } from '../corpus/corpus.js';
import { WordmillError } from '../errors.js';
import { type KnownVocabulary, type SentenceRules, viewOfVocabulary } from './known-vocabulary.js';

/** What the rows of a model are of. */
export interface ModelRows extends KnownVocabulary {
  /** whether row i is that of the ready token id i; rows of ids that were left out have count 0 */
  readonly rowsAreIds: boolean;
}

/** A corpus through the eyes of a model. */
export const viewOfRows = (corpus: Corpus, rows: ModelRows, rules: SentenceRules): Promise<View> =>
  (rows.rowsAreIds ? viewOfIds : viewOfVocabulary)(corpus, rows, rules);

/** A corpus of ids through the eyes of a model of the same ids: those that the model has left out are left out here too. */
async function viewOfIds(
  corpus: Corpus,
  { keys, counts }: KnownVocabulary,
  { sentence, maxSentenceLength }: SentenceRules,
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

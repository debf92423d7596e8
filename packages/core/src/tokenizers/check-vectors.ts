import type { Keys } from '@wordmill/native';
import { WordmillError } from '../errors.js';
import { describeTokenizer, readTokenizerMetadata, refuseOtherTokenizer, tokenizerFingerprint } from './fingerprint.js';
import type { Tokenizer } from './tokenizer.js';

/** Keys that are compared at once. */
const SLICE = 1 << 12;

/**
 * Refuses vectors that were not made with this tokenizer: by the fingerprint in their metadata, or, where they have none, by their
 * keys, which must be the tokenizer's in the order of ids (further rows, as tables of language models are padded with, may follow).
 * `limited`: only the first rows were read.
 */
export function checkVectorsTokenizer(
  vectors: { readonly keys: Keys; readonly metadata?: Readonly<Record<string, string>> | undefined },
  tokenizer: Tokenizer,
  limited: boolean,
): void {
  const given = tokenizerFingerprint(tokenizer);
  const made = readTokenizerMetadata(vectors.metadata);
  if (made !== undefined) {
    refuseOtherTokenizer(made, given, 'the rows');
    return;
  }
  const { keys } = vectors;
  const { vocabulary } = tokenizer;
  const wrong = (what: string): WordmillError =>
    new WordmillError(
      'ERR_WORDMILL_TOKENIZER',
      `it does not say with which tokenizer it was made, and its rows are not the tokens of ${describeTokenizer(given)}: ${what}`,
      { option: 'tokenizer' },
    );
  if (keys.size < vocabulary.length && !limited) throw wrong(`it has ${keys.size} rows`);
  const rows = Math.min(keys.size, vocabulary.length);
  for (let first = 0; first < rows; first += SLICE) {
    const slice = keys.slice(first, Math.min(SLICE, rows - first));
    const at = slice.findIndex((key, i) => key !== vocabulary[first + i]);
    if (at < 0) continue;
    throw wrong(`row ${first + at} is ${JSON.stringify(slice[at])}, not ${JSON.stringify(vocabulary[first + at])}`);
  }
}

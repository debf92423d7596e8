import type { Corpus } from '@wordmill/core';
import { type Keys, native } from '@wordmill/native';
import type { Word2VecSettings } from './settings.js';

/** The vocabulary of a model after it has seen more text: old words keep their rows, new ones follow by frequency. */
export interface UpdatedVocabulary {
  readonly keys: Keys;
  readonly counts: BigUint64Array;
}

const MISSING = 0xffffffff;
const SLICE = 1 << 14;

/** Adds the frequencies of a text to those of known words, and its new words that occur often enough. */
export async function updatedVocabulary(
  corpus: Corpus,
  { minCount, lineEndToken }: Word2VecSettings,
  oldKeys: Keys,
  oldCounts: BigUint64Array,
): Promise<UpdatedVocabulary> {
  const view = await corpus.native.view({
    minCount,
    maxVocabulary: 0,
    sentence: 'line',
    maxSentenceLength: 1,
    lineEndToken,
    keep: oldKeys,
  });
  const keys = view.keys();
  try {
    const seen = view.counts();
    const words: string[] = [];
    const counts: bigint[] = [];
    for (let first = 0; first < oldKeys.size; first += SLICE) {
      words.push(...oldKeys.slice(first, Math.min(SLICE, oldKeys.size - first)));
    }
    for (const count of oldCounts) counts.push(count);
    for (let first = 0; first < keys.size; first += SLICE) {
      const slice = keys.slice(first, Math.min(SLICE, keys.size - first));
      const rows = oldKeys.findMany(slice);
      for (const [i, word] of slice.entries()) {
        const row = rows[i]!;
        if (row !== MISSING) counts[row] = counts[row]! + seen[first + i]!;
        else {
          words.push(word);
          counts.push(seen[first + i]!);
        }
      }
    }
    return { keys: native().createKeysFrom(words), counts: BigUint64Array.from(counts) };
  } finally {
    keys.dispose();
    view.dispose();
  }
}

import { type Keys, native, type View } from '@wordmill/native';
import type { Corpus } from '../corpus/corpus.js';

/** How a model's text was cut into sentences. */
export interface SentenceRules {
  readonly sentence: 'line' | 'fixed';
  readonly maxSentenceLength: number;
  readonly lineEndToken: boolean;
}

/** The words of a model in the order of their rows, with their frequencies. */
export interface KnownVocabulary {
  readonly keys: Keys;
  readonly counts: BigUint64Array;
}

const MISSING = 0xffffffff;
const SLICE = 1 << 14;

/** A corpus through the eyes of a model: its words in its order, with its frequencies. */
export function viewOfVocabulary(
  corpus: Corpus,
  { keys, counts }: KnownVocabulary,
  { sentence, maxSentenceLength, lineEndToken }: SentenceRules,
): Promise<View> {
  return corpus.native.view({
    minCount: 0,
    maxVocabulary: 0,
    sentence,
    maxSentenceLength,
    lineEndToken,
    vocabulary: keys,
    vocabularyCounts: counts,
  });
}

/**
 * A vocabulary after it has seen more text, whose frequencies are added to those of known words: old words keep their rows, new ones
 * that occur often enough follow by frequency.
 */
export async function updatedVocabulary(
  corpus: Corpus,
  { keys: oldKeys, counts: oldCounts }: KnownVocabulary,
  { minCount, lineEndToken }: { readonly minCount: number; readonly lineEndToken: boolean },
): Promise<KnownVocabulary> {
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

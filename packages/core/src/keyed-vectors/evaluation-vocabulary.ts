import type { Rows } from './rows.js';

/** Words of a test set and the rows that they stand for. */
export interface EvaluationVocabulary {
  /** row of a word of the test set, or undefined */
  rowOf(word: string): number | undefined;
  /** a key as it is compared */
  fold(key: string): string;
  readonly lastRow: number;
}

/** Among the first `restrictVocab` rows; without case, the first (most frequent) of several spellings counts, as in gensim. */
export function evaluationVocabulary(
  rows: Rows,
  restrictVocab: number,
  caseInsensitive: boolean,
): EvaluationVocabulary {
  const lastRow = Math.min(rows.size, restrictVocab);
  if (!caseInsensitive) {
    const rowOf = (word: string): number | undefined => {
      const row = rows.find(word);
      return row >= 0 && row < lastRow ? row : undefined;
    };
    return { rowOf, fold: (key) => key, lastRow };
  }
  const folded = new Map<string, number>();
  const step = 1 << 14;
  for (let first = 0; first < lastRow; first += step) {
    rows.keys.slice(first, Math.min(step, lastRow - first)).forEach((key, i) => {
      const upper = key.toUpperCase();
      if (!folded.has(upper)) folded.set(upper, first + i);
    });
  }
  const fold = (key: string): string => key.toUpperCase();
  return { rowOf: (word) => folded.get(fold(word)), fold, lastRow };
}

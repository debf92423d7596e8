import type { View as NativeView, ViewInfo } from '@wordmill/native';
import { saveVocabulary, Vocabulary, type VocabularyEntry } from './vocabulary.js';

/** Keys that are read from the engine at once. */
const SLICE = 1 << 14;

/**
 * A corpus as one algorithm sees it: pruned to a vocabulary and cut into sentences, without a copy of the text. Rows are
 * ordered by descending frequency, ties by the words' bytes.
 */
export class CorpusView {
  /** The engine's handle, for algorithm packages. */
  readonly native: NativeView;
  readonly info: ViewInfo;

  constructor(native: NativeView) {
    this.native = native;
    this.info = native.describe();
  }

  /** Words in the vocabulary. */
  get size(): number {
    return this.info.rows;
  }

  /** The words with their frequencies, in the order of their rows. */
  *entries(): Generator<VocabularyEntry> {
    const counts = this.native.counts();
    const keys = this.native.keys();
    try {
      for (let first = 0; first < this.size; first += SLICE) {
        const words = keys.slice(first, Math.min(SLICE, this.size - first));
        for (const [i, word] of words.entries()) yield { word, count: Number(counts[first + i]) };
      }
    } finally {
      keys.dispose();
    }
  }

  vocabulary(): Vocabulary {
    return Vocabulary.from(this.entries());
  }

  /** Writes `word count` lines, as word2vec.c's `-save-vocab`. */
  async saveVocabulary(path: string | URL, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    await saveVocabulary(path, this.entries(), options.signal);
  }

  /** Frees the view; the corpus stays. */
  dispose(): void {
    this.native.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

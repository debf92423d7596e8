import { type LongWork, type TextSource, Vocabulary, WordmillError, type Workplace } from '@wordmill/core';
import { copyKeys, readingOfModel, withText } from '@wordmill/core/internal';
import { loadMatrix, saveMatrix } from './cooccurrence-file.js';
import { type CountedWords, countKnownWords, readingOf } from './counting.js';
import type { ExtendOptions, LoadCountsOptions, LoadRecordsOptions, SaveRecordsOptions } from './options.js';
import { readRecords, writeRecords } from './record-files.js';
import { type CountSettings, checkExtendOptions, checkStorageOptions, engineStorage } from './settings.js';
import { wordTable } from './word-table.js';

/** A word that stands near another, and how often. */
export interface Neighbour {
  readonly word: string;
  readonly count: number;
}

/** One entry of the matrix that is not 0. */
export interface CooccurrenceEntry extends Neighbour {
  /** the word near which `word` stands */
  readonly centre: string;
}

export interface CooccurrenceInfo extends Partial<Workplace> {
  /** words */
  readonly size: number;
  /** entries of the whole matrix that are not 0 */
  readonly nonzeros: number;
  /** (a, b) is (b, a) */
  readonly symmetric: boolean;
  /** bytes held; of a symmetric matrix only one half is */
  readonly bytes: number;
  /** it lives in temporary files, since it is larger than the memory limit allows */
  readonly spilled: boolean;
}

/** Columns of {@link Cooccurrence.entries} that are read at once. */
const SLICE = 1 << 12;

/**
 * How often the words of a vocabulary stand near each other: what GloVe learns from. It does not change; {@link extend} makes a
 * new one. The numbers belong to the engine; {@link dispose} frees them.
 */
export class Cooccurrence {
  /** For algorithm packages: the engine's matrix, its words and their frequencies. */
  readonly native: CountedWords;
  readonly info: CooccurrenceInfo;

  /** For this package; others use countCooccurrences() and the static methods. */
  constructor(native: CountedWords) {
    this.native = native;
    const { rows: size, nonzeros, symmetric, bytes, spilled } = native.matrix.describe();
    this.info = { size, nonzeros, symmetric, bytes, spilled, ...native.workplace };
  }

  /** Reads a file that {@link save} wrote. */
  static async load(path: string | URL, options?: LoadCountsOptions): Promise<Cooccurrence> {
    return new Cooccurrence(await loadMatrix(path, checkStorageOptions(options)));
  }

  /**
   * Reads the 16-byte records of GloVe's cooccur, shuffled or not, whose word numbers are rows of `vocabulary` (a
   * {@link Vocabulary} or the path of its `word count` lines). Counts of a pair that comes twice are added up. ERR_WORDMILL_FORMAT
   * with the offset of a record that cannot be (word 0, a word beyond the vocabulary, a count that is not above 0),
   * ERR_WORDMILL_TRUNCATED when the last record is not whole, ERR_WORDMILL_CORPUS when there is none.
   */
  static async loadRecords(
    path: string | URL,
    vocabulary: Vocabulary | string | URL,
    options?: LoadRecordsOptions,
  ): Promise<Cooccurrence> {
    const checked = checkStorageOptions(options);
    const words = vocabulary instanceof Vocabulary ? vocabulary : await Vocabulary.load(vocabulary, checked);
    return new Cooccurrence(await readRecords(path, words, checked));
  }

  /** Words. */
  get size(): number {
    return this.info.size;
  }

  /** Entries of the matrix that are not 0. */
  get nonzeros(): number {
    return this.info.nonzeros;
  }

  /** How it was counted; undefined where it was read from records of other programs, which do not say. */
  get settings(): CountSettings | undefined {
    return this.native.settings;
  }

  /** The words with their frequencies. */
  get vocabulary(): Vocabulary {
    const { keys, counts } = this.native;
    return Vocabulary.from(keys.slice(0, this.size).map((word, row) => ({ word, count: Number(counts[row]) })));
  }

  /** How often b stands near a (after a, where only one side was counted); 0 for never. ERR_WORDMILL_OOV for unknown words. */
  count(a: string, b: string): number {
    return this.native.matrix.at(this.#rowOf(a), this.#rowOf(b));
  }

  /** The words that stand near a word, most often first; of equal counts, the more frequent word. */
  row(word: string): Neighbour[] {
    const { keys } = this.native;
    const { columns, counts } = this.native.matrix.row(this.#rowOf(word));
    const order = Array.from(columns.keys()).sort((i, j) => counts[j]! - counts[i]! || i - j);
    return order.map((i) => ({ word: keys.at(columns[i]!), count: counts[i]! }));
  }

  /** All entries, row by row, in the order of the vocabulary. */
  async *entries(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncGenerator<CooccurrenceEntry> {
    const { keys, matrix } = this.native;
    const reader = matrix.sortedRecords();
    try {
      const buffer = new Uint8Array(SLICE * 16);
      const numbers = new DataView(buffer.buffer);
      for (let bytes = await reader.read(buffer); bytes > 0; bytes = await reader.read(buffer)) {
        options.signal?.throwIfAborted();
        for (let at = 0; at < bytes; at += 16) {
          const centre = keys.at(numbers.getInt32(at, true) - 1);
          const word = keys.at(numbers.getInt32(at + 4, true) - 1);
          yield { centre, word, count: numbers.getFloat64(at + 8, true) };
        }
      }
    } finally {
      reader.dispose();
    }
  }

  /**
   * The small table that GloVe is explained with: the given words (default: all, which should be few) across and down, and how
   * often the word of a column stands near that of a row.
   */
  toTable(words?: readonly string[]): string {
    const chosen = words ?? this.native.keys.slice(0, this.size);
    const rows = chosen.map((word) => this.#rowOf(word));
    return wordTable(
      chosen,
      rows.map((a) => rows.map((b) => this.native.matrix.at(a, b))),
    );
  }

  /**
   * The counts of this and of more text, as if both had been counted together: the vocabulary stays, the words' frequencies and
   * counts grow. Not for records of other programs (ERR_WORDMILL_UNSUPPORTED), which do not say how they were counted.
   */
  async extend(source: TextSource, options?: ExtendOptions): Promise<Cooccurrence> {
    const checked = checkExtendOptions(options);
    const { matrix, keys, counts, settings, tokenizer } = this.native;
    if (settings === undefined) {
      throw new WordmillError(
        'ERR_WORDMILL_UNSUPPORTED',
        'these counts are from records of another program, which do not say how they were counted: count both texts with ' +
          'countCooccurrences()',
      );
    }
    const reading = readingOfModel(source, readingOf(source, checked), { ...settings, tokenizer });
    return withText(source, reading, async (corpus, scope) => {
      const more = await countKnownWords(corpus, this.native, settings, checked, scope);
      try {
        const sum = await scope.cancellation.run((signal) => matrix.add(more.matrix, engineStorage(checked), signal));
        const sums = counts.map((count, row) => count + more.counts[row]!);
        return new Cooccurrence({ matrix: sum, keys: copyKeys(keys), counts: sums, settings, tokenizer });
      } finally {
        more.matrix.dispose();
        more.keys.dispose();
      }
    });
  }

  /** Writes a safetensors file, which {@link load} reads; one of that name is replaced when all is written. */
  async save(path: string | URL, options: LongWork = {}): Promise<void> {
    await saveMatrix(path, this.native, options);
  }

  /** Writes the 16-byte records of GloVe's programs, by row and column as its cooccur does, or shuffled. */
  async saveRecords(path: string | URL, options?: SaveRecordsOptions): Promise<void> {
    await writeRecords(path, this.native.matrix, options);
  }

  #rowOf(word: string): number {
    const row = this.native.keys.find(word);
    if (row >= 0) return row;
    throw new WordmillError('ERR_WORDMILL_OOV', `the word ${JSON.stringify(word)} is not in the vocabulary`);
  }

  /** Frees the counts. Models trained from them stay. */
  dispose(): void {
    this.native.matrix.dispose();
    this.native.keys.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

import { native } from '@wordmill/native';
import * as v from 'valibot';
import { WordmillError } from '../errors.js';
import { callback, checkOptions, flag, integer, oneOf, signal, threads } from '../options.js';
import type { CorpusProgress } from '../progress.js';
import { tokenizer } from '../tokenizers/checks.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';
import type { InvalidUtf8 } from './text-bytes.js';
import type { Vocabulary, VocabularyEntry } from './vocabulary.js';

/** How text is read into a {@link Corpus}. */
export interface CorpusOptions {
  /** Lowercase the text, by the rules of Unicode. Default false. Not together with `invalidUtf8: 'escape'`. */
  readonly lowercase?: boolean | undefined;
  /**
   * What to do with bytes that are not UTF-8: `strict` (default) is an error with their offset, `replace` makes U+FFFD of
   * them, `escape` keeps them as they are, as word2vec.c does; in strings, U+DCNN then stands for the byte 0xNN.
   */
  readonly invalidUtf8?: InvalidUtf8 | undefined;
  /** Longer tokens are cut there, at a character, and counted in {@link CorpusInfo}. 4 to 2^30 bytes; default 1024 (word2vec.c: 98). */
  readonly maxTokenBytes?: number | undefined;
  /**
   * Bytes of encoded text (4 a token) to keep in memory; a longer text goes to a temporary file that is mapped. 0: no
   * limit. Default: half of the memory that the process may still take.
   */
  readonly memoryLimit?: number | undefined;
  /**
   * Takes the tokens of this tokenizer instead of words: each line is encoded by itself, and what is trained has row i for id i. A line
   * longer than 64 KiB is encoded in parts, cut at spaces. `lowercase` comes before; `maxTokenBytes` and `invalidUtf8: 'escape'`
   * cannot go with it. ERR_WORDMILL_TOKENIZER names the tokenizer and the line where it gives what is no id of its vocabulary.
   */
  readonly tokenizer?: Tokenizer | undefined;
  /** Engine threads; 0, the default: as many as the process may run on. */
  readonly threads?: number | undefined;
  /** Stops reading; the promise then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called about ten times a second with the bytes read. What it throws stops the reading and becomes its error. */
  readonly onProgress?: ((progress: CorpusProgress) => void) | undefined;
}

/** {@link CorpusOptions} with their defaults, less those that say how to call back. */
export interface ReadingOptions {
  readonly lowercase: boolean;
  readonly invalidUtf8: InvalidUtf8;
  readonly maxTokenBytes: number;
  readonly memoryLimit: number;
  readonly threads: number;
  readonly tokenizer: Tokenizer | undefined;
}

/** The options that change what a corpus is, as entries of a schema; algorithm packages take them too. */
export const readingEntries = {
  lowercase: v.optional(flag),
  invalidUtf8: v.optional(oneOf('strict', 'replace', 'escape')),
  maxTokenBytes: v.optional(integer(4, 2 ** 30)),
  memoryLimit: v.optional(integer(0)),
};

/** The option that says whose tokens are read, as an entry of a schema. */
export const tokenizerEntries = { tokenizer };

/** {@link CorpusOptions} that matter for ready token ids. */
export type TokenIdOptions = Pick<CorpusOptions, 'memoryLimit' | 'threads' | 'signal'>;

const tokenIdSchema = v.strictObject({ memoryLimit: readingEntries.memoryLimit, threads, signal });

const corpusSchema = v.strictObject({
  ...readingEntries,
  ...tokenizerEntries,
  threads,
  signal,
  onProgress: v.optional(callback<(progress: CorpusProgress) => void>()),
});

export function corpusOptions(options: CorpusOptions | undefined) {
  const { signal, onProgress, ...reading } = checkOptions(corpusSchema, options);
  return { signal, onProgress, reading: readingOptions(reading) };
}

export function tokenIdOptions(options: TokenIdOptions | undefined) {
  const { signal, ...reading } = checkOptions(tokenIdSchema, options);
  return { signal, reading: readingOptions(reading) };
}

function readingOptions(given: v.InferOutput<typeof corpusSchema>): ReadingOptions {
  const { lowercase = false, invalidUtf8 = 'strict', maxTokenBytes = 1024, threads, tokenizer } = given;
  if (tokenizer !== undefined) refuseWithTokenizer(given);
  if (lowercase && invalidUtf8 === 'escape') {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      "option lowercase: bytes that are not UTF-8 have no case, so it cannot go with invalidUtf8: 'escape'; choose 'strict' or 'replace'",
      { option: 'lowercase' },
    );
  }
  const memoryLimit = given.memoryLimit ?? Math.floor(native().runtime().memory / 2);
  return { lowercase, invalidUtf8, maxTokenBytes, memoryLimit, threads, tokenizer };
}

function refuseWithTokenizer({ maxTokenBytes, invalidUtf8 }: v.InferOutput<typeof corpusSchema>): void {
  if (maxTokenBytes !== undefined) {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      'option maxTokenBytes cannot go with tokenizer, which says itself what its tokens are; leave it out',
      { option: 'maxTokenBytes' },
    );
  }
  if (invalidUtf8 === 'escape') {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      "option invalidUtf8: tokenizers take text, so 'escape' cannot go with tokenizer; choose 'strict' or 'replace'",
      { option: 'invalidUtf8' },
    );
  }
}

/** What of a corpus an algorithm sees: its vocabulary, and what a sentence is. */
export interface ViewOptions {
  /** Words rarer than that are left out. Default 5 (word2vec.c `-min-count`). */
  readonly minCount?: number | undefined;
  /** At most that many words, the most frequent; default: no limit. */
  readonly maxVocabulary?: number | undefined;
  /** Words that stay however rare they are. */
  readonly keep?: Iterable<string> | undefined;
  /** Words that are left out however frequent they are. */
  readonly drop?: Iterable<string> | undefined;
  /**
   * Exactly these words in this order, with these frequencies, instead of the four rules above (which cannot go with it);
   * a string is the path of a file of `word count` lines (word2vec.c `-read-vocab`).
   */
  readonly vocabulary?: Vocabulary | Iterable<VocabularyEntry> | string | URL | undefined;
  /**
   * `line` (default): a line is a sentence, and one longer than `maxSentenceLength` is cut; `fixed`: line ends are ignored
   * and every `maxSentenceLength` tokens are a sentence, for text without lines.
   */
  readonly sentence?: 'line' | 'fixed' | undefined;
  /** In tokens of the vocabulary, 1 to 1048576. Default 1000 (word2vec.c). */
  readonly maxSentenceLength?: number | undefined;
  /** Count every line end as a word `</s>`, row 0, as word2vec.c does. Default false. */
  readonly lineEndToken?: boolean | undefined;
}

const words = v.custom<Iterable<string>>(
  (value) => typeof value === 'object' && value !== null && Symbol.iterator in value,
  (issue) => `must be a list of words, not ${issue.received}`,
);

/** {@link ViewOptions} as entries of a schema. */
export const viewEntries = {
  minCount: v.optional(integer(0)),
  maxVocabulary: v.optional(integer(1)),
  keep: v.optional(words),
  drop: v.optional(words),
  vocabulary: v.optional(
    v.custom<Vocabulary | Iterable<VocabularyEntry> | string | URL>(
      (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
      (issue) => `must be a Vocabulary, a list of { word, count } or a path, not ${issue.received}`,
    ),
  ),
  sentence: v.optional(oneOf('line', 'fixed')),
  maxSentenceLength: v.optional(integer(1, 1 << 20)),
  lineEndToken: v.optional(flag),
};

const viewSchema = v.strictObject(viewEntries);

export type CheckedViewOptions = v.InferOutput<typeof viewSchema>;

export function checkViewOptions(options: ViewOptions | undefined): CheckedViewOptions {
  const checked = checkOptions(viewSchema, options);
  if (checked.vocabulary === undefined) return checked;
  for (const rule of ['minCount', 'maxVocabulary', 'keep', 'drop'] as const) {
    if (checked[rule] === undefined) continue;
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `option ${rule} cannot go with option vocabulary, which says exactly which words there are; leave out one of them`,
      { option: rule },
    );
  }
  return checked;
}

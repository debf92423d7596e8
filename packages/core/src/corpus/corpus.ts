import { type CorpusInfo, type Keys, type Corpus as NativeCorpus, native, type ViewInfo } from '@wordmill/native';
import { Cancellation } from '../cancellation.js';
import { isWordmillError, WordmillError } from '../errors.js';
import { type FileWriter, filePath, writeFiles } from '../files.js';
import { requireTokenizer } from '../tokenizers/checks.js';
import { tokenizerFingerprint } from '../tokenizers/fingerprint.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';
import { type CorpusFeed, readCorpus, type Sentence } from './feed.js';
import { type FileSource, listInputFiles } from './input-files.js';
import {
  type CheckedViewOptions,
  type CorpusOptions,
  checkViewOptions,
  corpusOptions,
  type TokenIdOptions,
  tokenIdOptions,
  type ViewOptions,
} from './options.js';
import { decodeText } from './text-bytes.js';
import { buildFromIds, type TokenIds } from './token-ids.js';
import { CorpusView } from './view.js';
import { Vocabulary } from './vocabulary.js';

export type { CorpusInfo, ViewInfo };

/** Text that {@link Corpus.lines} asks for at once; a longer line makes it more. */
const TEXT_BYTES = 1 << 20;

/**
 * Text that was read and encoded once, and from which any number of models can be trained. Tokens are separated by ASCII
 * white space and NUL; a line feed ends a line (CR LF too). It keeps every word: what is rare is left out by a
 * {@link view}. It takes 4 bytes a token and line end, in memory that belongs to the engine; {@link dispose} frees it.
 *
 * Every way to read one rejects with ERR_WORDMILL_IO (naming the file) for what cannot be read, ERR_WORDMILL_FORMAT for
 * broken UTF-8 under `strict` and for damaged compressed files, ERR_WORDMILL_CORPUS when there was no token at all.
 */
export class Corpus {
  /** The engine's handle, for algorithm packages. */
  readonly native: NativeCorpus;
  readonly info: CorpusInfo;
  /** The tokenizer whose tokens these are; undefined where they are words, or ids of no known tokenizer. */
  readonly tokenizer: Tokenizer | undefined;

  /** For algorithm packages; others use the static methods. */
  constructor(native: NativeCorpus, tokenizer?: Tokenizer | undefined) {
    this.native = native;
    this.info = native.describe();
    this.tokenizer = tokenizer;
  }

  /**
   * Reads a file, a folder (its files by name) or several of them as one text. Files compressed with gzip or Zstandard are
   * recognised by their first bytes.
   */
  static async fromFile(source: FileSource, options?: CorpusOptions): Promise<Corpus> {
    const files = await listInputFiles(source);
    let total: number | undefined = 0;
    for (const { bytes } of files) total = bytes === undefined || total === undefined ? undefined : total + bytes;
    return Corpus.#read(options, total, async (feed) => {
      for (const file of files) await feed.file(file);
    });
  }

  /** Reads the text itself. */
  static async fromText(text: string, options?: CorpusOptions): Promise<Corpus> {
    if (typeof text !== 'string') {
      throw new WordmillError('ERR_WORDMILL_OPTION', `the text must be a string, not ${typeof text}`, {
        option: 'text',
      });
    }
    return Corpus.#read(options, undefined, (feed) => feed.text(text));
  }

  /**
   * Reads sentences one by one: a string is a line of text, an array of strings is tokens that are taken as they are (they may
   * hold spaces; empty ones are left out). Nothing is asked for faster than the engine takes it.
   */
  static async fromSentences(
    sentences: Iterable<Sentence> | AsyncIterable<Sentence>,
    options?: CorpusOptions,
  ): Promise<Corpus> {
    if (!isIterable(sentences)) {
      throw new WordmillError(
        'ERR_WORDMILL_OPTION',
        'the sentences must be iterable; for one text use Corpus.fromText()',
        {
          option: 'sentences',
        },
      );
    }
    return Corpus.#read(options, undefined, (feed) => feed.sentences(sentences));
  }

  /** Reads a stream of bytes or pieces of text, possibly compressed; its pieces need not be lines. */
  static async fromStream(stream: AsyncIterable<Uint8Array | string>, options?: CorpusOptions): Promise<Corpus> {
    return Corpus.#read(options, undefined, (feed) => feed.stream(stream));
  }

  /** Reads standard input to its end. */
  static async fromStandardInput(options?: CorpusOptions): Promise<Corpus> {
    return Corpus.fromStream(process.stdin, options);
  }

  /**
   * Takes ready token ids: one sequence, or lines of them. Ids are never renumbered: id i is `vocabulary[i]`, or token i of a
   * tokenizer, and row i of whatever is trained. ERR_WORDMILL_CORPUS for an id that is not less than the vocabulary's length.
   */
  static async fromTokenIds(
    ids: TokenIds | Iterable<TokenIds> | AsyncIterable<TokenIds>,
    vocabulary: readonly string[] | Tokenizer,
    options?: TokenIdOptions,
  ): Promise<Corpus> {
    const { signal, reading } = tokenIdOptions(options);
    if (Array.isArray(vocabulary)) return new Corpus(await buildFromIds(ids, vocabulary, reading, signal));
    const tokenizer = requireTokenizer(vocabulary, 'vocabulary');
    tokenizerFingerprint(tokenizer);
    return new Corpus(await buildFromIds(ids, tokenizer.vocabulary, reading, signal), tokenizer);
  }

  static async #read(
    options: CorpusOptions | undefined,
    total: number | undefined,
    read: (feed: CorpusFeed) => Promise<void>,
  ): Promise<Corpus> {
    const { signal, onProgress, reading } = corpusOptions(options);
    const cancellation = new Cancellation(signal);
    try {
      cancellation.throwIfAborted();
      const corpus = await readCorpus(reading, cancellation, total, cancellation.observer(onProgress), read);
      return new Corpus(corpus, reading.tokenizer);
    } finally {
      cancellation.close();
    }
  }

  /**
   * The corpus as an algorithm sees it. ERR_WORDMILL_CORPUS when no word is left, with the frequency that the most frequent
   * one reaches.
   */
  async view(options?: ViewOptions): Promise<CorpusView> {
    const checked = checkViewOptions(options);
    if (this.tokenizer !== undefined && checked.vocabulary !== undefined) {
      throw new WordmillError(
        'ERR_WORDMILL_OPTION',
        'option vocabulary cannot go with a tokenizer, whose ids are the rows; leave tokens out with minCount, keep or drop',
        { option: 'vocabulary' },
      );
    }
    const handles: Keys[] = [];
    const keysOf = (words: Iterable<string>): Keys => {
      const keys = native().createKeysFrom([...words]);
      handles.push(keys);
      return keys;
    };
    try {
      const { keep, drop, vocabulary } = checked;
      const given = vocabulary === undefined ? undefined : await vocabularyOf(vocabulary);
      const view = await this.native.view({
        ...rulesOf(checked),
        ...(keep && { keep: keysOf(keep) }),
        ...(drop && { drop: keysOf(drop) }),
        ...(given && { vocabulary: keysOf(given.words), vocabularyCounts: BigUint64Array.from(given.counts, BigInt) }),
      });
      return new CorpusView(view);
    } catch (error) {
      throw await this.#withHighestCount(error, checked.minCount ?? DEFAULT_MIN_COUNT);
    } finally {
      for (const keys of handles) keys.dispose();
    }
  }

  async #withHighestCount(error: unknown, minCount: number): Promise<unknown> {
    if (!isWordmillError(error) || error.code !== 'ERR_WORDMILL_CORPUS' || minCount <= 1) return error;
    const all = await this.native.view({ ...rulesOf({}), minCount: 1, maxVocabulary: 1 });
    const highest = all.counts()[0];
    all.dispose();
    if (highest === undefined || highest >= minCount) return error;
    return new WordmillError(
      'ERR_WORDMILL_CORPUS',
      `no word occurs ${minCount} times; the most frequent one occurs ${highest} times: lower minCount or give more text`,
      { option: 'minCount', cause: error },
    );
  }

  /** The lines of the corpus as text, tokens separated by one space. Bytes that are not UTF-8 come as U+DCNN. */
  async *lines(): AsyncGenerator<string> {
    for await (const bytes of this.#text()) {
      for (let start = 0; start < bytes.length; ) {
        const end = bytes.indexOf(0x0a, start);
        yield decodeText(bytes.subarray(start, end));
        start = end + 1;
      }
    }
  }

  /** Writes the lines of the corpus to a file, which is replaced when all is written. */
  async saveText(path: string | URL, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    const write = async (file: FileWriter): Promise<void> => {
      for await (const bytes of this.#text()) {
        options.signal?.throwIfAborted();
        await file.write(bytes);
      }
    };
    await writeFiles([{ path: filePath(path), write }]);
  }

  async *#text(): AsyncGenerator<Uint8Array> {
    let buffer = new Uint8Array(TEXT_BYTES);
    const end = this.info.streamBytes / 4;
    for (let position = 0; position < end; ) {
      try {
        const { bytes, next } = await this.native.text(position, buffer);
        yield buffer.subarray(0, bytes);
        position = next;
      } catch (error) {
        if (!isWordmillError(error) || error.code !== 'ERR_WORDMILL_LIMIT') throw error;
        // The next line is longer than that.
        buffer = new Uint8Array(buffer.length * 2);
      }
    }
  }

  /** Frees the text. Views and models made from it stay. */
  dispose(): void {
    this.native.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** word2vec.c's `-min-count`. */
const DEFAULT_MIN_COUNT = 5;

function rulesOf(options: CheckedViewOptions) {
  return {
    minCount: options.minCount ?? DEFAULT_MIN_COUNT,
    maxVocabulary: options.maxVocabulary ?? 0,
    sentence: options.sentence ?? 'line',
    maxSentenceLength: options.maxSentenceLength ?? 1000,
    lineEndToken: options.lineEndToken ?? false,
  } as const;
}

async function vocabularyOf(given: NonNullable<CheckedViewOptions['vocabulary']>): Promise<Vocabulary> {
  if (given instanceof Vocabulary) return given;
  if (typeof given === 'string' || given instanceof URL) return Vocabulary.load(given);
  return Vocabulary.from(given);
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);
}

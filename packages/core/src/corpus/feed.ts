import { open } from 'node:fs/promises';
import { type CorpusBuilder, type Corpus as NativeCorpus, native, type Signal } from '@wordmill/native';
import type { Cancellation } from '../cancellation.js';
import { fileError, isWordmillError, WordmillError } from '../errors.js';
import type { CorpusProgress } from '../progress.js';
import { compressionOf, MAGIC_BYTES } from './decompress.js';
import type { InputFile } from './input-files.js';
import { Lowercase } from './lowercase.js';
import type { ReadingOptions } from './options.js';
import { PIECE, SourceBytes } from './source-bytes.js';
import { encodeText } from './text-bytes.js';
import { TokenFeed } from './token-feed.js';

const LINE_END = 0xffffffff;
const PROGRESS_MILLISECONDS = 100;

/** One line of a source: its text, or its tokens. */
export type Sentence = string | readonly string[];

/** Gives what it reads to the engine. */
export interface CorpusFeed {
  /** bytes read of the input, as stored (compressed) */
  readonly done: number;
  file(file: InputFile): Promise<void>;
  /** One text in pieces, possibly compressed. */
  stream(chunks: AsyncIterable<unknown>): Promise<void>;
  text(text: string): Promise<void>;
  sentences(sentences: Iterable<Sentence> | AsyncIterable<Sentence>): Promise<void>;
  finish(): Promise<NativeCorpus>;
  dispose(): void;
}

/** Gives text to the engine, which counts and encodes it on its own threads while the next piece is read. */
class WordFeed implements CorpusFeed {
  readonly #builder: CorpusBuilder;
  readonly #options: ReadingOptions;
  readonly #cancellation: Cancellation;
  readonly #source: SourceBytes;
  readonly #files: string[] = [];
  /** a file that the engine reads by itself, and how many bytes it had before */
  #nativeFrom: number | undefined;

  constructor(options: ReadingOptions, cancellation: Cancellation) {
    const { invalidUtf8, threads, maxTokenBytes, memoryLimit } = options;
    this.#builder = native().beginCorpus({ invalidUtf8, threads, maxTokenBytes, memoryLimit });
    this.#options = options;
    this.#cancellation = cancellation;
    this.#source = new SourceBytes(invalidUtf8, cancellation);
  }

  get done(): number {
    return this.#source.read + (this.#nativeFrom === undefined ? 0 : this.#builder.bytesDone() - this.#nativeFrom);
  }

  async file(file: InputFile): Promise<void> {
    this.#files.push(file.path);
    if (!this.#options.lowercase && file.bytes !== undefined && !(await isCompressed(file.path))) {
      this.#nativeFrom = this.#builder.bytesDone();
      await this.#engine((signal) => this.#builder.appendFile(file.path, signal));
      this.#source.read += file.bytes;
      this.#nativeFrom = undefined;
    } else {
      await this.#pieces(this.#named(file.path, this.#lowercased(this.#source.file(file.path))));
    }
  }

  async stream(chunks: AsyncIterable<unknown>): Promise<void> {
    await this.#pieces(this.#lowercased(this.#source.stream(chunks)));
  }

  async *#named(path: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
    } catch (error) {
      throw this.#cancellation.signal.aborted ? error : fileError(error, path);
    }
  }

  async *#lowercased(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { lowercase, invalidUtf8 } = this.#options;
    if (!lowercase || invalidUtf8 === 'escape') return yield* chunks;
    const lower = new Lowercase(invalidUtf8);
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += PIECE) yield lower.push(chunk.subarray(at, at + PIECE));
    }
    yield lower.end();
  }

  async #pieces(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += PIECE) {
        this.#cancellation.throwIfAborted();
        await this.#engine(() => this.#builder.append(chunk.subarray(at, at + PIECE)));
      }
    }
    await this.#engine(() => this.#builder.endInput());
  }

  /** The engine tokenizes behind what it is given: broken text may be that of an earlier file. */
  async #engine<T>(work: (signal: Signal) => Promise<T>): Promise<T> {
    try {
      return await this.#cancellation.run(work);
    } catch (error) {
      if (!isWordmillError(error) || error.file !== undefined) throw error;
      const named = this.#files.find((path) => error.message.startsWith(`${path} `));
      if (named !== undefined) {
        const { code, offset, message } = error;
        throw new WordmillError(code, message, { file: named, offset, cause: error });
      }
      const last = this.#files.at(-1);
      throw last !== undefined && (this.#files.length === 1 || error.code === 'ERR_WORDMILL_IO')
        ? fileError(error, last)
        : error;
    }
  }

  async finish(): Promise<NativeCorpus> {
    return this.#engine((signal) => this.#builder.finish(signal));
  }

  async text(text: string): Promise<void> {
    await this.#pieces(this.#lowercased(this.#source.text(text)));
  }

  async sentences(sentences: Iterable<Sentence> | AsyncIterable<Sentence>): Promise<void> {
    const batch = new SentenceBatch(this.#options);
    const flush = async (): Promise<void> => {
      this.#cancellation.throwIfAborted();
      this.#source.read += batch.bytes;
      if (batch.lines.length > 0) {
        const bytes = encodeText(batch.takeLines(), this.#options.invalidUtf8);
        await this.#engine(() => this.#builder.append(bytes));
      }
      if (batch.lengths.length > 0) {
        const [bytes, lengths] = batch.takeTokens();
        await this.#engine(() => this.#builder.appendTokens(bytes, lengths));
      }
    };
    let position = 0;
    for await (const sentence of sentences) {
      if (batch.mustFlushBefore(sentence)) await flush();
      batch.add(sentence, position++);
      if (batch.bytes >= PIECE) await flush();
    }
    await flush();
    await this.#engine(() => this.#builder.endInput());
  }

  dispose(): void {
    this.#builder.dispose();
  }
}

/** Lines or token lists, gathered until they are worth a call. */
class SentenceBatch {
  readonly #options: ReadingOptions;
  lines: string[] = [];
  lengths: number[] = [];
  #tokens: Uint8Array[] = [];
  bytes = 0;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  /** Lines and token lists may alternate, but their order counts. */
  mustFlushBefore(sentence: Sentence): boolean {
    return typeof sentence === 'string' ? this.lengths.length > 0 : this.lines.length > 0;
  }

  add(sentence: Sentence, position: number): void {
    if (typeof sentence === 'string') {
      this.lines.push(this.#options.lowercase ? sentence.toLowerCase() : sentence);
      this.bytes += sentence.length + 1;
    } else if (Array.isArray(sentence)) {
      for (const token of sentence) this.#addToken(token, position);
      this.lengths.push(LINE_END);
      this.bytes++;
    } else {
      throw new WordmillError('ERR_WORDMILL_CORPUS', `sentence ${position} is neither a string nor an array of tokens`);
    }
  }

  #addToken(token: unknown, position: number): void {
    if (typeof token !== 'string') {
      throw new WordmillError(
        'ERR_WORDMILL_CORPUS',
        `sentence ${position} holds a token that is not a string (${typeof token}); for token ids use Corpus.fromTokenIds()`,
      );
    }
    if (token === '') return;
    const bytes = encodeText(this.#options.lowercase ? token.toLowerCase() : token, this.#options.invalidUtf8);
    this.#tokens.push(bytes);
    this.lengths.push(bytes.length);
    this.bytes += bytes.length + 1;
  }

  takeLines(): string {
    const text = `${this.lines.join('\n')}\n`;
    this.lines = [];
    this.bytes = 0;
    return text;
  }

  takeTokens(): [bytes: Uint8Array, lengths: Uint32Array] {
    const taken: [Uint8Array, Uint32Array] = [Buffer.concat(this.#tokens), Uint32Array.from(this.lengths)];
    this.#tokens = [];
    this.lengths = [];
    this.bytes = 0;
    return taken;
  }
}

async function isCompressed(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const start = new Uint8Array(MAGIC_BYTES);
    const { bytesRead } = await file.read(start, 0, MAGIC_BYTES, 0);
    return compressionOf(start.subarray(0, bytesRead)) !== undefined;
  } finally {
    await file.close();
  }
}

/**
 * Reads a corpus once.
 * @param total bytes that will be read, where known
 */
export async function readCorpus(
  options: ReadingOptions,
  cancellation: Cancellation,
  total: number | undefined,
  onProgress: ((progress: CorpusProgress) => void) | undefined,
  read: (feed: CorpusFeed) => Promise<void>,
): Promise<NativeCorpus> {
  const { tokenizer } = options;
  const feed =
    tokenizer === undefined ? new WordFeed(options, cancellation) : new TokenFeed(tokenizer, options, cancellation);
  const report = (): void => onProgress?.({ phase: 'corpus', done: feed.done, total });
  const timer = onProgress && setInterval(report, PROGRESS_MILLISECONDS);
  try {
    await read(feed);
    const corpus = await feed.finish();
    report();
    return corpus;
  } finally {
    clearInterval(timer);
    feed.dispose();
  }
}

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type CorpusBuilder, type Corpus as NativeCorpus, native } from '@wordmill/native';
import type { Cancellation } from '../cancellation.js';
import { fileError, WordmillError } from '../errors.js';
import type { CorpusProgress } from '../progress.js';
import { compressionOf, MAGIC_BYTES, plainBytes } from './decompress.js';
import type { InputFile } from './input-files.js';
import { Lowercase } from './lowercase.js';
import type { ReadingOptions } from './options.js';
import { encodeText } from './text-bytes.js';

/** Bytes that go to the engine at once; a piece of it is tokenized while the event loop goes on. */
const PIECE = 1 << 18;

const LINE_END = 0xffffffff;
const PROGRESS_MILLISECONDS = 100;

/** One line of a source: its text, or its tokens. */
export type Sentence = string | readonly string[];

/** Gives text to the engine, which counts and encodes it on its own threads while the next piece is read. */
export class Feed {
  readonly #builder: CorpusBuilder;
  readonly #options: ReadingOptions;
  readonly #cancellation: Cancellation;
  readonly #lowercase: Lowercase | undefined;
  /** bytes read of the input, as stored (compressed) */
  #read = 0;
  /** a file that the engine reads by itself, and how many bytes it had before */
  #nativeFrom: number | undefined;

  constructor(builder: CorpusBuilder, options: ReadingOptions, cancellation: Cancellation) {
    this.#builder = builder;
    this.#options = options;
    this.#cancellation = cancellation;
    const { invalidUtf8 } = options;
    this.#lowercase = options.lowercase && invalidUtf8 !== 'escape' ? new Lowercase(invalidUtf8) : undefined;
  }

  get done(): number {
    return this.#read + (this.#nativeFrom === undefined ? 0 : this.#builder.bytesDone() - this.#nativeFrom);
  }

  async file(file: InputFile): Promise<void> {
    try {
      if (this.#lowercase === undefined && file.bytes !== undefined && !(await isCompressed(file.path))) {
        this.#nativeFrom = this.#builder.bytesDone();
        await this.#cancellation.run((signal) => this.#builder.appendFile(file.path, signal));
        this.#read += file.bytes;
        this.#nativeFrom = undefined;
      } else {
        await this.stream(createReadStream(file.path, { highWaterMark: PIECE }));
      }
    } catch (error) {
      throw this.#cancellation.signal.aborted ? error : fileError(error, file.path);
    }
  }

  /** One text in pieces, possibly compressed. */
  async stream(chunks: AsyncIterable<unknown>): Promise<void> {
    for await (const bytes of plainBytes(this.#counted(chunks))) await this.#bytes(bytes);
    await this.#endInput();
  }

  async *#counted(chunks: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#cancellation.throwIfAborted();
      const bytes = typeof chunk === 'string' ? encodeText(chunk, this.#options.invalidUtf8) : chunk;
      if (!(bytes instanceof Uint8Array)) {
        throw new WordmillError('ERR_WORDMILL_CORPUS', `a stream must give bytes or strings, not ${typeof chunk}`);
      }
      this.#read += bytes.length;
      yield bytes;
    }
  }

  async #bytes(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIECE) {
      this.#cancellation.throwIfAborted();
      const piece = bytes.subarray(at, at + PIECE);
      await this.#append(this.#lowercase?.push(piece) ?? piece);
    }
  }

  async #endInput(): Promise<void> {
    if (this.#lowercase !== undefined) await this.#append(this.#lowercase.end());
    await this.#builder.endInput();
  }

  async #append(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) await this.#builder.append(bytes);
  }

  async text(text: string): Promise<void> {
    for (let at = 0; at < text.length; ) {
      this.#cancellation.throwIfAborted();
      let end = Math.min(at + PIECE, text.length);
      if (isHighSurrogate(text.charCodeAt(end - 1)) && end < text.length) end++;
      const bytes = encodeText(text.slice(at, end), this.#options.invalidUtf8);
      this.#read += bytes.length;
      await this.#bytes(bytes);
      at = end;
    }
    await this.#endInput();
  }

  async sentences(sentences: Iterable<Sentence> | AsyncIterable<Sentence>): Promise<void> {
    const batch = new SentenceBatch(this.#options);
    const flush = async (): Promise<void> => {
      this.#cancellation.throwIfAborted();
      this.#read += batch.bytes;
      if (batch.lines.length > 0) await this.#builder.append(encodeText(batch.takeLines(), this.#options.invalidUtf8));
      if (batch.lengths.length > 0) await this.#builder.appendTokens(...batch.takeTokens());
    };
    let position = 0;
    for await (const sentence of sentences) {
      if (batch.mustFlushBefore(sentence)) await flush();
      batch.add(sentence, position++);
      if (batch.bytes >= PIECE) await flush();
    }
    await flush();
    await this.#builder.endInput();
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

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
  read: (feed: Feed) => Promise<void>,
): Promise<NativeCorpus> {
  const builder = native().beginCorpus({
    invalidUtf8: options.invalidUtf8,
    threads: options.threads,
    maxTokenBytes: options.maxTokenBytes,
    memoryLimit: options.memoryLimit,
  });
  const feed = new Feed(builder, options, cancellation);
  const report = (): void => onProgress?.({ phase: 'corpus', done: feed.done, total });
  const timer = onProgress && setInterval(report, PROGRESS_MILLISECONDS);
  try {
    await read(feed);
    const corpus = await cancellation.run((signal) => builder.finish(signal));
    report();
    return corpus;
  } finally {
    clearInterval(timer);
    builder.dispose();
  }
}

import { isUtf8 } from 'node:buffer';
import { type IdBuilder, type Corpus as NativeCorpus, native } from '@wordmill/native';
import type { Cancellation } from '../cancellation.js';
import { fileError, WordmillError } from '../errors.js';
import { encodeChecked } from '../tokenizers/checks.js';
import { tokenizerFingerprint } from '../tokenizers/fingerprint.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';
import { eventLoopTurn } from '../training/rows.js';
import type { CorpusFeed, Sentence } from './feed.js';
import type { InputFile } from './input-files.js';
import { type LinePiece, LinePieces } from './line-pieces.js';
import { validPrefix } from './lowercase.js';
import type { ReadingOptions } from './options.js';
import { PIECE, SourceBytes } from './source-bytes.js';
import { encodeText } from './text-bytes.js';

const LINE_END = 0xffffffff;

/** Ids that go to the engine at once; the event loop gets its turn meanwhile. */
const IDS = 1 << 14;

/** Characters that are encoded before the event loop gets its turn. */
const CHARACTERS = 1 << 16;

/** Gives text to a tokenizer line by line, and its ids to the engine. */
export class TokenFeed implements CorpusFeed {
  readonly #tokenizer: Tokenizer;
  readonly #builder: IdBuilder;
  readonly #options: ReadingOptions;
  readonly #cancellation: Cancellation;
  readonly #source: SourceBytes;
  readonly #ids = new Uint32Array(IDS);
  #used = 0;
  #characters = 0;
  #line = 1;
  #replaced = 0;

  constructor(tokenizer: Tokenizer, options: ReadingOptions, cancellation: Cancellation) {
    tokenizerFingerprint(tokenizer);
    this.#tokenizer = tokenizer;
    this.#options = options;
    this.#cancellation = cancellation;
    this.#source = new SourceBytes(options.invalidUtf8, cancellation);
    const { invalidUtf8, threads, maxTokenBytes, memoryLimit } = options;
    const keys = native().createKeysFrom(tokenizer.vocabulary);
    try {
      this.#builder = native().beginIds(keys, { invalidUtf8, threads, maxTokenBytes, memoryLimit });
    } finally {
      keys.dispose();
    }
  }

  get done(): number {
    return this.#source.read;
  }

  async file({ path }: InputFile): Promise<void> {
    try {
      await this.#lines(this.#source.file(path));
    } catch (error) {
      throw this.#cancellation.signal.aborted ? error : fileError(error, path);
    }
  }

  async stream(chunks: AsyncIterable<unknown>): Promise<void> {
    await this.#lines(this.#source.stream(chunks));
  }

  async text(text: string): Promise<void> {
    await this.#lines(this.#source.text(text));
  }

  async sentences(sentences: Iterable<Sentence> | AsyncIterable<Sentence>): Promise<void> {
    await this.#lines(this.#sentenceBytes(sentences));
  }

  async *#sentenceBytes(sentences: Iterable<Sentence> | AsyncIterable<Sentence>): AsyncGenerator<Uint8Array> {
    let text = '';
    let position = 0;
    for await (const sentence of sentences) {
      if (typeof sentence !== 'string') {
        throw new WordmillError(
          'ERR_WORDMILL_CORPUS',
          `sentence ${position} is no string: with a tokenizer a sentence is a line of text; for ready ids use Corpus.fromTokenIds()`,
        );
      }
      position++;
      text += `${sentence}\n`;
      if (text.length < PIECE) continue;
      yield* this.#source.text(text);
      text = '';
    }
    yield* this.#source.text(text);
  }

  async #lines(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const lines = new LinePieces();
    this.#line = 1;
    for await (const chunk of chunks) {
      for (const piece of lines.push(chunk)) await this.#piece(piece);
    }
    for (const piece of lines.end()) await this.#piece(piece);
  }

  async #piece(piece: LinePiece): Promise<void> {
    this.#cancellation.throwIfAborted();
    const text = this.#decoded(piece);
    const ids = text === '' ? [] : encodeChecked(this.#tokenizer, text, `line ${this.#line}`);
    for (let i = 0; i < ids.length; i++) {
      this.#ids[this.#used++] = ids[i]!;
      if (this.#used === IDS) await this.#flush();
    }
    if (piece.endsLine) {
      this.#ids[this.#used++] = LINE_END;
      this.#line++;
    }
    this.#characters += text.length;
    if (this.#used === IDS || this.#characters > CHARACTERS) await this.#flush();
  }

  #decoded({ bytes, offset }: LinePiece): string {
    const isValid = isUtf8(bytes);
    const text = bytes.toString('utf8');
    if (!isValid) {
      if (this.#options.invalidUtf8 === 'strict') throw brokenText(bytes, offset);
      this.#replaced += replacements(text) - encodedReplacements(bytes);
    }
    return this.#options.lowercase ? text.toLowerCase() : text;
  }

  async #flush(): Promise<void> {
    const ids = this.#ids.subarray(0, this.#used);
    this.#used = 0;
    this.#characters = 0;
    await this.#cancellation.run(() => this.#builder.append(ids));
    // The engine takes ids so fast that its answers alone would leave timers and sockets waiting.
    await eventLoopTurn();
  }

  async finish(): Promise<NativeCorpus> {
    await this.#flush();
    return this.#cancellation.run(() => this.#builder.finish(this.#source.read, this.#replaced));
  }

  dispose(): void {
    this.#builder.dispose();
  }
}

const replacements = (text: string): number => text.split('\ufffd').length - 1;

const REPLACEMENT = encodeText('\ufffd', 'strict');

/** U+FFFD that stands in the text itself. */
function encodedReplacements(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(REPLACEMENT); at >= 0; at = bytes.indexOf(REPLACEMENT, at + 3)) count++;
  return count;
}

function brokenText(bytes: Buffer, offset: number): WordmillError {
  const at = offset + validPrefix(bytes);
  return new WordmillError(
    'ERR_WORDMILL_FORMAT',
    `broken UTF-8 at byte ${at}; choose invalidUtf8: 'replace' to read it nevertheless`,
    { offset: at },
  );
}

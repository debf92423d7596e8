import { createReadStream } from 'node:fs';
import type { Cancellation } from '../cancellation.js';
import { fileError, WordmillError } from '../errors.js';
import { plainBytes } from './decompress.js';
import { encodeText, type InvalidUtf8 } from './text-bytes.js';

/** Bytes that are read and handed on at once. */
export const PIECE = 1 << 18;

/** Reads the bytes of texts, unpacked, and counts them as they are stored. */
export class SourceBytes {
  readonly #invalidUtf8: InvalidUtf8;
  readonly #cancellation: Cancellation;
  /** bytes read of the input, as stored (compressed) */
  read = 0;

  constructor(invalidUtf8: InvalidUtf8, cancellation: Cancellation) {
    this.#invalidUtf8 = invalidUtf8;
    this.#cancellation = cancellation;
  }

  /** A file; errors of reading it name it. */
  async *file(path: string): AsyncGenerator<Uint8Array> {
    try {
      yield* this.stream(createReadStream(path, { highWaterMark: PIECE }));
    } catch (error) {
      throw this.#cancellation.signal.aborted ? error : fileError(error, path);
    }
  }

  /** A stream of bytes or strings. */
  stream(chunks: AsyncIterable<unknown>): AsyncIterable<Uint8Array> {
    return plainBytes(this.#counted(chunks));
  }

  async *#counted(chunks: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#cancellation.throwIfAborted();
      const bytes = typeof chunk === 'string' ? encodeText(chunk, this.#invalidUtf8) : chunk;
      if (!(bytes instanceof Uint8Array)) {
        throw new WordmillError('ERR_WORDMILL_CORPUS', `a stream must give bytes or strings, not ${typeof chunk}`);
      }
      this.read += bytes.length;
      yield bytes;
    }
  }

  /** The text itself. */
  async *text(text: string): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < text.length; ) {
      let end = Math.min(at + PIECE, text.length);
      if (isHighSurrogate(text.charCodeAt(end - 1)) && end < text.length) end++;
      const bytes = encodeText(text.slice(at, end), this.#invalidUtf8);
      this.read += bytes.length;
      yield bytes;
      at = end;
    }
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

import { isUtf8 } from 'node:buffer';
import { TextDecoder, TextEncoder } from 'node:util';
import { WordmillError } from '../errors.js';

/** Longest piece of text without a space that is held back so that it is lowercased as one word. */
const LONGEST_WORD = 1 << 16;

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0;

/**
 * Lowercases a stream of UTF-8. It is cut only between words (a Greek sigma at the end of a word has a form of its own),
 * and inside longer ones between characters.
 */
export class Lowercase {
  readonly #strict: boolean;
  readonly #decoder: TextDecoder;
  readonly #encoder = new TextEncoder();
  #held: Uint8Array = new Uint8Array(0);
  /** input bytes before those held back */
  #offset = 0;

  constructor(invalidUtf8: 'strict' | 'replace') {
    this.#strict = invalidUtf8 === 'strict';
    this.#decoder = new TextDecoder('utf-8', { fatal: this.#strict, ignoreBOM: true });
  }

  push(chunk: Uint8Array): Uint8Array {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    let end = bytes.length;
    while (end > 0 && !isSpace(bytes[end - 1]!)) end--;
    if (end === 0 && bytes.length > LONGEST_WORD) end = lastCharacter(bytes);
    this.#held = bytes.slice(end);
    return this.#lower(bytes.subarray(0, end));
  }

  /** The rest, at the end of one input; the next one starts afresh. */
  end(): Uint8Array {
    const rest = this.#held;
    this.#held = new Uint8Array(0);
    const lowered = this.#lower(rest);
    this.#offset = 0;
    return lowered;
  }

  #lower(bytes: Uint8Array): Uint8Array {
    try {
      const lowered = this.#encoder.encode(this.#decoder.decode(bytes).toLowerCase());
      this.#offset += bytes.length;
      return lowered;
    } catch (cause) {
      const offset = this.#offset + validPrefix(bytes);
      throw new WordmillError(
        'ERR_WORDMILL_FORMAT',
        `broken UTF-8 at byte ${offset}; choose invalidUtf8: 'replace' to read it nevertheless`,
        { offset, cause },
      );
    }
  }
}

/** Where the last character of the bytes starts, if it may be incomplete; otherwise their end. */
function lastCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return bytes.length - back;
  }
  return bytes.length;
}

/** Length of the longest prefix that is valid UTF-8. */
export function validPrefix(bytes: Uint8Array): number {
  const isValid = (length: number): boolean => {
    try {
      // With `stream`, a character that is cut at the end is no error.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let valid = 0;
  let invalid = bytes.length + 1;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isValid(middle)) valid = middle;
    else invalid = middle;
  }
  // Back over a character whose first bytes are right.
  while (!isUtf8(bytes.subarray(0, valid))) valid--;
  return valid;
}

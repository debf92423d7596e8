import { isUtf8 } from 'node:buffer';
import { WordmillError } from '../errors.js';

/** What to do with bytes that are not UTF-8; see {@link CorpusOptions.invalidUtf8}. */
export type InvalidUtf8 = 'strict' | 'replace' | 'escape';

const FIRST_ESCAPE = 0xdc80;
const LAST_ESCAPE = 0xdcff;

/** Half of a surrogate pair by itself: in a key, a byte that was escaped; in other text, a mistake. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The bytes of a string. A lone surrogate has no UTF-8: under `escape`, U+DCNN is the byte 0xNN; under `replace` it
 * becomes U+FFFD.
 */
export function encodeText(text: string, invalidUtf8: InvalidUtf8): Uint8Array {
  if (invalidUtf8 === 'replace' || !LONE_SURROGATE.test(text)) return Buffer.from(text, 'utf8');
  if (invalidUtf8 === 'strict') {
    throw new WordmillError(
      'ERR_WORDMILL_FORMAT',
      `${JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)} holds half of a surrogate pair; choose invalidUtf8: 'replace' or 'escape'`,
    );
  }
  const parts: Buffer[] = [];
  let plain = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < FIRST_ESCAPE || unit > LAST_ESCAPE || isHighSurrogate(text.charCodeAt(i - 1))) continue;
    parts.push(Buffer.from(text.slice(plain, i), 'utf8'), Buffer.of(unit & 0xff));
    plain = i + 1;
  }
  parts.push(Buffer.from(text.slice(plain), 'utf8'));
  return Buffer.concat(parts);
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** The string of a key's or line's bytes; each byte 0xNN that is not part of valid UTF-8 becomes U+DCNN. */
export function decodeText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8');
  let text = '';
  for (let at = 0; at < buffer.length; ) {
    const length = characterLength(buffer, at);
    text += length === 0 ? String.fromCharCode(0xdc00 | buffer[at]!) : buffer.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return text;
}

/** Bytes of the character at a place; 0 where there is none. */
function characterLength(buffer: Buffer, at: number): number {
  const first = buffer[at]!;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return isUtf8(buffer.subarray(at, at + length)) ? length : 0;
}

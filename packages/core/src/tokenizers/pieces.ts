import { decodeText, encodeText } from '../corpus/text-bytes.js';
import { encodeChecked } from './checks.js';
import { plainText, textsOf } from './token-texts.js';
import type { Tokenizer } from './tokenizer.js';

/** Characters that a text may be put behind so that it is the inside of a word: digits first, which few merges cross. */
const ANCHORS = ['1', '0', '7', 'x', 'q', 'e', 'a', 'я', '一'];

/** Anchors that are tried for one text. */
const TRIED_ANCHORS = 4;

/** A byte that is not UTF-8, escaped: half of a surrogate pair by itself. */
const ESCAPED = /[\udc80-\udcff]/u;

/**
 * Finds the tokens of a tokenizer that spell a text, which is that of another tokenizer's token: with a space in front where it begins a
 * word, and without one where it goes on with a word. Tokenizers differ in how they treat the beginning of what they are given (a space is
 * added, or dropped, or a word begins), so several ways are tried, and what they give is checked by its spelling.
 */
export class PieceFinder {
  readonly #tokenizer: Tokenizer;
  readonly #texts: readonly (string | undefined)[];
  readonly #ids = new Map<string, number>();
  readonly #longest: number;
  readonly #anchors: readonly (readonly [anchor: string, id: number])[];

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    this.#texts = textsOf(tokenizer);
    let longest = 0;
    for (const [id, text] of this.#texts.entries()) {
      if (text === undefined) continue;
      // Of tokens with one text, as A and <0x41> may be, the one that is used counts.
      if (!this.#ids.has(text) || this.#encode(text).includes(id)) this.#ids.set(text, id);
      longest = Math.max(longest, text.length);
    }
    this.#longest = longest;
    this.#anchors = ANCHORS.flatMap((anchor) => {
      const ids = this.#encode(anchor);
      return ids.length === 1 && this.#texts[ids[0]!]?.trim() === anchor ? [[anchor, ids[0]!] as const] : [];
    }).slice(0, TRIED_ANCHORS);
  }

  /** The token with exactly that text. */
  same(text: string): number | undefined {
    return this.#ids.get(text);
  }

  /** The tokens that spell a text; where only case, accents or spaces differ, those of the shortest spelling; else undefined. */
  spelling(text: string): readonly number[] | undefined {
    if (ESCAPED.test(text)) return this.#byText(text);
    const candidates: (readonly number[])[] = [];
    for (const ids of this.#attempts(text)) {
      if (ids.length === 0) continue;
      const spelled = this.#spelled(ids);
      if (spelled === text) return ids;
      if (spelled !== undefined && plainText(spelled) === plainText(text)) candidates.push(ids);
    }
    return candidates.sort((a, b) => a.length - b.length)[0];
  }

  *#attempts(text: string): Generator<readonly number[]> {
    yield this.#encode(text);
    const trimmed = text.trimStart();
    if (trimmed !== text) yield this.#encode(trimmed);
    for (const [anchor, id] of this.#anchors) {
      const [first, ...rest] = this.#encode(anchor + text);
      if (first === id) yield rest;
    }
  }

  #encode(text: string): number[] {
    return Array.from(encodeChecked(this.#tokenizer, text, `the token ${JSON.stringify(text)}`));
  }

  /** What some tokens stand for together; undefined where one stands for no text, as an unknown word's does. */
  #spelled(ids: readonly number[]): string | undefined {
    let spelled = '';
    for (const id of ids) {
      const text = this.#texts[id];
      if (text === undefined) return undefined;
      spelled += text;
    }
    // Bytes that are parts of a character become it.
    return ESCAPED.test(spelled) ? decodeText(encodeText(spelled, 'escape')) : spelled;
  }

  /** The longest tokens from left to right, for bytes that are no text which could be encoded. */
  #byText(text: string): number[] | undefined {
    const found: number[] = [];
    for (let at = 0; at < text.length; ) {
      let end = Math.min(text.length, at + this.#longest);
      while (end > at && !this.#ids.has(text.slice(at, end))) end--;
      if (end > at) {
        found.push(this.#ids.get(text.slice(at, end))!);
        at = end;
        continue;
      }
      const character = String.fromCodePoint(text.codePointAt(at)!);
      for (const byte of encodeText(character, 'escape')) {
        const id = this.#ids.get(decodeText(Uint8Array.of(byte)));
        if (id === undefined) return undefined;
        found.push(id);
      }
      at += character.length;
    }
    return found;
  }
}

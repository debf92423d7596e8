import { decodeText } from '../corpus/text-bytes.js';
import { notOfLibrary, requireLibrary } from './libraries.js';
import type { Tokenizer } from './tokenizer.js';
import { keysById } from './vocabulary.js';

/** What is used of a `Tiktoken` of `js-tiktoken`. */
export interface TiktokenEncoding {
  encode(text: string, allowedSpecial: string[], disallowedSpecial: string[]): number[];
  decode(ids: number[]): string;
}

/**
 * The tables of a `Tiktoken`. Its type does not show them, and its methods give no bytes: `decode` makes U+FFFD of what is not
 * UTF-8.
 */
interface Tables {
  readonly textMap: ReadonlyMap<number, Uint8Array>;
  readonly specialTokens: Readonly<Record<string, number>>;
}

const WHAT = 'an encoding of js-tiktoken 1.x';

/**
 * An encoding of `js-tiktoken`. Keys are the bytes of the tokens. Special tokens that stand in a text are encoded as ordinary text.
 *
 * @example
 * fromTiktoken(getEncoding('cl100k_base'), { name: 'cl100k_base' });
 */
export function fromTiktoken(
  encoding: TiktokenEncoding,
  options: { readonly name?: string | undefined } = {},
): Tokenizer {
  requireLibrary(encoding, ['encode', 'decode'], WHAT);
  const { textMap, specialTokens } = encoding as unknown as Partial<Tables>;
  if (!(textMap instanceof Map) || typeof specialTokens !== 'object')
    throw notOfLibrary(WHAT, 'its tables are not there');
  const special = Object.entries(specialTokens);
  const vocabulary = keysById([
    ...[...textMap].map(([id, bytes]) => [id, decodeText(bytes)] as const),
    ...special.map(([text, id]) => [id, text] as const),
  ]);
  return {
    name: options.name ?? 'tiktoken',
    vocabulary,
    specialTokens: new Set(special.map(([, id]) => id)),
    encode: (text) => encoding.encode(text, [], []),
    decode: (ids) => encoding.decode([...ids]),
  };
}

import { decodeText } from '../corpus/text-bytes.js';
import { notOfLibrary, requireLibrary } from './libraries.js';
import type { Tokenizer } from './tokenizer.js';
import { keysById } from './vocabulary.js';

/** What is used of a `GptEncoding` of `gpt-tokenizer`. */
export interface GptEncoding {
  encode(text: string, options: { disallowedSpecial: Set<string> }): number[];
  decode(ids: Iterable<number>): string;
}

/** The tables of a `GptEncoding`. Its type does not show them, and its methods give no bytes of tokens that are not UTF-8. */
interface Tables {
  readonly bytePairEncodingCoreProcessor: { readonly bytePairRankDecoder: readonly (string | readonly number[])[] };
  readonly specialTokensEncoder: ReadonlyMap<string, number>;
}

const WHAT = 'a module or encoding of gpt-tokenizer 4.x';

/**
 * A module of `gpt-tokenizer` (an encoding or a model), or its default export. Keys are the bytes of the tokens. Special tokens that
 * stand in a text are encoded as ordinary text.
 *
 * @example
 * import * as o200k from 'gpt-tokenizer/encoding/o200k_base';
 * fromGptTokenizer(o200k, { name: 'o200k_base' });
 */
export function fromGptTokenizer(
  module: GptEncoding | { readonly default: GptEncoding },
  options: { readonly name?: string | undefined } = {},
): Tokenizer {
  const encoding = isModule(module) ? module.default : module;
  requireLibrary(encoding, ['encode', 'decode'], WHAT);
  const tables = encoding as unknown as Partial<Tables>;
  const ranks = tables.bytePairEncodingCoreProcessor?.bytePairRankDecoder;
  const special = tables.specialTokensEncoder;
  if (!Array.isArray(ranks) || !(special instanceof Map)) throw notOfLibrary(WHAT, 'its tables are not there');
  const entries: (readonly [number, string])[] = [];
  // Ranks that are not used are holes, which forEach leaves out.
  (ranks as Tables['bytePairEncodingCoreProcessor']['bytePairRankDecoder']).forEach((token, id) => {
    entries.push([id, typeof token === 'string' ? token : decodeText(Uint8Array.from(token))]);
  });
  for (const [text, id] of special) entries.push([id, text]);
  return {
    name: options.name ?? 'gpt-tokenizer',
    vocabulary: keysById(entries),
    specialTokens: new Set(special.values()),
    encode: (text) => encoding.encode(text, { disallowedSpecial: new Set() }),
    decode: (ids) => encoding.decode(ids),
  };
}

function isModule(value: GptEncoding | { readonly default: GptEncoding }): value is { readonly default: GptEncoding } {
  return typeof value === 'object' && value !== null && 'default' in value;
}

import { byteFallback, byteLevelText } from './byte-level.js';
import { requireLibrary } from './libraries.js';
import type { Tokenizer } from './tokenizer.js';
import { keysById } from './vocabulary.js';

/** What is used of a `Tokenizer` of `@huggingface/tokenizers`. */
export interface HuggingFaceTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { readonly ids: readonly number[] };
  decode(ids: number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean }): string;
  get_vocab(withAddedTokens: boolean): ReadonlyMap<string, number>;
  get_added_tokens_decoder(): ReadonlyMap<number, { readonly special: boolean }>;
  readonly decoder: { readonly config: object } | null;
}

const AS_IT_IS = { skip_special_tokens: false, clean_up_tokenization_spaces: false };

/**
 * A tokenizer of `@huggingface/tokenizers`, made from a `tokenizer.json`. Keys are the tokens as that file spells them (`Ġthe`,
 * `▁the`, `##ing`). Characters that its vocabulary has no token for, not even an unknown one, are left out.
 *
 * @example
 * fromHuggingFace(new Tokenizer(tokenizerJson, {}), { name: 'bert-base-uncased' });
 */
export function fromHuggingFace(
  tokenizer: HuggingFaceTokenizer,
  options: { readonly name?: string | undefined } = {},
): Tokenizer {
  requireLibrary(
    tokenizer,
    ['encode', 'decode', 'get_vocab', 'get_added_tokens_decoder'],
    'a Tokenizer of @huggingface/tokenizers',
  );
  const entries = [...tokenizer.get_vocab(true)].filter(([key]) => typeof key === 'string');
  const vocabulary = keysById(entries.map(([key, id]) => [id, key]));
  const added = tokenizer.get_added_tokens_decoder();
  const decode = (ids: readonly number[]): string => tokenizer.decode([...ids], AS_IT_IS);
  const isByteLevel = JSON.stringify(tokenizer.decoder?.config ?? null).includes('"ByteLevel"');
  const pieceText = tokenizer.decoder === null ? undefined : inContext(decode, vocabulary);
  return {
    name: options.name ?? 'huggingface',
    vocabulary,
    specialTokens: new Set([...added].filter(([, token]) => token.special).map(([id]) => id)),
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.filter((id) => id !== undefined),
    decode: (ids) => (ids.length === 0 ? '' : decode(ids)),
    textOf(id) {
      const key = vocabulary[id]!;
      if (added.has(id)) return key;
      return isByteLevel ? byteLevelText(key) : (byteFallback(key) ?? pieceText?.(id) ?? key);
    },
  };
}

/**
 * The text of a token after another one: decoders drop the space before the first token, and only then show whether a token begins
 * a word.
 */
function inContext(
  decode: Tokenizer['decode'] & object,
  vocabulary: readonly string[],
): (id: number) => string | undefined {
  const before = Math.max(
    0,
    vocabulary.findIndex((key) => /^▁?[a-z]$/.test(key)),
  );
  const start = decode([before]);
  return (id) => {
    const text = decode([before, id]);
    return text.startsWith(start) ? text.slice(start.length) : undefined;
  };
}

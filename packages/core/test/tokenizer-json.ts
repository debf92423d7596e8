import { Tokenizer as HuggingFace } from '@huggingface/tokenizers';
import { fromHuggingFace, type Tokenizer } from '@wordmill/core';

/** The visible characters that byte-level tokens are spelled with, by byte. */
const BYTE_CHARACTERS: readonly string[] = (() => {
  const visible = (byte: number): boolean => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(visible(byte) ? byte : next++));
})();

const spelled = (text: string): string[] => [...Buffer.from(text, 'utf8')].map((byte) => BYTE_CHARACTERS[byte]!);

/** The `tokenizer.json` of a byte-level BPE with up to so many merges learned from a text, as GPT-2's is. */
export function bytePairJson(text: string, merges: number): object {
  const words = (text.match(/ ?[\p{L}]+| ?[^\s\p{L}]+|\s+/gu) ?? []).map(spelled);
  const learned = learnMerges(words, merges);
  const tokens = ['<|endoftext|>', ...BYTE_CHARACTERS, ...new Set(learned.map((pair) => pair.join('')))];
  return {
    version: '1.0',
    added_tokens: [{ id: 0, content: '<|endoftext|>', special: true, normalized: false }],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    post_processor: { type: 'ByteLevel', trim_offsets: false },
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: learned,
    },
  };
}

/** The `tokenizer.json` of a BPE with SentencePiece's marks and bytes, as Llama's is, with the merges that are given. */
export function metaspaceJson(characters: string, merges: readonly (readonly [string, string])[]): object {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, '▁', ...characters, ...merges.map((pair) => pair.join(''))];
  const special = (content: string, id: number) => ({ id, content, special: true, normalized: false });
  return {
    version: '1.0',
    added_tokens: [special('<unk>', 0), special('<s>', 1), special('</s>', 2)],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      byte_fallback: true,
      fuse_unk: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

/** The `tokenizer.json` of a WordPiece that lowercases, as BERT's is, with these pieces. */
export function wordPieceJson(pieces: readonly string[]): object {
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const tokens = [...special, ...pieces];
  return {
    version: '1.0',
    added_tokens: special.map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}

/** A tokenizer made of a `tokenizer.json` by the real library. */
export function tokenizerOf(json: object, name?: string): Tokenizer {
  return fromHuggingFace(new HuggingFace(json, {}), { name });
}

/** The most frequent pairs, one after the other (Sennrich et al. 2016). */
function learnMerges(words: string[][], count: number): [string, string][] {
  const learned: [string, string][] = [];
  while (learned.length < count) {
    const pairs = new Map<string, number>();
    for (const word of words) {
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]} ${word[i]}`;
        pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
      }
    }
    const [best] = [...pairs].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    if (best === undefined || best[1] < 2) break;
    const [left, right] = best[0].split(' ') as [string, string];
    learned.push([left, right]);
    for (const word of words) {
      for (let i = 1; i < word.length; i++) {
        if (word[i - 1] === left && word[i] === right) word.splice(i - 1, 2, left + right);
      }
    }
  }
  return learned;
}

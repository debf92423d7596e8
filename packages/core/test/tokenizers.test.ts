import { Tokenizer as HuggingFace } from '@huggingface/tokenizers';
import {
  fromGptTokenizer,
  fromHuggingFace,
  fromTiktoken,
  isWordmillError,
  type Tokenizer,
  tokenizerFingerprint,
} from '@wordmill/core';
import * as r50k from 'gpt-tokenizer/encoding/r50k_base';
import { Tiktoken } from 'js-tiktoken/lite';
import gpt2 from 'js-tiktoken/ranks/gpt2';
import { describe, expect, it } from 'vitest';
import { bytePairJson, metaspaceJson, tokenizerOf, wordPieceJson } from './tokenizer-json.js';

const TEXT = 'low lower lowest newer newest wider widest the low the new the wide';

const keysOf = (tokenizer: Tokenizer, text: string): string[] =>
  Array.from(tokenizer.encode(text), (id) => tokenizer.vocabulary[id]!);
const textsOf = (tokenizer: Tokenizer, text: string): string[] =>
  Array.from(tokenizer.encode(text), (id) => tokenizer.textOf!(id));

function errorOf(work: () => unknown): { code: string; message: string } {
  try {
    work();
  } catch (error) {
    if (isWordmillError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('fromHuggingFace', () => {
  it('takes byte-level BPE', () => {
    const bpe = tokenizerOf(bytePairJson(TEXT, 40), 'small');
    expect(bpe.name).toBe('small');
    expect(bpe.vocabulary[0]).toBe('<|endoftext|>');
    expect(bpe.specialTokens).toEqual(new Set([0]));
    const ids = bpe.encode('the lowest é');
    expect(bpe.decode!(Array.from(ids))).toBe('the lowest é');
    expect(keysOf(bpe, 'the lowest')).toEqual(['the', 'Ġlow', 'est']);
    expect(textsOf(bpe, 'the lowest')).toEqual(['the', ' low', 'est']);
  });

  it('gives the bytes of a byte-level token that is not UTF-8', () => {
    const bpe = tokenizerOf(bytePairJson(TEXT, 5));
    expect(textsOf(bpe, 'é')).toEqual(['\udcc3', '\udca9']);
    expect(textsOf(bpe, ' \n')).toEqual([' ', '\n']);
  });

  it('takes WordPiece, without the special tokens around a text', () => {
    const pieces = tokenizerOf(wordPieceJson(['low', '##er', '##est', 'the', '.']), 'bert');
    expect(keysOf(pieces, 'The lowest.')).toEqual(['the', 'low', '##est', '.']);
    expect(textsOf(pieces, 'The lowest')).toEqual([' the', ' low', 'est']);
    expect(keysOf(pieces, 'unknown')).toEqual(['[UNK]']);
    expect(pieces.specialTokens!.size).toBe(5);
  });

  it('takes the spelling of SentencePiece', () => {
    const merges = [
      ['l', 'o'],
      ['lo', 'w'],
      ['▁', 'low'],
      ['e', 'r'],
    ] as const;
    const llama = tokenizerOf(metaspaceJson('lower', merges), 'llama');
    expect(keysOf(llama, 'lower low')).toEqual(['▁low', 'er', '▁low']);
    expect(textsOf(llama, 'lower low')).toEqual([' low', 'er', ' low']);
    expect(textsOf(llama, 'é')).toEqual([' ', '\udcc3', '\udca9']);
  });

  it('leaves out characters that have no token at all', () => {
    const json = bytePairJson(TEXT, 5) as { model: { vocab: Record<string, number> } };
    const { e: _, ...vocab } = json.model.vocab;
    const bpe = tokenizerOf({ ...json, model: { ...json.model, vocab } });
    expect(textsOf(bpe, 'zez')).toEqual(['z', 'z']);
  });

  it('gives ids that no token has a key of their own', () => {
    const json = wordPieceJson(['low']);
    const added = [{ id: 9, content: '<extra>', special: false, normalized: false }];
    const tokenizer = tokenizerOf({ ...json, added_tokens: added });
    expect(tokenizer.vocabulary.slice(4)).toEqual(['[MASK]', 'low', '<unused6>', '<unused7>', '<unused8>', '<extra>']);
  });

  it('refuses what is no tokenizer of that library', () => {
    for (const wrong of [undefined, null, 'bert', {}, { encode: () => ({ ids: [] }) }]) {
      expect(errorOf(() => fromHuggingFace(wrong as never))).toMatchObject({ code: 'ERR_WORDMILL_TOKENIZER' });
    }
  });
});

describe('fromTiktoken and fromGptTokenizer', () => {
  const tiktoken = fromTiktoken(new Tiktoken(gpt2), { name: 'gpt2' });
  const gptTokenizer = fromGptTokenizer(r50k, { name: 'r50k_base' });
  const text = 'The naïve café of 1984 isn’t <|endoftext|> 日本 🦩';

  it.each([
    ['js-tiktoken', tiktoken],
    ['gpt-tokenizer', gptTokenizer],
  ])('%s: has the bytes of every token', (_, tokenizer) => {
    expect(tokenizer.vocabulary.length).toBe(50257);
    expect(tokenizer.vocabulary[50256]).toBe('<|endoftext|>');
    expect(tokenizer.specialTokens).toEqual(new Set([50256]));
    const keys = keysOf(tokenizer, text);
    expect(keys.slice(0, 4)).toEqual(['The', ' naïve', ' café', ' of']);
    expect(keys).not.toContain('<|endoftext|>');
    expect(tokenizer.decode!(Array.from(tokenizer.encode(text)))).toBe(text);
    // The emoji's tokens are parts of a character.
    expect(keys.slice(-2).join('')).toMatch(/^[\udc80-\udcff]+$/);
  });

  it('agree on a vocabulary that both have, and so have one fingerprint', () => {
    expect(gptTokenizer.vocabulary).toEqual(tiktoken.vocabulary);
    expect(tokenizerFingerprint(gptTokenizer).fingerprint).toBe(tokenizerFingerprint(tiktoken).fingerprint);
  });

  it('take an encoding itself', () => {
    expect(fromGptTokenizer(r50k.default).encode(text)).toEqual(gptTokenizer.encode(text));
  });

  it('refuse what is no encoding of that library', () => {
    const methods = { encode: () => [], decode: () => '' };
    for (const wrong of [undefined, {}, methods]) {
      expect(errorOf(() => fromTiktoken(wrong as never)).message).toContain('js-tiktoken');
      expect(errorOf(() => fromGptTokenizer(wrong as never)).message).toContain('gpt-tokenizer');
    }
  });
});

describe('tokenizerFingerprint', () => {
  const pieces = ['low', '##er', '##est', 'the'];
  const fingerprint = (json: object): string => tokenizerFingerprint(tokenizerOf(json)).fingerprint;

  it('is the same for the same tokenizer, whatever it is called', () => {
    const first = tokenizerFingerprint(tokenizerOf(wordPieceJson(pieces), 'first'));
    const second = tokenizerFingerprint(tokenizerOf(wordPieceJson(pieces), 'second'));
    expect(first).toEqual({ name: 'first', size: 9, fingerprint: second.fingerprint });
    expect(second.name).toBe('second');
    expect(first.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it('does not change from version to version', () => {
    const letters: Tokenizer = {
      name: 'letters',
      vocabulary: ['a', 'b', '\udcff'],
      encode: (text) => [...text].map((character) => ['a', 'b'].indexOf(character)).filter((id) => id >= 0),
    };
    expect(tokenizerFingerprint(letters).fingerprint).toBe(
      '7a3e1adddc9e6fcc50f879b402ad1d8bda0f2561f451b3bcad4367b1254d6f5d',
    );
  });

  it('differs with the order of ids, with the merges and with the normalisation', () => {
    const json = wordPieceJson(pieces) as { normalizer: object };
    expect(fingerprint(wordPieceJson(['##er', 'low', '##est', 'the']))).not.toBe(fingerprint(json));
    const cased = wordPieceJson(['hello', 'Hello']) as { normalizer: object };
    expect(fingerprint({ ...cased, normalizer: { ...cased.normalizer, lowercase: false } })).not.toBe(
      fingerprint(cased),
    );
    // One vocabulary, from which abc is made as ab c or as a bc.
    const [first, second, third] = [
      ['a', 'b'],
      ['ab', 'c'],
      ['b', 'c'],
    ] as const;
    const merged = metaspaceJson('abc', [first, second, third]) as { model: object };
    const other = { ...merged, model: { ...merged.model, merges: [third, first, second] } };
    expect(fingerprint(other)).not.toBe(fingerprint(merged));
  });

  const letters = (over: object): Tokenizer => ({
    name: 'mine',
    vocabulary: ['a', 'b'],
    encode: () => [0, 1],
    ...over,
  });

  it.each([
    ['an id beyond the vocabulary', { encode: () => [0, 2] }, 'gave id 2'],
    ['a negative id', { encode: () => [-1] }, 'gave id -1'],
    ['a broken id', { encode: () => [0.5] }, 'gave id 0.5'],
    ['an id that is none', { encode: () => [undefined] }, 'gave id undefined'],
    ['a promise', { encode: async () => [0] }, 'a promise'],
    ['a string', { encode: () => '01' }, 'string'],
    ['an object', { encode: () => ({ ids: [0] }) }, 'not an array'],
    ['an empty vocabulary', { vocabulary: [] }, 'no tokens'],
    ['a vocabulary with a hole', { vocabulary: ['a', undefined, 'b'] }, 'id 1'],
    ['a key twice', { vocabulary: ['a', 'b', 'a'] }, 'twice'],
  ])('refuses %s', (_, over, message) => {
    const error = errorOf(() => tokenizerFingerprint(letters(over)));
    expect(error.code).toBe('ERR_WORDMILL_TOKENIZER');
    expect(error.message).toContain('"mine"');
    expect(error.message).toContain(message);
  });

  it('passes on what the tokenizer says when it fails', () => {
    const encode = (): never => {
      throw new Error('no vocabulary was loaded');
    };
    expect(errorOf(() => tokenizerFingerprint(letters({ encode }))).message).toContain('no vocabulary was loaded');
  });

  it.each([undefined, null, 'gpt2', {}, { name: 'x', vocabulary: ['a'] }, new HuggingFace(wordPieceJson(pieces), {})])(
    'refuses what is no tokenizer',
    (wrong) => {
      const error = errorOf(() => tokenizerFingerprint(wrong as never));
      expect(error.code).toBe('ERR_WORDMILL_OPTION');
      expect(error.message).toContain('fromHuggingFace()');
    },
  );
});

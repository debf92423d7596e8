import { Corpus, fromTiktoken, isWordmillError, KeyedVectors, type Tokenizer, transferVectors } from '@wordmill/core';
import { Tiktoken } from 'js-tiktoken/lite';
import gpt2 from 'js-tiktoken/ranks/gpt2';
import { describe, expect, it } from 'vitest';
import { randomNumbers } from './sample-vectors.js';
import { bytePairJson, metaspaceJson, tokenizerOf, wordPieceJson } from './tokenizer-json.js';

const TEXT = 'low lower lowest newer newest wider widest the low the new the wide lowest newest widest low new wide';
const few = tokenizerOf(bytePairJson(TEXT, 12), 'few');
const many = tokenizerOf(bytePairJson(TEXT, 60), 'many');
const PIECES = ['1', 'low', '##er', '##est', 'new', 'the', 'cafe', '.', '##s'];
const bert = tokenizerOf(wordPieceJson(PIECES), 'bert');
const llama = tokenizerOf(
  metaspaceJson('lowersthn1', [
    ['l', 'o'],
    ['lo', 'w'],
    ['▁', 'low'],
    ['e', 'r'],
    ['e', 's'],
    ['es', 't'],
  ]),
  'llama',
);

/** Row i is (i, -2 i, 1), so that means of rows show which they were. */
function vectorsFor({ vocabulary }: Tokenizer): KeyedVectors {
  const vectors = vocabulary.map((_, i) => [i, -2 * i, 1]);
  return KeyedVectors.from({ keys: vocabulary, vectors });
}

const idOf = (tokenizer: Tokenizer, key: string): number => {
  const id = tokenizer.vocabulary.indexOf(key);
  if (id < 0) throw new Error(`no token ${key}`);
  return id;
};

/** The mean of the old rows of some tokens. */
function rowOf(tokenizer: Tokenizer, ...keys: string[]): Float32Array {
  const ids = keys.map((key) => idOf(tokenizer, key));
  const mean = ids.reduce((sum, id) => sum + id, 0) / ids.length;
  return Float32Array.of(mean, -2 * mean, 1);
}

async function failure(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isWordmillError(error)) throw new Error(`no WordmillError but ${error}`);
  const { code, option, message } = error;
  return { code, option, message };
}

describe('transferVectors', () => {
  it('copies the tokens that both have and composes the others of their pieces', async () => {
    const { vectors, report } = await transferVectors(vectorsFor(few), { from: few, to: many });
    expect([...vectors.keys()]).toEqual(many.vocabulary);
    expect(vectors.tokenizer!.name).toBe('many');
    for (const token of report.tokens.copied) expect(vectors.get(token)).toEqual(rowOf(few, token));
    expect(report.copied).toBe(few.vocabulary.length);
    expect(report.composed).toBe(many.vocabulary.length - few.vocabulary.length);
    expect(report).toMatchObject({ overridden: 0, random: 0 });
    const composed = report.tokens.composed.at(-1)!;
    const pieces = Array.from(few.encode(many.textOf!(idOf(many, composed))), (id) => few.vocabulary[id]!);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe(composed);
    expect(vectors.get(composed)).toEqual(rowOf(few, ...pieces));
  });

  it('knows a word by its text, however its beginning or its inside is marked', async () => {
    const toBert = await transferVectors(vectorsFor(many), { from: many, to: bert });
    const vector = (token: string) => toBert.vectors.get(token);
    expect(vector('low')).toEqual(rowOf(many, 'Ġlow'));
    expect(vector('##est')).toEqual(rowOf(many, 'est'));
    expect(vector('the')).toEqual(rowOf(many, 'Ġthe'));
    expect(vector('##s')).toEqual(rowOf(many, 's'));
    expect(vector('cafe')).toEqual(rowOf(many, 'Ġ', 'c', 'a', 'f', 'e'));
    expect(toBert.report.tokens.random).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);

    const fromBert = await transferVectors(vectorsFor(bert), { from: bert, to: many });
    const back = (token: string) => fromBert.vectors.get(token);
    expect(back('Ġlow')).toEqual(rowOf(bert, 'low'));
    expect(back('est')).toEqual(rowOf(bert, '##est'));
    expect(back('Ġlowest')).toEqual(rowOf(bert, 'low', '##est'));
    // A space is none of BERT's tokens, and neither are most letters.
    expect(fromBert.report.tokens.random).toContain('Ġ');
    expect(fromBert.report.tokens.random).toContain('q');
  });

  it('and so does it with SentencePiece', async () => {
    const fromLlama = await transferVectors(vectorsFor(llama), { from: llama, to: many });
    expect(fromLlama.vectors.get('Ġlow')).toEqual(rowOf(llama, '▁low'));
    expect(fromLlama.vectors.get('est')).toEqual(rowOf(llama, 'est'));
    expect(fromLlama.vectors.get('Ġlowest')).toEqual(rowOf(llama, '▁low', 'est'));
    expect(fromLlama.vectors.get('Ġ')).toEqual(rowOf(llama, '▁'));
    // Bytes have tokens of their own.
    expect(fromLlama.vectors.get('Ċ')).toEqual(rowOf(llama, '<0x0A>'));
    const toLlama = await transferVectors(vectorsFor(many), { from: many, to: llama });
    expect(toLlama.vectors.get('▁low')).toEqual(rowOf(many, 'Ġlow'));
    expect(toLlama.vectors.get('er')).toEqual(rowOf(many, 'er'));
    expect(toLlama.report.tokens.random).toEqual(['<unk>', '<s>', '</s>']);
  });

  it('looks through case and accents where the old tokenizer takes them away', async () => {
    const to: Tokenizer = { name: 'words', vocabulary: [' Low', ' LOWEST', ' Café', ' Foo'], encode: () => [] };
    const { vectors, report } = await transferVectors(vectorsFor(bert), { from: bert, to });
    expect(vectors.get(' Low')).toEqual(rowOf(bert, 'low'));
    expect(vectors.get(' LOWEST')).toEqual(rowOf(bert, 'low', '##est'));
    expect(vectors.get(' Café')).toEqual(rowOf(bert, 'cafe'));
    expect(report).toMatchObject({ copied: 0, composed: 3, random: 1, tokens: { random: [' Foo'] } });
  });

  it('composes bytes that are no text, between libraries', async () => {
    const from = fromTiktoken(new Tiktoken(gpt2), { name: 'gpt2' });
    const { vectors, report } = await transferVectors(vectorsFor(from), { from, to: many });
    expect(report.random).toBe(0);
    expect(report.tokens.copied).toContain('<|endoftext|>');
    expect(vectors.get('<|endoftext|>')![0]).toBe(50256);
    expect(vectors.get('Ġlow')![0]).toBe(from.encode(' low')[0]);
    expect(vectors.get('Ã')![0]).toBe(from.vocabulary.indexOf('\udcc3'));
    const back = await transferVectors(vectorsFor(many), { from: many, to: from });
    expect(back.report.tokens.random).toEqual([]);
    const half = from.vocabulary.findIndex((key) => /^[\udc80-\udcff]{2}$/.test(key));
    expect(back.report.tokens.composed).toContain(from.vocabulary[half]);
  });

  it('tells characters beyond the first plane from bytes', async () => {
    // Half of its surrogate pair is what stands for the byte 0x80.
    const to: Tokenizer = { name: 'skulls', vocabulary: [' \u{1f480}\u{1f480}'], encode: () => [] };
    const { vectors, report } = await transferVectors(vectorsFor(few), { from: few, to });
    expect(report.composed).toBe(1);
    const pieces = Array.from(few.encode(to.vocabulary[0]!), (id) => few.vocabulary[id]!);
    expect(pieces.length).toBe(9);
    const [x] = rowOf(few, ...pieces);
    expect(vectors.get(to.vocabulary[0]!)![0]).toBeCloseTo(x!, 4);
  });

  it('takes overrides: a vector, an old token, the mean of several', async () => {
    const overrides = { '[CLS]': 'low', '[SEP]': ['low', 'the'], '[PAD]': [7, 8, 9], low: 'the' };
    const from = bert;
    for (const given of [overrides, new Map(Object.entries(overrides))]) {
      const { vectors, report } = await transferVectors(vectorsFor(from), { from, to: bert, overrides: given });
      expect(vectors.get('[CLS]')).toEqual(rowOf(bert, 'low'));
      expect(vectors.get('[SEP]')).toEqual(rowOf(bert, 'low', 'the'));
      expect(vectors.get('[PAD]')).toEqual(Float32Array.of(7, 8, 9));
      expect(vectors.get('low')).toEqual(rowOf(bert, 'the'));
      expect(report).toMatchObject({ overridden: 4, copied: bert.vocabulary.length - 4, composed: 0, random: 0 });
      expect(report.tokens.overridden).toEqual(['[PAD]', '[CLS]', '[SEP]', 'low']);
    }
  });

  it('makes random rows like the old ones, the same for the same seed', async () => {
    const rows = bert.vocabulary.length;
    const numbers = randomNumbers(rows * 50);
    for (const [i, value] of numbers.entries()) numbers[i] = 3 + value * (i % 50 === 0 ? 5 : 0.1);
    const old = KeyedVectors.from({ keys: bert.vocabulary, vectors: numbers });
    const vocabulary = Array.from({ length: 4000 }, (_, i) => `\u4e00${i}`);
    const to: Tokenizer = { name: 'other', vocabulary, encode: () => [] };
    const first = await transferVectors(old, { from: bert, to });
    expect(first.report.random).toBe(4000);
    const [all, same] = [first.vectors.toFloat32Array(), await transferVectors(old, { from: bert, to, seed: 1 })];
    expect(same.vectors.toFloat32Array()).toEqual(all);
    expect((await transferVectors(old, { from: bert, to, seed: 2 })).vectors.toFloat32Array()).not.toEqual(all);
    for (const column of [0, 1, 49]) {
      const moments = (values: Float32Array): [number, number] => {
        const picked = values.filter((_, i) => i % 50 === column);
        const mean = picked.reduce((sum, value) => sum + value, 0) / picked.length;
        return [mean, Math.sqrt(picked.reduce((sum, value) => sum + (value - mean) ** 2, 0) / picked.length)];
      };
      const [mean, deviation] = moments(numbers);
      const [made, spread] = moments(all);
      expect(Math.abs(made - mean)).toBeLessThan(deviation * 0.1);
      expect(spread / deviation).toBeCloseTo(1, 1);
    }
    // Normal, not uniform: some are farther than two deviations.
    const far = all.filter((value, i) => i % 50 === 1 && Math.abs(value - 3) > 0.13).length;
    expect(far).toBeGreaterThan(20);
  });

  it('keeps half numbers, and its result begins a training', async () => {
    const half = KeyedVectors.from(
      { keys: few.vocabulary, vectors: few.vocabulary.map((_, i) => [i / 256, 1]) },
      { dtype: 'f16' },
    );
    const { vectors } = await transferVectors(half, { from: few, to: many });
    expect(vectors.dtype).toBe('f16');
    const corpus = await Corpus.fromText(TEXT, { tokenizer: many });
    const view = await corpus.view({ minCount: 1 });
    expect(view.vocabulary().words).toEqual([...vectors.keys()]);
  });

  it('tells its progress and stops', async () => {
    const done: number[] = [];
    const options = { from: few, to: many };
    await transferVectors(vectorsFor(few), { ...options, onProgress: (progress) => done.push(progress.done) });
    expect(done.at(-1)).toBe(many.vocabulary.length);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(transferVectors(vectorsFor(few), { ...options, signal })).rejects.toThrow('enough');
  });

  it('refuses vectors of another tokenizer', async () => {
    const wrongSize = await failure(transferVectors(vectorsFor(few), { from: bert, to: many }));
    expect(wrongSize).toMatchObject({ code: 'ERR_WORDMILL_TOKENIZER', option: 'from' });
    expect(wrongSize.message).toContain(
      `${few.vocabulary.length} vectors for the ${bert.vocabulary.length} tokens of "bert"`,
    );
    const { vectors } = await transferVectors(vectorsFor(few), { from: few, to: many });
    const other = tokenizerOf(bytePairJson(TEXT, 60), 'other');
    expect((await transferVectors(vectors, { from: other, to: few })).report.random).toBe(0);
    const mismatch = await failure(transferVectors(vectors, { from: few, to: bert }));
    expect(mismatch.code).toBe('ERR_WORDMILL_TOKENIZER');
    expect(mismatch.message).toMatch(/"many".*"few"/);
  });

  it.each<[string, object, object]>([
    ['a new token that is none', { overrides: { nobody: 'low' } }, { code: 'ERR_WORDMILL_OOV', option: 'overrides' }],
    ['an old token that is none', { overrides: { low: 'nobody' } }, { code: 'ERR_WORDMILL_OOV' }],
    ['one of several', { overrides: { low: ['the', 'nobody'] } }, { code: 'ERR_WORDMILL_OOV' }],
    ['a vector of another length', { overrides: { low: [1] } }, { code: 'ERR_WORDMILL_OPTION' }],
    ['an override that is none', { overrides: { low: [] } }, { code: 'ERR_WORDMILL_OPTION' }],
    ['overrides that are none', { overrides: 7 }, { option: 'overrides' }],
    ['a tokenizer that is none', { to: { name: 'x' } }, { code: 'ERR_WORDMILL_OPTION', option: 'to' }],
    ['no tokenizer', { from: undefined }, { code: 'ERR_WORDMILL_OPTION', option: 'from' }],
    ['a seed that is none', { seed: -1 }, { option: 'seed' }],
    ['ids outside the vocabulary', { from: { ...bert, encode: () => [999] } }, { code: 'ERR_WORDMILL_TOKENIZER' }],
  ])('refuses %s', async (_, options, error) => {
    const work = transferVectors(vectorsFor(bert), { from: bert, to: bert, ...options } as never);
    expect(await failure(work)).toMatchObject(error);
  });

  it('refuses what are no vectors', async () => {
    expect(await failure(transferVectors({} as never, { from: bert, to: bert }))).toMatchObject({ option: 'vectors' });
  });
});

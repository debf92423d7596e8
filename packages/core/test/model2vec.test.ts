import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWordmillError, loadTokenizer, Model2Vec, type Tokenizer, tokenizerFingerprint } from '@wordmill/core';
import { afterAll, describe, expect, it } from 'vitest';
import { type HandMadeTensor, writeSafetensorsFile } from './safetensors-file.js';
import { randomNumbers } from './sample-vectors.js';
import { wordPieceJson } from './tokenizer-json.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-model2vec-'));
afterAll(() => rmSync(folder, { recursive: true }));

const json = wordPieceJson(['cat', 'cats', 'dog', 'sat', '##ting', '.']) as {
  model: { vocab: Record<string, number> };
};
const vocab = json.model.vocab;
const TOKENS = Object.keys(vocab).length;
const COLUMNS = 8;
const numbers = randomNumbers(TOKENS * COLUMNS, 6);
const tensor = (dtype: string, shape: number[], data: ArrayBufferView): HandMadeTensor => ({
  dtype,
  shape,
  data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});
const embeddings = tensor('F32', [TOKENS, COLUMNS], numbers);

/** A folder as Model2Vec writes it. */
function model(
  name: string,
  tensors: Record<string, HandMadeTensor> = { embeddings },
  config: unknown = { model_type: 'model2vec', normalize: false },
): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  writeSafetensorsFile(join(path, 'model.safetensors'), tensors, undefined);
  writeFileSync(join(path, 'tokenizer.json'), JSON.stringify(json));
  writeFileSync(join(path, 'config.json'), JSON.stringify(config));
  return path;
}

/** The mean, in double precision, of rows times weights. */
function meanOf(tokens: readonly string[], row = (id: number) => id, weight = (_: number) => 1): number[] {
  const ids = tokens.map((token) => vocab[token]!);
  return Array.from({ length: COLUMNS }, (_, c) =>
    ids.reduce((sum, id) => sum + (weight(id) * numbers[row(id) * COLUMNS + c]!) / ids.length, 0),
  );
}
function expectNear(found: Float32Array, wanted: readonly number[]): void {
  expect(found).toHaveLength(wanted.length);
  found.forEach((value, i) => void expect(value).toBeCloseTo(wanted[i]!, 5));
}

describe('a folder of Model2Vec', () => {
  it('encodes a text as the mean of its known tokens', async () => {
    const loaded = await Model2Vec.load(model('plain'));
    expect(loaded.dimension).toBe(COLUMNS);
    expect(loaded.normalize).toBe(false);
    expectNear(loaded.encode('The cats satting zebra cats.'), meanOf(['cats', 'sat', '##ting', 'cats', '.']));
    expectNear(loaded.encode('dog'), meanOf(['dog']));
    expect(loaded.encode('zebra')).toEqual(new Float32Array(COLUMNS));
    expect(loaded.encode('')).toEqual(new Float32Array(COLUMNS));
  });

  it('encodes many texts, and stops when asked to', async () => {
    const loaded = await Model2Vec.load(model('many'));
    const texts = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 'cat' : 'the dog sat.'));
    const seen: number[] = [];
    const encoded = await loaded.encode(texts, { onProgress: ({ done }) => seen.push(done) });
    expect(encoded).toHaveLength(200);
    expect(encoded[199]).toEqual(loaded.encode('the dog sat.'));
    expect(seen.at(-1)).toBe(200);
    expect(seen.length).toBeGreaterThan(1);
    const reason = new Error('enough');
    await expect(loaded.encode(texts, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    // @ts-expect-error not a text
    expect(() => loaded.encode(7)).toThrow(/a text must be a string, not number/);
    // @ts-expect-error not texts
    await expect(loaded.encode(['cat', 7])).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION', option: 'text' });
  });

  it('gives length 1 where the configuration or the caller says so', async () => {
    const path = model('normal', undefined, { normalize: true });
    const mean = meanOf(['cat', 'dog']);
    const length = Math.hypot(...mean);
    const loaded = await Model2Vec.load(path);
    expect(loaded.normalize).toBe(true);
    expectNear(
      loaded.encode('cat dog'),
      mean.map((value) => value / length),
    );
    expect(loaded.encode('zebra')).toEqual(new Float32Array(COLUMNS));
    expectNear((await Model2Vec.load(path, { normalize: false })).encode('cat dog'), mean);
  });

  it('has its tokens as vectors that know the tokenizer', async () => {
    const loaded = await Model2Vec.load(model('vectors'));
    expect(loaded.vectors.size).toBe(TOKENS);
    expect(loaded.vectors.get('dog')).toEqual(numbers.slice(vocab.dog! * COLUMNS, (vocab.dog! + 1) * COLUMNS));
    expect(loaded.vectors.metadata['tokenizer.fingerprint']).toBe(tokenizerFingerprint(loaded.tokenizer).fingerprint);
    expect((await loaded.vectors.mostSimilar('cat', { topN: 2 })).length).toBe(2);
    loaded.dispose();
    loaded.dispose();
    expect(() => loaded.encode('cat')).toThrow(/disposed/);
  });

  it('applies weights of tokens, and rows that tokens share', async () => {
    const weights = randomNumbers(TOKENS, 9);
    const rows = TOKENS - 3;
    const mapping = BigInt64Array.from({ length: TOKENS }, (_, id) => BigInt(id % rows));
    const shared = tensor('F32', [rows, COLUMNS], numbers.slice(0, rows * COLUMNS));
    const both = {
      embeddings: shared,
      weights: tensor('F32', [TOKENS], weights),
      mapping: tensor('I64', [TOKENS], mapping),
    };
    const loaded = await Model2Vec.load(model('shared', both));
    const row = (id: number) => id % rows;
    expectNear(
      loaded.encode('cats sat.'),
      meanOf(['cats', 'sat', '.'], row, (id) => weights[id]!),
    );
    expect(loaded.vectors.size).toBe(TOKENS);
    const doubles = { embeddings, weights: tensor('F64', [TOKENS, 1], Float64Array.from(weights)) };
    const wide = await Model2Vec.load(model('doubles', doubles));
    expectNear(
      wide.encode('cats sat.'),
      meanOf(['cats', 'sat', '.'], undefined, (id) => weights[id]!),
    );
  });

  it('is read in every number type it may have', async () => {
    const bytes = Int8Array.from(numbers, (value) => Math.round(value * 100));
    const loaded = await Model2Vec.load(model('int8', { embeddings: tensor('I8', [TOKENS, COLUMNS], bytes) }));
    expect(loaded.vectors.dtype).toBe('i8');
    const mean = Array.from({ length: COLUMNS }, (_, c) => {
      return (bytes[vocab.cat! * COLUMNS + c]! + bytes[vocab.dog! * COLUMNS + c]!) / 2;
    });
    expectNear(loaded.encode('cat dog'), mean);
    const narrow = await Model2Vec.load(model('converted'), { dtype: 'f16' });
    expect(narrow.vectors.dtype).toBe('f16');
    narrow.encode('cat dog').forEach((value, i) => void expect(value).toBeCloseTo(meanOf(['cat', 'dog'])[i]!, 2));
    const theirs = await Model2Vec.load(model('st', { 'embedding.weight': embeddings }));
    expectNear(theirs.encode('cat'), meanOf(['cat']));
  });

  it('looks at the beginning of a long text only, as Model2Vec does', async () => {
    const path = model('long');
    const text = `${'cat '.repeat(10)}${'dog '.repeat(500)}`;
    expectNear((await Model2Vec.load(path, { maxTokens: 10 })).encode(text), meanOf(['cat']));
    const all = await Model2Vec.load(path, { maxTokens: 0 });
    expectNear(all.encode(text), meanOf([...new Array(10).fill('cat'), ...new Array(500).fill('dog')]));
    // The median token has 4 characters, so two tokens are looked for in the first eight.
    const few = await Model2Vec.load(path, { maxTokens: 2 });
    expectNear(few.encode('cat                dog'), meanOf(['cat']));
  });

  it('takes a tokenizer, and refuses that of another model', async () => {
    const path = model('given');
    rmSync(join(path, 'tokenizer.json'));
    await expect(Model2Vec.load(path)).rejects.toMatchObject({
      code: 'ERR_WORDMILL_IO',
      file: join(path, 'tokenizer.json'),
    });
    const vocabulary = Object.keys(vocab);
    const byId = (ids: number[]): Tokenizer => ({ name: 'mine', vocabulary, encode: () => ids });
    expectNear(
      (await Model2Vec.load(path, { tokenizer: byId([vocab.cat!, vocab.dog!]) })).encode('x'),
      meanOf(['cat', 'dog']),
    );
    const other = { ...byId([0]), vocabulary: vocabulary.slice(1) };
    await expect(Model2Vec.load(path, { tokenizer: other })).rejects.toMatchObject({ code: 'ERR_WORDMILL_TOKENIZER' });
    await expect(Model2Vec.load(path, { tokenizer: other })).rejects.toThrow(
      /"mine" has 10 tokens and the model 11 rows/,
    );
    await expect(Model2Vec.load(path, { tokenizer: byId([99]) })).rejects.toThrow(/id 99/);
  });

  it.each<[string, Record<string, HandMadeTensor>, RegExp]>([
    ['no embeddings', { other: embeddings }, /no tensor "embeddings"/],
    ['embeddings of doubles', { embeddings: tensor('F64', [1, 2], new Float64Array(2)) }, /F64/],
    ['too few weights', { embeddings, weights: tensor('F32', [3], new Float32Array(3)) }, /3 numbers for 11 tokens/],
    ['weights of bytes', { embeddings, weights: tensor('I8', [TOKENS], new Int8Array(TOKENS)) }, /weights" is I8/],
    [
      'weights that are not finite',
      { embeddings, weights: tensor('F32', [TOKENS], new Float32Array(TOKENS).fill(Number.NaN, 4)) },
      /NaN for token 4/,
    ],
    [
      'a row that is not there',
      { embeddings, mapping: tensor('I32', [TOKENS], new Int32Array(TOKENS).fill(99, 2)) },
      /99 for token 2; there are 11 rows/,
    ],
    [
      'a row below 0',
      { embeddings, mapping: tensor('I64', [TOKENS], new BigInt64Array(TOKENS).fill(-1n)) },
      /-1 for token 0/,
    ],
  ])('with %s is refused', async (_, tensors, message) => {
    const path = model('bad', tensors);
    await expect(Model2Vec.load(path)).rejects.toThrow(message);
    await expect(Model2Vec.load(path)).rejects.toMatchObject({ file: join(path, 'model.safetensors') });
  });

  it('whose configuration is damaged, or which is none, is refused', async () => {
    await expect(Model2Vec.load(model('c1', undefined, { normalize: 'yes' }))).rejects.toThrow(
      /config.json.*normalize/,
    );
    await expect(Model2Vec.load(model('c2', undefined, []))).rejects.toThrow(/config.json.*no object/);
    await expect(Model2Vec.load(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO' });
    await expect(Model2Vec.load(model('o'), { maxTokens: -1 })).rejects.toMatchObject({ option: 'maxTokens' });
    const broken = model('b');
    writeFileSync(join(broken, 'tokenizer.json'), JSON.stringify({ model: { type: 'Nothing' } }));
    await expect(Model2Vec.load(broken)).rejects.toMatchObject({ code: 'ERR_WORDMILL_TOKENIZER' });
  });
});

describe('loadTokenizer', () => {
  it('makes a tokenizer of a file', async () => {
    const path = join(model('tokenizer'), 'tokenizer.json');
    const tokenizer = await loadTokenizer(path);
    expect(tokenizer.name).toBe('tokenizer');
    expect(Array.from(tokenizer.encode('The cats'), (id) => tokenizer.vocabulary[id])).toEqual(['[UNK]', 'cats']);
    expect((await loadTokenizer(path, { name: 'mine' })).name).toBe('mine');
    const error: unknown = await loadTokenizer(join(folder, 'none.json')).catch((thrown: unknown) => thrown);
    expect(isWordmillError(error) && error.code).toBe('ERR_WORDMILL_IO');
  });

  it('says what to install where the package is missing', () => {
    const path = join(model('missing'), 'tokenizer.json');
    const hook =
      "export const resolve = (name, context, next) => { if (name === '@huggingface/tokenizers') throw new Error('missing'); return next(name, context); }";
    const script = `
      import { register } from 'node:module';
      register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});
      const { loadTokenizer } = await import('@wordmill/core');
      await loadTokenizer(${JSON.stringify(path)}).catch(({ code, message }) => console.log(code, message));`;
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
    });
    expect(printed).toMatch(/^ERR_WORDMILL_TOKENIZER .*tokenizer\.json.*npm install @huggingface\/tokenizers/);
  });
});

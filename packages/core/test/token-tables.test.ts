import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect, KeyedVectors } from '@wordmill/core';
import { afterAll, describe, expect, it } from 'vitest';
import { type HandMadeTensor, writeSafetensorsFile, writeSparseSafetensors } from './safetensors-file.js';
import { randomNumbers } from './sample-vectors.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-tokens-'));
const at = (...names: string[]): string => {
  const path = join(folder, ...names);
  mkdirSync(dirname(path), { recursive: true });
  return path;
};
afterAll(() => rmSync(folder, { recursive: true }));

const ROWS = 6;
const COLUMNS = 5;
const floats = randomNumbers(ROWS * COLUMNS, 2);
const table: HandMadeTensor = { dtype: 'F32', shape: [ROWS, COLUMNS], data: new Uint8Array(floats.buffer) };
const norm: HandMadeTensor = { dtype: 'F32', shape: [COLUMNS], data: Buffer.alloc(COLUMNS * 4) };
const square: HandMadeTensor = { dtype: 'F32', shape: [2, 2], data: Buffer.alloc(16) };

describe('the table of a language model', () => {
  it.each([
    ['model.embed_tokens.weight', ['model.layers.0.self_attn.q_proj.weight', 'lm_head.weight']],
    ['model.embed_tokens.weight', ['model.layers.61.embed_tokens.weight']],
    ['transformer.wte.weight', ['transformer.wpe.weight']],
    ['wte.weight', ['wpe.weight']],
    ['embeddings.word_embeddings.weight', ['embeddings.position_embeddings.weight']],
    ['bert.embeddings.word_embeddings.weight', ['bert.embeddings.token_type_embeddings.weight']],
    ['shared.weight', ['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight']],
    ['gpt_neox.embed_in.weight', ['embed_out.weight']],
    ['model.embeddings.tok_embeddings.weight', ['decoder.weight']],
    ['text_model.embeddings.token_embedding.weight', ['text_model.embeddings.position_embedding.weight']],
    ['backbone.embeddings.weight', ['lm_head.weight']],
    ['language_model.model.embed_tokens.weight', ['vision_tower.patch_embedding.weight_g']],
  ])('is found as %s', async (name, others) => {
    const tensors = Object.fromEntries([
      ...others.map((other) => [other, square] as const),
      [name, table],
      ['norm', norm],
    ]);
    const vectors = await KeyedVectors.load(writeSafetensorsFile(at('named', 'model.safetensors'), tensors));
    expect(vectors.loadReport).toMatchObject({ format: 'safetensors', tensor: name, mapped: true, rows: ROWS });
    expect(vectors.toFloat32Array()).toEqual(floats);
    expect([...vectors.keys()]).toEqual(['0', '1', '2', '3', '4', '5']);
    const { candidates } = await inspect(at('named', 'model.safetensors'));
    expect(candidates![0]).toBe(name);
  });

  it('can be any other matrix of the file', async () => {
    const path = writeSafetensorsFile(at('other', 'm.safetensors'), { 'wte.weight': square, 'lm_head.weight': table });
    const vectors = await KeyedVectors.load(path, { tensor: 'lm_head.weight', limit: 2 });
    expect(vectors.loadReport!.tensor).toBe('lm_head.weight');
    expect([...vectors.toFloat32Array()]).toEqual([...floats.slice(0, 10)]);
    const wrong = KeyedVectors.load(path, { tensor: 'lm_head.weigth' });
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION', option: 'tensor', file: path });
    await expect(wrong).rejects.toThrow(/did you mean "lm_head.weight".*wte.weight \[2,2\]/);
  });

  it('is not guessed where two names are as good', async () => {
    const two = { 'encoder.embed_tokens.weight': table, 'decoder.embed_tokens.weight': table };
    const path = writeSafetensorsFile(at('two', 'm.safetensors'), two);
    await expect(KeyedVectors.load(path)).rejects.toThrow(/choose one.*encoder.embed_tokens.weight \[6,5\], decoder/);
    expect(await inspect(path)).toMatchObject({ readable: false, candidates: Object.keys(two), rows: undefined });
    const none = writeSafetensorsFile(at('two', 'n.safetensors'), { norm });
    await expect(KeyedVectors.load(none)).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
  });

  it.each([
    ['F16', 'f16'],
    ['BF16', 'bf16'],
  ] as const)('of %s stays so, or is converted on request', async (dtype, ours) => {
    const values = [1, -2, 0.5, 0.25, 3, -0.125];
    const bits = values.map((value) =>
      dtype === 'BF16'
        ? new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16
        : (value < 0 ? 0x8000 : 0) | ((15 + Math.floor(Math.log2(Math.abs(value)))) << 10) | (value === 3 ? 0x200 : 0),
    );
    const data = new Uint8Array(Uint16Array.from(bits).buffer);
    const path = writeSafetensorsFile(at(dtype, 'm.safetensors'), { 'wte.weight': { dtype, shape: [3, 2], data } });
    const mapped = await KeyedVectors.load(path);
    expect({ dtype: mapped.dtype, mapped: mapped.loadReport!.mapped }).toEqual({ dtype: ours, mapped: true });
    expect([...mapped.toFloat32Array()]).toEqual(values);
    for (const wanted of ['f32', 'f16', 'bf16'] as const) {
      const converted = await KeyedVectors.load(path, { dtype: wanted, mmap: false });
      expect({ dtype: converted.dtype, mapped: converted.loadReport!.mapped }).toEqual({
        dtype: wanted,
        mapped: false,
      });
      expect([...converted.toFloat32Array()]).toEqual(values);
    }
    expect((await KeyedVectors.load(path, { dtype: 'i8' })).get('2')![0]).toBeCloseTo(3, 2);
    await expect(KeyedVectors.load(path, { mmap: true, dtype: 'f32' })).rejects.toMatchObject({ option: 'mmap' });
  });

  it('of a type that is not read is named', async () => {
    for (const [dtype, bytes] of [
      ['U32', 4],
      ['F8_E4M3', 1],
      ['F64', 8],
      ['I8', 1],
    ] as const) {
      const tensor = { dtype, shape: [3, 2], data: Buffer.alloc(6 * bytes) };
      const path = writeSafetensorsFile(at('type', 'm.safetensors'), { 'model.embed_tokens.weight': tensor });
      await expect(KeyedVectors.load(path)).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED', file: path });
      await expect(KeyedVectors.load(path)).rejects.toThrow(
        new RegExp(`"model.embed_tokens.weight" is ${dtype} .*GPTQ`),
      );
    }
    const flat = writeSafetensorsFile(at('type', 'f.safetensors'), { norm, 'wte.weight': square });
    await expect(KeyedVectors.load(flat, { tensor: 'norm' })).rejects.toThrow(/norm" is F32 \[5\]/);
  });
});

describe('keys of a table that has none', () => {
  const beside = async (tokenizer: unknown, name = 'tokenizer.json'): Promise<KeyedVectors> => {
    const path = writeSafetensorsFile(at('keys', 'model.safetensors'), { 'wte.weight': table });
    writeFileSync(at('keys', name), typeof tokenizer === 'string' ? tokenizer : JSON.stringify(tokenizer));
    return KeyedVectors.load(path, name === 'tokenizer.json' ? {} : { words: at('keys', name) });
  };

  it('are those of the tokenizer.json beside it', async () => {
    const added = [
      { id: 4, content: '<|end|>', special: true },
      { id: 99, content: '<|beyond|>' },
    ];
    const vocab = JSON.parse('{"a":0,"Ġb":2,"constructor":1,"__proto__":3}');
    const bpe = await beside({ model: { type: 'BPE', vocab, merges: [] }, added_tokens: added });
    expect([...bpe.keys()]).toEqual(['a', 'constructor', 'Ġb', '__proto__', '<|end|>', '<unused5>']);
    expect(bpe.get('Ġb')).toEqual(floats.slice(10, 15));
    const unigram = await beside({
      model: {
        type: 'Unigram',
        vocab: [
          ['<unk>', 0],
          ['▁a', -3.2],
          ['b', -4],
        ],
      },
    });
    expect([...unigram.keys()]).toEqual(['<unk>', '▁a', 'b', '<unused3>', '<unused4>', '<unused5>']);
    const twice = await beside({ model: { vocab: { a: 0 } }, added_tokens: [{ id: 1, content: 'a' }] });
    expect([...twice.keys()].slice(0, 3)).toEqual(['a', 'a#1', '<unused2>']);
    expect(twice.loadReport!.duplicates).toBe(1);
    const first = await KeyedVectors.load(at('keys', 'model.safetensors'), { limit: 1 });
    expect([...first.keys()]).toEqual(['a']);
    expect(first.loadReport).toMatchObject({ rows: 1, duplicates: 0 });
  });

  it('are those of the file that is named', async () => {
    const listed = await beside('the\nof\n{\nd\ne\nf\n', 'vocab.txt');
    expect([...listed.keys()]).toEqual(['the', 'of', '{', 'd', 'e', 'f']);
    const object = await beside({ x: 1, y: 0 }, 'vocab.json');
    expect([...object.keys()].slice(0, 3)).toEqual(['y', 'x', '<unused2>']);
    await expect(beside('the\nof\n', 'short.txt')).rejects.toThrow(/short.txt.*2 words for 6 rows/);
    const missing = KeyedVectors.load(at('keys', 'model.safetensors'), { words: at('keys', 'nothing.txt') });
    await expect(missing).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO', file: at('keys', 'nothing.txt') });
  });

  it.each<[string, unknown, RegExp]>([
    ['broken JSON', '{"model": {', /not JSON/],
    ['no vocabulary', { model: { type: 'BPE' } }, /no model.vocab/],
    ['the vocabulary of a larger model', { model: { vocab: { a: 0, b: 77 } } }, /"b" has id 77.*6 rows.*another model/],
    ['an id that is none', { model: { vocab: { a: -1 } } }, /"a" has id -1/],
    ['an id of 2^60', { model: { vocab: { a: 2 ** 60 } } }, /"a" has id/],
    ['a token that is no text', { model: { vocab: [[7, 0]] } }, /7, which is no string/],
    ['added tokens that are none', { model: { vocab: {} }, added_tokens: [3] }, /added_tokens/],
  ])('%s is told, with its file', async (_, tokenizer, message) => {
    const wrong = beside(tokenizer);
    await expect(wrong).rejects.toThrow(message);
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT', file: at('keys', 'tokenizer.json') });
  });
});

describe('a model in shards', () => {
  const index = (map: unknown): string => {
    writeFileSync(at('shards', 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: map }));
    return at('shards', 'model.safetensors.index.json');
  };

  it('is read through its index, of which one file is opened', async () => {
    writeSafetensorsFile(at('shards', 'model-1.safetensors'), { norm, 'model.embed_tokens.weight': table });
    const path = index({
      'lm_head.weight': 'is-not-there.safetensors',
      norm: 'model-1.safetensors',
      'model.embed_tokens.weight': 'model-1.safetensors',
    });
    const vectors = await KeyedVectors.load(path);
    expect(vectors.loadReport).toMatchObject({
      format: 'safetensors-index',
      tensor: 'model.embed_tokens.weight',
      mapped: true,
    });
    expect(vectors.toFloat32Array()).toEqual(floats);
    expect(await inspect(path)).toMatchObject({
      format: 'safetensors-index',
      readable: true,
      rows: ROWS,
      dtype: 'f32',
      candidates: ['model.embed_tokens.weight'],
    });
    const missing = KeyedVectors.load(path, { tensor: 'lm_head.weight' });
    await expect(missing).rejects.toMatchObject({
      code: 'ERR_WORDMILL_IO',
      file: at('shards', 'is-not-there.safetensors'),
    });
    await expect(KeyedVectors.load(path, { tensor: 'x' })).rejects.toThrow(/model.embed_tokens.weight/);
    await expect(vectors.save(at('i.json'), { format: 'safetensors-index' })).rejects.toThrow(/not written/);
  });

  it.each<[string, unknown, RegExp]>([
    ['no map', 7, /weight_map is no object/],
    ['a list', ['a'], /weight_map is no object/],
    ['a number for a file', { 'wte.weight': 7 }, /7 for tensor "wte.weight"/],
    ['a file elsewhere', { 'wte.weight': '../m.safetensors' }, /beside it/],
    ['an absolute path', { 'wte.weight': '/etc/passwd' }, /beside it/],
    ['the wrong file', { 'wte.weight': 'model-1.safetensors' }, /model-1.*no tensor "wte.weight".*index says/],
  ])('whose index has %s is refused', async (_, map, message) => {
    writeSafetensorsFile(at('shards', 'model-1.safetensors'), { 'model.embed_tokens.weight': table });
    await expect(KeyedVectors.load(index(map))).rejects.toThrow(message);
    await expect(KeyedVectors.load(index(map))).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT' });
  });
});

describe('a table for other programs', () => {
  const vectors = KeyedVectors.from({ keys: ['a', 'b', 'c', 'd', 'e', 'f'], vectors: floats });

  it('is one tensor of the given name, and comes back', async () => {
    const name = 'model.embed_tokens.weight';
    await vectors.save(at('out', 'model.safetensors'), { tensor: name });
    const bytes = readFileSync(at('out', 'model.safetensors'));
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    expect(header[name]).toEqual({ dtype: 'F32', shape: [ROWS, COLUMNS], data_offsets: [0, 120] });
    expect(Object.keys(header)).toEqual(['__metadata__', name]);
    expect(header.__metadata__.format).toBe('pt');
    expect(bytes.subarray(8 + length).equals(Buffer.from(floats.buffer))).toBe(true);
    writeFileSync(at('out', 'words.txt'), [...vectors.keys(), ''].join('\n'));
    const back = await KeyedVectors.load(at('out', 'model.safetensors'), { words: at('out', 'words.txt') });
    expect(back.get('e')).toEqual(vectors.get('e'));
    expect((await inspect(at('out', 'model.safetensors'))).tensors![0]!.crc32).toMatch(/^[0-9a-f]{8}$/);
  });

  it('is of a type that they read', async () => {
    for (const dtype of ['f16', 'bf16'] as const) {
      await vectors.save(at('out', 'narrow.safetensors'), { tensor: 'wte.weight', dtype });
      const back = await KeyedVectors.load(at('out', 'narrow.safetensors'));
      expect(back.dtype).toBe(dtype);
      expect(back.get('4')![0]).toBeCloseTo(floats[20]!, 2);
    }
    const wrong = vectors.save(at('out', 'i8.safetensors'), { tensor: 'wte.weight', dtype: 'i8' });
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION', option: 'dtype' });
    await expect(vectors.save(at('out', 'x.txt'), { tensor: 'w' })).rejects.toMatchObject({ option: 'tensor' });
    const bytes = KeyedVectors.from({ a: [1, 2] }, { dtype: 'i8' });
    await bytes.save(at('out', 'b.safetensors'), { tensor: 'wte.weight' });
    expect((await KeyedVectors.load(at('out', 'b.safetensors'))).dtype).toBe('f16');
  });
});

describe('options that do not go with the file', () => {
  it('are refused by name', async () => {
    const own = KeyedVectors.from({ a: [1, 2] });
    await own.save(at('own.safetensors'));
    await own.save(at('own.txt'));
    await expect(KeyedVectors.load(at('own.safetensors'), { tensor: 'vectors' })).rejects.toMatchObject({
      option: 'tensor',
    });
    await expect(KeyedVectors.load(at('own.safetensors'), { words: at('w') })).rejects.toMatchObject({
      option: 'words',
    });
    await expect(KeyedVectors.load(at('own.txt'), { tensor: 'vectors' })).rejects.toMatchObject({ option: 'tensor' });
  });
});

describe('a large file', () => {
  /** Bytes of the process that are not those of a file. */
  const anonymous = (): number => {
    const status = readFileSync('/proc/self/status', 'utf8');
    return Number(/RssAnon:\s+(\d+)/.exec(status)![1]) * 1024;
  };

  it.runIf(process.platform === 'linux')('is mapped: only what is used of it is in memory', async () => {
    const [rows, columns] = [20_000, 2048];
    const path = writeSparseSafetensors(at('large', 'model.safetensors'), {
      'model.layers.0.weight': { dtype: 'BF16', shape: [100_000, 4096], bytes: 100_000 * 4096 * 2 },
      'model.embed_tokens.weight': { dtype: 'BF16', shape: [rows, columns], bytes: rows * columns * 2 },
    });
    expect(statSync(path).size).toBeGreaterThan(900e6);
    const before = anonymous();
    const mapped = await KeyedVectors.load(path);
    expect(mapped.get('19999')).toEqual(new Float32Array(columns));
    expect(anonymous() - before).toBeLessThan(50e6);
    const copy = await KeyedVectors.load(path, { dtype: 'f32' });
    expect(copy.dtype).toBe('f32');
    expect(anonymous() - before).toBeLessThan(rows * columns * 4 + 50e6);
  });
});

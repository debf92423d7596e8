import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, isWordmillError, KeyedVectors } from '@wordmill/core';
import { afterAll, describe, expect, it } from 'vitest';
import {
  architecture,
  GGUF_TYPES,
  type GgufContent,
  type GgufTensorData,
  ggufBytes,
  string,
  tokens,
  u32,
  u64,
  writeGguf,
} from './gguf-file.js';
import { randomNumbers } from './sample-vectors.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-gguf-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const ROWS = 7;
const COLUMNS = 64;
const WORDS = ['<s>', '▁the', '▁of', 'Ġcat', '日本', 'constructor', '__proto__'];
const BYTES = Buffer.from(randomNumbers(ROWS * COLUMNS, 3).map((x) => x * 127)).subarray(0, ROWS * COLUMNS);

/** Half floats of powers of two: 2^exponent. */
const half = (exponent: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE((exponent + 15) << 10);
  return bytes;
};
const exponentOf = (block: number): number => -(block % 5) - 1;

/** The table as blocks, and what it stands for. */
function blocks(type: 'Q8_0' | 'Q4_0'): { data: Buffer; values: number[] } {
  const parts: Buffer[] = [];
  const values: number[] = [];
  for (let block = 0; block < (ROWS * COLUMNS) / 32; block++) {
    parts.push(half(exponentOf(block)));
    const scale = 2 ** exponentOf(block);
    const bytes = BYTES.subarray(block * 32, block * 32 + 32);
    if (type === 'Q8_0') {
      parts.push(bytes);
      values.push(...[...bytes].map((byte) => scale * ((byte << 24) >> 24)));
    } else {
      const packed = bytes.subarray(0, 16);
      parts.push(packed);
      values.push(...[...packed].map((byte) => scale * ((byte & 15) - 8)));
      values.push(...[...packed].map((byte) => scale * ((byte >> 4) - 8)));
    }
  }
  return { data: Buffer.concat(parts), values };
}

function embedding(type: keyof typeof GGUF_TYPES, data: Uint8Array): GgufTensorData {
  return { name: 'token_embd.weight', type: GGUF_TYPES[type], dims: [COLUMNS, ROWS], data };
}
const other: GgufTensorData = { name: 'output_norm.weight', type: 0, dims: [3], data: Buffer.alloc(12) };
const floats = randomNumbers(ROWS * COLUMNS, 8);
const whole: GgufContent = {
  metadata: [architecture, tokens(WORDS), ['llama.block_count', 4, u32(2)]],
  tensors: [other, embedding('F32', new Uint8Array(floats.buffer)), { ...other, name: 'blk.0.attn_q.weight' }],
};

describe('the token embedding of a GGUF file', () => {
  it('is mapped, with the tokens as keys', async () => {
    const vectors = await KeyedVectors.load(writeGguf(at('a.gguf'), whole));
    expect(vectors.loadReport).toMatchObject({ format: 'gguf', rows: ROWS, mapped: true, tensor: 'token_embd.weight' });
    expect([...vectors.keys()]).toEqual(WORDS);
    expect(vectors.dtype).toBe('f32');
    expect(vectors.toFloat32Array()).toEqual(floats);
    expect(vectors.get('日本')).toEqual(floats.slice(4 * COLUMNS, 5 * COLUMNS));
    const some = await KeyedVectors.load(at('a.gguf'), { limit: 3 });
    expect([...some.keys()]).toEqual(WORDS.slice(0, 3));
    const second = await KeyedVectors.load(writeGguf(at('v2.gguf'), { ...whole, version: 2 }));
    expect(second.toFloat32Array()).toEqual(floats);
  });

  it.each(['Q8_0', 'Q4_0'] as const)(
    'of %s is searched and copied as it is, and converted on request',
    async (type) => {
      const { data, values } = blocks(type);
      const path = writeGguf(at(`${type}.gguf`), { ...whole, tensors: [other, embedding(type, data)] });
      const vectors = await KeyedVectors.load(path);
      expect(vectors.dtype).toBe(type.toLowerCase());
      expect(vectors.loadReport!.mapped).toBe(true);
      expect([...vectors.toFloat32Array()]).toEqual(values);
      expect([...vectors.getMany(['▁of', '<s>'])]).toEqual([...values.slice(128, 192), ...values.slice(0, 64)]);
      const wide = await KeyedVectors.load(path, { dtype: 'f32' });
      expect(wide.loadReport!.mapped).toBe(false);
      expect([...wide.toFloat32Array()]).toEqual(values);
      for (const topN of [1, 6]) {
        const found = vectors.mostSimilarSync('Ġcat', { topN });
        wide.mostSimilarSync('Ġcat', { topN }).forEach(({ key, score }, i) => {
          expect(found[i]!.key).toBe(key);
          expect(found[i]!.score).toBeCloseTo(score, 5);
        });
      }
      for (const dtype of ['f16', 'bf16', 'i8'] as const) {
        const converted = await KeyedVectors.load(path, { dtype });
        expect(converted.dtype).toBe(dtype);
        const step = Math.max(...values.map(Math.abs)) / (dtype === 'f16' ? 2048 : 127);
        converted.toFloat32Array().forEach((value, i) => void expect(Math.abs(value - values[i]!)).toBeLessThan(step));
      }
      // What is made of it is of a type that can be written.
      expect((await vectors.subset(['<s>', 'Ġcat'])).get('Ġcat')).toEqual(wide.get('Ġcat'));
      await vectors.save(at('saved.safetensors'));
      const saved = await KeyedVectors.load(at('saved.safetensors'));
      expect(saved.dtype).toBe('f16');
      expect([...saved.toFloat32Array()]).toEqual(values);
      await vectors.save(at('saved.txt'));
      expect((await KeyedVectors.load(at('saved.txt'))).get('▁the')).toEqual(wide.get('▁the'));
    },
  );

  it('keeps every row where tokens are too few or stand twice', async () => {
    const twice = ['a', 'b', 'a', '', 'c'];
    const path = writeGguf(at('twice.gguf'), { ...whole, metadata: [tokens(twice)] });
    const vectors = await KeyedVectors.load(path);
    expect([...vectors.keys()]).toEqual(['a', 'b', 'a#2', '<unused3>', 'c', '<unused5>', '<unused6>']);
    expect(vectors.loadReport).toMatchObject({ duplicates: 1, mapped: true });
    expect(vectors.get('<unused6>')).toEqual(floats.slice(6 * COLUMNS));
    const empty = await KeyedVectors.load(
      writeGguf(at('e.gguf'), { ...whole, metadata: [tokens(['', ...WORDS.slice(1)])] }),
    );
    expect(empty.keyAt(0)).toBe('<unused0>');
    expect(empty.loadReport!.duplicates).toBe(0);
    const none = await KeyedVectors.load(writeGguf(at('none.gguf'), { ...whole, metadata: [] }));
    expect([...none.keys()]).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    const broken = writeGguf(at('broken.gguf'), { ...whole, metadata: [tokens(['x', Buffer.from([0xff, 0x41])])] });
    expect((await KeyedVectors.load(broken)).keyAt(1)).toBe('\udcffA');
    expect((await KeyedVectors.load(broken, { invalidUtf8: 'replace' })).keyAt(1)).toBe('\ufffdA');
    await expect(KeyedVectors.load(broken, { invalidUtf8: 'strict' })).rejects.toThrow(/row 1/);
    const many = writeGguf(at('many.gguf'), { ...whole, metadata: [tokens([...WORDS, 'more'])] });
    await expect(KeyedVectors.load(many)).rejects.toThrow(/8 tokens for 7 rows/);
  });

  it('is described, with the other tensors', async () => {
    writeGguf(at('i.gguf'), whole);
    expect(await inspect(at('i.gguf'))).toMatchObject({
      format: 'gguf',
      readable: true,
      rows: ROWS,
      dimension: COLUMNS,
      dtype: 'f32',
      candidates: ['token_embd.weight'],
      metadata: { 'general.architecture': 'llama', 'llama.block_count': '2' },
      tensors: [
        { name: 'output_norm.weight', dtype: 'F32', shape: [3] },
        { name: 'token_embd.weight', dtype: 'F32', shape: [ROWS, COLUMNS] },
        { name: 'blk.0.attn_q.weight' },
      ],
    });
  });

  it('of a type that is not read is named, and so is a name that is not there', async () => {
    const data = Buffer.alloc((ROWS * 256 * 210) / 256);
    const packed: GgufTensorData = { ...embedding('Q6_K', data), dims: [256, ROWS] };
    const path = writeGguf(at('q6.gguf'), { ...whole, tensors: [packed] });
    await expect(KeyedVectors.load(path)).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED', file: path });
    await expect(KeyedVectors.load(path)).rejects.toThrow(/Q6_K.*F32, F16, BF16, Q8_0, Q4_0.*llama-quantize/);
    expect(await inspect(path)).toMatchObject({ readable: false, advice: expect.stringMatching(/Q6_K/) });
    writeGguf(at('n.gguf'), whole);
    const wrong = KeyedVectors.load(at('n.gguf'), { tensor: 'token_embed.weight' });
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION', option: 'tensor' });
    await expect(wrong).rejects.toThrow(/did you mean "token_embd.weight".*token_embd.weight \[7,64\]/);
    await expect(KeyedVectors.load(at('n.gguf'), { mmap: true, dtype: 'f16' })).rejects.toMatchObject({
      option: 'mmap',
    });
    await expect(KeyedVectors.load(at('n.gguf'), { words: at('w') })).rejects.toMatchObject({ option: 'words' });
    const vectors = await KeyedVectors.load(at('n.gguf'));
    await expect(vectors.save(at('out.gguf'), { format: 'gguf' })).rejects.toThrow(/not written/);
  });
});

describe('a GGUF file that is damaged', () => {
  const codeOf = async (bytes: Uint8Array): Promise<string> => {
    writeFileSync(at('bad.gguf'), bytes);
    for (const load of [() => KeyedVectors.load(at('bad.gguf')), () => inspect(at('bad.gguf'))]) {
      const error = await load().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!isWordmillError(error)) return String(error);
      expect(error.file).toBe(at('bad.gguf'));
      if (load.toString().includes('inspect')) return error.code;
    }
    throw new Error('not reached');
  };
  const small: GgufContent = {
    metadata: [architecture, tokens(['a', 'b']), ['x.list', 9, Buffer.concat([u32(5), u64(2), Buffer.alloc(8)])]],
    tensors: [{ name: 'token_embd.weight', type: 0, dims: [2, 2], data: Buffer.alloc(16, 1) }],
  };

  it('is refused wherever it is cut', async () => {
    const bytes = ggufBytes(small);
    // The padding after the last tensor is nobody's.
    const end = bytes.length - 16;
    for (let length = 1; length < end; length++) {
      const code = await codeOf(bytes.subarray(0, length));
      expect(['ERR_WORDMILL_TRUNCATED', 'ERR_WORDMILL_FORMAT'], `cut to ${length} bytes: ${code}`).toContain(code);
    }
    writeFileSync(at('whole.gguf'), bytes.subarray(0, end));
    expect([...(await KeyedVectors.load(at('whole.gguf'))).keys()]).toEqual(['a', 'b']);
  });

  const huge = 2n ** 63n;
  const list = (type: number, count: bigint): Buffer => Buffer.concat([u32(type), u64(count)]);
  const tensor = small.tensors[0]!;
  it.each<[string, GgufContent, string]>([
    ['another version', { ...small, version: 4 }, 'UNSUPPORTED'],
    ['version 1', { ...small, version: 1 }, 'UNSUPPORTED'],
    ['big-endian numbers', { ...small, version: 3 << 24 }, 'UNSUPPORTED'],
    ['2^63 tensors', { ...small, tensorCount: huge }, 'LIMIT'],
    ['a million tensors', { ...small, tensorCount: 1_000_000n }, 'TRUNCATED'],
    ['2^64 - 1 metadata values', { ...small, valueCount: 2n ** 64n - 1n }, 'LIMIT'],
    ['a string of 2^63 bytes', { ...small, metadata: [['k', 8, u64(huge)]] }, 'LIMIT'],
    ['a string beyond the file', { ...small, metadata: [['k', 8, u64(100_000)]] }, 'TRUNCATED'],
    ['a list of 2^63 numbers', { ...small, metadata: [['k', 9, list(4, huge)]] }, 'LIMIT'],
    ['a list of 2^40 strings', { ...small, metadata: [['k', 9, list(8, 2n ** 40n)]] }, 'TRUNCATED'],
    ['a list of lists', { ...small, metadata: [['k', 9, list(9, 1n)]] }, 'FORMAT'],
    ['2^40 tokens', { ...small, metadata: [['tokenizer.ggml.tokens', 9, list(8, 2n ** 40n)]] }, 'LIMIT'],
    ['a billion tokens', { ...small, metadata: [['tokenizer.ggml.tokens', 9, list(8, 10n ** 9n)]] }, 'TRUNCATED'],
    ['tokens that are numbers', { ...small, metadata: [['tokenizer.ggml.tokens', 9, list(4, 1n)]] }, 'FORMAT'],
    ['an unknown metadata type', { ...small, metadata: [['k', 77, u64(0)]] }, 'FORMAT'],
    ['a metadata key twice', { ...small, metadata: [architecture, architecture] }, 'FORMAT'],
    ['an empty key', { ...small, metadata: [['', 4, u32(0)]] }, 'FORMAT'],
    ['alignment 0', { ...small, metadata: [['general.alignment', 4, u32(0)]] }, 'FORMAT'],
    ['alignment 24', { ...small, metadata: [['general.alignment', 4, u32(24)]] }, 'FORMAT'],
    ['an alignment that is text', { ...small, metadata: [['general.alignment', 8, string('32')]] }, 'FORMAT'],
    ['dims that overflow', { ...small, tensors: [{ ...tensor, dims: [2 ** 40, 2 ** 40] }] }, 'TRUNCATED'],
    ['dims of 2^63', { ...small, tensors: [{ ...tensor, dims: [2, huge] }] }, 'LIMIT'],
    ['five dims', { ...small, tensors: [{ ...tensor, dims: [1, 1, 1, 2, 2] }] }, 'FORMAT'],
    ['half a block', { ...small, tensors: [{ ...tensor, type: 8, dims: [16, 1] }] }, 'FORMAT'],
    ['an offset beyond the file', { ...small, tensors: [{ ...tensor, offset: 64_000 }] }, 'TRUNCATED'],
    ['an offset of 2^63', { ...small, tensors: [{ ...tensor, offset: huge }] }, 'LIMIT'],
    ['an offset that is not aligned', { ...small, tensors: [{ ...tensor, offset: 8 }] }, 'FORMAT'],
    ['two tensors of one name', { ...small, tensors: [tensor, tensor] }, 'FORMAT'],
    ['tensors that overlap', { ...small, tensors: [tensor, { ...tensor, name: 'b', offset: 0 }] }, 'FORMAT'],
  ])('%s', async (_, content, code) => {
    const found = await codeOf(ggufBytes(content));
    expect(found).toBe(`ERR_WORDMILL_${code}`);
  });

  it('a key of 2^62 bytes, and a table without rows', async () => {
    const bytes = ggufBytes(small);
    bytes.writeBigUInt64LE(2n ** 62n, 24);
    expect(await codeOf(bytes)).toBe('ERR_WORDMILL_LIMIT');
    const empty = writeGguf(at('empty.gguf'), { ...small, tensors: [{ ...tensor, dims: [2, 0] }] });
    await expect(KeyedVectors.load(empty)).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT', file: empty });
    expect(await inspect(empty)).toMatchObject({ readable: false, advice: expect.stringMatching(/no vectors/) });
  });

  it('keeps its promise whatever byte is changed: it loads, or says what is wrong', async () => {
    const bytes = ggufBytes(small);
    for (let position = 4; position < bytes.length - 32; position++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const changed = Buffer.from(bytes);
        changed[position]! ^= flip;
        writeFileSync(at('flip.gguf'), changed);
        const error = await KeyedVectors.load(at('flip.gguf')).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) expect(isWordmillError(error), `byte ${position}: ${error}`).toBe(true);
      }
    }
  });
});

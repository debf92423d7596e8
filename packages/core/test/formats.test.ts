import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type FormatName, inspect, KeyedVectors, type LoadOptions } from '@wordmill/core';
import { afterAll, describe, expect, it } from 'vitest';
import { randomNumbers } from './sample-vectors.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-formats-'));
const at = (name: string): string => join(folder, name);
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};
const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const load = (name: string, content: string | Uint8Array, options?: LoadOptions): Promise<KeyedVectors> =>
  KeyedVectors.load(write(name, content), options);
const contentOf = (kv: KeyedVectors): Record<string, number[]> =>
  Object.fromEntries([...kv.keys()].map((key) => [key, Array.from(kv.get(key)!)]));
afterAll(() => rmSync(folder, { recursive: true }));

const WORDS = { the: [1, -2, 0.5], 日本: [0.25, 3, -1] };

describe('every format', () => {
  const keys = [
    'the',
    'of',
    '__proto__',
    'Zürich',
    'a\u00a0b',
    '日本語',
    ...Array.from({ length: 500 }, (_, i) => `w${i}`),
  ];
  const numbers = randomNumbers(keys.length * 33, 7);
  numbers.set([0, -0, 1e-30, 3.4e38, -1e-40, 0.1, 1 / 3, 123456.7], 33);
  const kv = KeyedVectors.from({ keys, vectors: numbers });

  it.each<[string, FormatName, FormatName?]>([
    ['a.safetensors', 'safetensors'],
    ['a.bin', 'word2vec-binary'],
    ['a.txt', 'word2vec-text'],
    ['a.vec', 'fasttext-vec', 'word2vec-text'],
    ['a.glove', 'glove-text'],
    ['a.npy', 'npy'],
    ['vectors.tsv', 'projector'],
    ['a.bin.gz', 'word2vec-binary'],
    ['a.txt.gz', 'word2vec-text'],
    ['a.vec.gz', 'fasttext-vec', 'word2vec-text'],
    ['b_vectors.tsv.gz', 'projector'],
  ])('gives back the same numbers from %s', async (name, format, recognised = format) => {
    await kv.save(at(name), name.endsWith('.glove') ? { format } : {});
    const { head } = { head: readFileSync(at(name)) };
    expect(head.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))).toBe(name.endsWith('.gz'));
    const back = await KeyedVectors.load(pathToFileURL(at(name)));
    expect(back.loadReport).toMatchObject({ file: at(name), format: recognised, rows: keys.length, duplicates: 0 });
    expect([...back.keys()]).toEqual(keys);
    expect(new Uint8Array(back.toFloat32Array().buffer)).toEqual(new Uint8Array(numbers.buffer));
    const first = await KeyedVectors.load(at(name), { limit: 7, format });
    expect([...first.keys()]).toEqual(keys.slice(0, 7));
    expect(first.toFloat32Array()).toEqual(numbers.slice(0, 7 * 33));
    const half = await KeyedVectors.load(at(name), { dtype: 'f16' });
    expect(half.dtype).toBe('f16');
    expect(half.get('w99')![0]).toBeCloseTo(kv.get('w99')![0]!, 3);
    expect(await inspect(at(name))).toMatchObject({ format: recognised, readable: true, dimension: 33 });
  });

  it('keeps frequencies and metadata in safetensors', async () => {
    const counted = KeyedVectors.from(
      { keys: ['a', 'b'], vectors: [[1], [2]], counts: [7, 2n ** 53n] },
      { metadata: { lang: 'de' } },
    );
    await counted.save(at('counted.safetensors'));
    for (const mmap of [true, false]) {
      const back = await KeyedVectors.load(at('counted.safetensors'), { mmap });
      expect([back.count('a'), back.count('b')]).toEqual([7, 2 ** 53]);
      expect(back.metadata).toEqual({ lang: 'de' });
      expect(back.loadReport!.mapped).toBe(mmap);
    }
    const part = await KeyedVectors.load(at('counted.safetensors'), { limit: 1 });
    expect([part.size, part.count('a'), part.has('b')]).toEqual([1, 7, false]);
  });

  it('saves and maps half precision', async () => {
    const small = KeyedVectors.from({ a: [1 / 3, 2], b: [-0.1, 65504] });
    for (const dtype of ['f16', 'bf16'] as const) {
      await small.save(at(`${dtype}.safetensors`), { dtype });
      const mapped = await KeyedVectors.load(at(`${dtype}.safetensors`), { mmap: true });
      expect([mapped.dtype, mapped.loadReport!.mapped]).toEqual([dtype, true]);
      expect(mapped.get('a')![0]).toBeCloseTo(1 / 3, 2);
      expect(await mapped.verify()).toContain('vectors');
    }
    await small.save(at('half.npy'), { dtype: 'f16' });
    const mapped = await KeyedVectors.load(at('half.npy'), { mmap: true });
    expect([mapped.dtype, mapped.get('b')![1]]).toEqual(['f16', 65504]);
    await expect(small.save(at('bf16.npy'), { dtype: 'bf16' })).rejects.toMatchObject({ option: 'dtype' });
  });

  it('writes six decimals where asked, as word2vec.c does', async () => {
    const small = KeyedVectors.from({ a: [1 / 3, -2], b: [0, 1e-9] });
    await small.save(at('six.txt'), { numbers: 'fixed6' });
    expect(readFileSync(at('six.txt'), 'utf8')).toBe('2 2\na 0.333333 -2.000000\nb 0.000000 0.000000\n');
    await small.save(at('six.vec'));
    expect(readFileSync(at('six.vec'), 'utf8')).toBe('2 2\na 0.33333334 -2 \nb 0 1e-09 \n');
    await small.save(at('six.tsv'), { words: at('six.words') });
    expect(readFileSync(at('six.tsv'), 'utf8')).toBe('0.33333334\t-2\n0\t1e-09\n');
    expect(readFileSync(at('six.words'), 'utf8')).toBe('a\nb\n');
  });

  it('refuses names and options that say nothing, and keys that the format cannot hold', async () => {
    const odd = KeyedVectors.from({ ok: [1], 'new york': [2], 'line\nfeed': [3] });
    await expect(odd.save(at('a.xyz'))).rejects.toMatchObject({ option: 'format' });
    await expect(odd.save(at('a.bin'), { dtype: 'f16' })).rejects.toMatchObject({ option: 'dtype' });
    await expect(odd.save(at('a.bin'), { wrong: 1 } as object)).rejects.toMatchObject({ option: 'wrong' });
    await expect(odd.save(at('a.safetensors.gz'))).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION' });
    await expect(odd.save(at('odd.bin'))).rejects.toThrow(/"new york" \(row 1\).*safetensors/);
    await expect(odd.save(at('odd.txt'))).rejects.toThrow(/"line\\nfeed" \(row 2\)/);
    await expect(odd.save(at('odd.npy'))).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    await expect(odd.save(at('odd.tsv'))).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    await odd.save(at('odd.safetensors'));
    expect([...(await KeyedVectors.load(at('odd.safetensors'))).keys()]).toEqual(['ok', 'new york', 'line\nfeed']);
    const spaced = await odd.subset(['new york', 'ok']);
    await spaced.save(at('spaced.txt'));
    expect(contentOf(await KeyedVectors.load(at('spaced.txt')))).toEqual({ 'new york': [2], ok: [1] });
  });
});

describe('word2vec text', () => {
  it.each([
    ['line feeds', '2 3\nthe 1 -2 0.5\n日本 0.25 3 -1\n'],
    ['a space after each row', '2 3\nthe 1 -2 0.5 \n日本 0.25 3 -1 \n'],
    ['CR LF', '2 3\r\nthe 1 -2 0.5\r\n日本 0.25 3 -1\r\n'],
    ['no line feed at the end', '2 3\nthe 1 -2 0.5\n日本 0.25 3 -1'],
    ['tabs', '2\t3\nthe\t1\t-2\t0.5\n日本\t0.25\t3\t-1\n'],
    ['a byte order mark', '\ufeff2 3\nthe 1 -2 0.5\n日本 0.25 3 -1\n'],
    ['exponents and a header with spaces', ' 2  3 \nthe 1e0 -2.0 5E-1\n日本 +.25 3. -0.01e2\n'],
  ])('with %s', async (_, text) => {
    const kv = await load('t.txt', text);
    expect(contentOf(kv)).toEqual(WORDS);
    expect(kv.loadReport!.format).toBe('word2vec-text');
    expect(contentOf(await load('t.gz', gzipSync(text)))).toEqual(WORDS);
  });

  it('splits rows from their end, so that keys may contain spaces and numbers', async () => {
    const kv = await load('s.txt', '4 2\nnew york 1 2\n. . . 3 4\nat 7 5 6\n\u00a0 7 8\n');
    expect(contentOf(kv)).toEqual({ 'new york': [1, 2], '. . .': [3, 4], 'at 7': [5, 6], '\u00a0': [7, 8] });
  });

  it('keeps the first of equal keys and counts the others', async () => {
    const kv = await load('d.txt', '5 1\na 1\nb 2\na 3\nc 4\nb 5\n');
    expect(contentOf(kv)).toEqual({ a: [1], b: [2], c: [4] });
    expect(kv.loadReport).toMatchObject({ rows: 3, duplicates: 2 });
    expect((await kv.mostSimilar([1])).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });

  it('reads only the header and so many rows with a limit', async () => {
    expect(contentOf(await load('l.txt', '1000 1\na 1\nb 2\n', { limit: 2 }))).toEqual({ a: [1], b: [2] });
  });
});

describe('word2vec binary', () => {
  const row = (key: string, numbers: readonly number[]): Buffer =>
    Buffer.concat([Buffer.from(`${key} `), floats(...numbers)]);
  const rows = Object.entries(WORDS).map(([key, numbers]) => row(key, numbers));
  const feed = Buffer.from('\n');
  const header = Buffer.from('2 3\n');

  it.each<[string, Buffer[]]>([
    ['a line feed after each row, as word2vec.c', [header, rows[0]!, feed, rows[1]!, feed]],
    ['none, as gensim and GoogleNews', [header, rows[0]!, rows[1]!]],
    ['a header ending in CR LF', [Buffer.from('2 3\r\n'), rows[0]!, rows[1]!]],
  ])('with %s', async (_, parts) => {
    const bytes = Buffer.concat(parts);
    const kv = await load('t.bin', bytes);
    expect(contentOf(kv)).toEqual(WORDS);
    expect(kv.loadReport!.format).toBe('word2vec-binary');
    expect(contentOf(await load('t.gz', gzipSync(bytes)))).toEqual(WORDS);
  });

  it('is told from text also for vectors of one number', async () => {
    const bytes = Buffer.concat([Buffer.from('2 1\n'), row('a', [1]), row('b', [-7.25])]);
    expect(contentOf(await load('one.bin', bytes))).toEqual({ a: [1], b: [-7.25] });
  });
});

describe('GloVe text', () => {
  it('takes the dimension from the rows', async () => {
    const kv = await load('g.txt', 'the 1 -2 0.5\n日本 0.25 3 -1\n<unk> 0 0 0\n');
    expect(contentOf(kv)).toEqual({ ...WORDS, '<unk>': [0, 0, 0] });
    expect(kv.loadReport!.format).toBe('glove-text');
  });

  it('is whole where its header does not count the row <unk>, as glove writes it', async () => {
    const rows = 'a 1 2\nb 3 4\n<unk> 5 6\n';
    const all = { a: [1, 2], b: [3, 4], '<unk>': [5, 6] };
    for (const text of [`2 2\n${rows}`, `3 2\n${rows}`, `2 2\n${rows.trimEnd()}`]) {
      expect(contentOf(await load('unknown.txt', text))).toEqual(all);
    }
    expect(contentOf(await load('unknown.txt', `2 2\n${rows}`, { limit: 2 }))).toEqual({ a: [1, 2], b: [3, 4] });
    await expect(load('unknown.txt', `5 2\n${rows}`)).rejects.toMatchObject({ code: 'ERR_WORDMILL_TRUNCATED' });
    await expect(load('unknown.txt', `1 2\n${rows}`)).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT' });
  });

  it('is not misled by keys that are numbers or end in one', async () => {
    expect(contentOf(await load('n.txt', 'the 3 4\nat 7 1 2\n'))).toEqual({ the: [3, 4], 'at 7': [1, 2] });
    expect(contentOf(await load('m.txt', '5 1 2\n6 3 4'))).toEqual({ '5': [1, 2], '6': [3, 4] });
  });

  it('with a header that the format option overrules', async () => {
    expect(contentOf(await load('h.txt', '3 4\n5 6\n', { format: 'glove-text' }))).toEqual({ '3': [4], '5': [6] });
  });
});

describe('.npy', () => {
  const npy = (descr: string, data: Uint8Array, shape = '(2, 3)', order = 'False', version = 1): Buffer => {
    const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
    const size = version === 1 ? 10 : 12;
    const padded = `${text.padEnd(Math.ceil((size + text.length + 1) / 64) * 64 - size - 1)}\n`;
    const head = Buffer.alloc(size);
    head.write('\x93NUMPY', 'latin1');
    head[6] = version;
    if (version === 1) head.writeUInt16LE(padded.length, 8);
    else head.writeUInt32LE(padded.length, 8);
    return Buffer.concat([head, Buffer.from(padded), data]);
  };
  const values = [...WORDS.the, ...WORDS.日本];
  const words = 'the\r\n日本\n';

  it('of every width and byte order', async () => {
    write('v.npy.words', words);
    const doubles = Buffer.from(Float64Array.from(values).buffer);
    const halves = Buffer.from(Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x3400, 0x4200, 0xbc00).buffer);
    for (const file of [
      npy('<f4', floats(...values)),
      npy('<f4', floats(...values), '(2, 3)', 'False', 2),
      npy('<f4', floats(...values), '(2L, 3L)'),
      npy('<f8', doubles),
      npy('<f2', halves),
      npy('>f4', floats(...values).swap32()),
      npy('>f8', Buffer.from(doubles).swap64()),
    ]) {
      expect(contentOf(await load('v.npy', file))).toEqual(WORDS);
    }
    const mapped = await load('v.npy', npy('<f4', floats(...values)), { mmap: true, words: write('others', 'x\ny') });
    expect([...mapped.keys()]).toEqual(['x', 'y']);
    await expect(load('v.npy', npy('<f8', doubles), { mmap: true })).rejects.toMatchObject({ option: 'mmap' });
  });

  it.each<[string, Buffer, string, RegExp]>([
    ['objects', npy('|O', Buffer.alloc(48)), 'ERR_WORDMILL_UNSUPPORTED', /pickle.*numpy\.save/],
    ['integers', npy('<i4', Buffer.alloc(24)), 'ERR_WORDMILL_UNSUPPORTED', /<i4/],
    ['column order', npy('<f4', Buffer.alloc(24), '(2, 3)', 'True'), 'ERR_WORDMILL_UNSUPPORTED', /ascontiguousarray/],
    ['one dimension', npy('<f4', Buffer.alloc(24), '(6,)'), 'ERR_WORDMILL_UNSUPPORTED', /1 dimensions/],
    ['a huge shape', npy('<f4', Buffer.alloc(24), '(9007199254740993, 3)'), 'ERR_WORDMILL_LIMIT', /9007199254740992/],
    ['no rows', npy('<f4', Buffer.alloc(0), '(0, 3)'), 'ERR_WORDMILL_FORMAT', /no vectors/],
    ['bytes at the end', npy('<f4', Buffer.alloc(25)), 'ERR_WORDMILL_FORMAT', /1 bytes after/],
    ['another version', npy('<f4', Buffer.alloc(24), '(2, 3)', 'False', 9), 'ERR_WORDMILL_FORMAT', /version 9/],
  ])('refuses %s', async (_, bytes, code, message) => {
    write('r.npy.words', words);
    const path = write('r.npy', bytes);
    await expect(KeyedVectors.load(path)).rejects.toMatchObject({ code, file: path });
    await expect(KeyedVectors.load(path)).rejects.toThrow(message);
  });

  it('needs as many words as rows', async () => {
    const bytes = npy('<f4', floats(...values));
    await expect(load('alone.npy', bytes)).rejects.toMatchObject({
      code: 'ERR_WORDMILL_IO',
      file: at('alone.npy.words'),
    });
    write('three.npy.words', 'a\nb\nc\n');
    await expect(load('three.npy', bytes)).rejects.toThrow(/3 words for 2 rows/);
    await expect(load('alone.npy', bytes, { words: at('nowhere') })).rejects.toMatchObject({ system: 'ENOENT' });
  });
});

describe('TensorFlow Projector', () => {
  it('takes words from metadata with and without column names', async () => {
    const vectors = '1\t-2\t0.5\n0.25\t3\t-1\n';
    write('x_metadata.tsv', 'the\n日本\n');
    expect(contentOf(await load('x_vectors.tsv', vectors))).toEqual(WORDS);
    write('metadata.tsv', 'count\tword\textra\r\n9\tthe\t-\r\n8\t日本\t-\r\n');
    expect(contentOf(await load('anything.tsv', vectors))).toEqual(WORDS);
    expect(contentOf(await load('anything.tsv', vectors, { limit: 1 }))).toEqual({ the: WORDS.the });
    write('metadata.tsv', 'the\n');
    await expect(load('anything.tsv', vectors)).rejects.toThrow(/1 words for 2 rows/);
    write('metadata.tsv', 'count\tword\n9\n8\tb\n');
    await expect(load('anything.tsv', vectors)).rejects.toMatchObject({
      code: 'ERR_WORDMILL_FORMAT',
      file: at('metadata.tsv'),
    });
  });
});

describe('words that are not UTF-8', () => {
  const binary = Buffer.concat([
    Buffer.from('3 1\n'),
    Buffer.from([0xc3]),
    Buffer.from(' '),
    floats(1),
    Buffer.from([0xa9, 0x20]),
    floats(2),
    Buffer.from('ok '),
    floats(3),
  ]);

  it('are kept, replaced or refused', async () => {
    const kept = await load('u.bin', binary);
    expect([...kept.keys()]).toEqual(['\udcc3', '\udca9', 'ok']);
    expect(kept.get('\udca9')).toEqual(Float32Array.of(2));
    await kept.save(at('again.bin'));
    expect(readFileSync(at('again.bin')).includes(Buffer.from([0xa9, 0x20]))).toBe(true);
    const replaced = await load('u.bin', binary, { invalidUtf8: 'replace' });
    expect([...replaced.keys()]).toEqual(['\ufffd', 'ok']);
    expect(replaced.loadReport!.duplicates).toBe(1);
    await expect(load('u.bin', binary, { invalidUtf8: 'strict' })).rejects.toThrow(/row 0 .*not UTF-8/);
    await kept.save(at('u.safetensors'));
    await expect(KeyedVectors.load(at('u.safetensors'), { invalidUtf8: 'strict' })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_FORMAT',
      file: at('u.safetensors'),
    });
  });
});

describe('formats that are not read', () => {
  const zip = (entry: string): Buffer => {
    const head = Buffer.alloc(30);
    head.write('PK\x03\x04', 'latin1');
    head.writeUInt16LE(entry.length, 26);
    return Buffer.concat([head, Buffer.from(entry)]);
  };
  const gloveDoubles = Buffer.from(Float64Array.from(randomNumbers(64, 3)).buffer);

  it.each<[string, Uint8Array, RegExp]>([
    [
      'gensim model',
      Buffer.from('\x80\x04\x95cgensim.models.keyedvectors', 'latin1'),
      /gensim model.*save_word2vec_format/,
    ],
    ['other pickle', Buffer.from('\x80\x05\x95\x10', 'latin1'), /Python pickle/],
    ['finalfusion', Buffer.from('FiFu\0\0\0\0'), /finalfusion convert/],
    ['Magnitude', Buffer.from('SQLite format 3\0'), /Magnitude/],
    ['npz', zip('arr_0.npy'), /NumPy archive/],
    ['PyTorch', zip('archive/data.pkl'), /PyTorch/],
    ['zip', zip('glove.txt'), /unzip/],
    ['HDF5', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), /h5py/],
    ['bzip2', Buffer.from('BZh91AY'), /bunzip2/],
    ['xz', Buffer.from('fd377a585a00', 'hex'), /unxz/],
    ['GloVe binary', gloveDoubles, /GloVe.*format: 'glove-binary'/],
  ])('%s: says how to convert it', async (name, bytes, advice) => {
    const path = write(`refused-${name.replaceAll(/\W/g, '')}`, bytes);
    await expect(KeyedVectors.load(path)).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED', file: path });
    await expect(KeyedVectors.load(path)).rejects.toThrow(advice);
    expect(await inspect(path)).toMatchObject({ readable: false, file: path, rows: undefined });
  });

  it('refuses what is no vectors at all', async () => {
    for (const content of ['hello world, this is text\n', '\0\0\0\0', '<html></html>', '{}', '\n\n']) {
      await expect(load('none', content)).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT', file: at('none') });
    }
    await expect(load('empty', '')).rejects.toMatchObject({ code: 'ERR_WORDMILL_TRUNCATED' });
    await expect(KeyedVectors.load(folder)).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO', system: 'EISDIR' });
    await expect(KeyedVectors.load(at('nowhere'))).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO', system: 'ENOENT' });
    await expect(KeyedVectors.load('/dev/null')).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO' });
    await expect(load('m.txt', '1 1\na 1\n', { mmap: true })).rejects.toMatchObject({ option: 'mmap' });
    await expect(load('m.txt', '1 1\na 1\n', { words: 'x' })).rejects.toMatchObject({ option: 'words' });
    await expect(load('m.txt', '1 1\na 1\n', { format: 'word2vec' as 'npy' })).rejects.toThrow(
      /did you mean 'word2vec-/,
    );
  });
});

describe('loading', () => {
  it('tells how far it is, and stops when asked to', async () => {
    const big = KeyedVectors.from({
      keys: Array.from({ length: 60_000 }, (_, i) => `w${i}`),
      vectors: randomNumbers(60_000 * 40),
    });
    const reason = new Error('enough');
    for (const name of ['p.bin', 'p.txt', 'p.npy', 'p.safetensors', 'p.bin.gz']) {
      await big.save(at(name));
      const seen: number[] = [];
      const mmap = name === 'p.safetensors' ? { mmap: false } : {};
      await KeyedVectors.load(at(name), { ...mmap, onProgress: ({ done, total }) => seen.push(done / total!) });
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.at(-1)).toBeCloseTo(1, 1);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      await expect(KeyedVectors.load(at(name), { ...mmap, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      const controller = new AbortController();
      const onProgress = (): void => controller.abort(reason);
      const signal = controller.signal;
      await expect(KeyedVectors.load(at(name), { ...mmap, signal, onProgress })).rejects.toBe(reason);
      const mistake = new Error('mine');
      const failing = (): void => {
        throw mistake;
      };
      await expect(KeyedVectors.load(at(name), { ...mmap, onProgress: failing })).rejects.toBe(mistake);
    }
  });
});

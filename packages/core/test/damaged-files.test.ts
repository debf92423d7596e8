import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { inspect, isWordmillError, KeyedVectors, type LoadOptions } from '@wordmill/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomNumbers } from './sample-vectors.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-damaged-'));
const at = (name: string): string => join(folder, name);
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};
const keys = ['the', 'of', 'Zürich', '日本', 'a\u00a0b'];
const kv = KeyedVectors.from({ keys, vectors: randomNumbers(keys.length * 4, 9), counts: [5, 4, 3, 2, 1] });
afterAll(() => rmSync(folder, { recursive: true }));

/** The error of loading what must not load; a load that succeeds is the caller's to judge. */
async function errorOf(path: string, options?: LoadOptions): Promise<unknown> {
  try {
    (await KeyedVectors.load(path, options)).dispose();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a file that ends too early, at any byte', () => {
  const names = ['w.bin', 'w.txt', 'w.vec', 'w.safetensors', 'w.npy', 'w.txt.gz', 'w.bin.gz', 'w_vectors.tsv'];
  beforeAll(async () => {
    for (const name of names) await kv.save(at(name));
    copyFileSync(at('w.npy.words'), at('cut.npy.words'));
  });

  it.each(names)('%s', async (name) => {
    const whole = readFileSync(at(name));
    const path = at(name.startsWith('w_') ? 'cut_vectors.tsv' : name.replace('w', 'cut'));
    if (name.startsWith('w_')) copyFileSync(at('w_metadata.tsv'), at('cut_metadata.tsv'));
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      for (const options of name === 'w.safetensors' ? [{ mmap: true }, { mmap: false }] : [{}]) {
        const error = await errorOf(path, options);
        if (error === undefined && canBeWhole(name, whole, length)) continue;
        const what = `${name} cut to ${length} of ${whole.length} bytes`;
        expect(isWordmillError(error), `${what}: ${error}`).toBe(true);
        const { code, file, message } = error as { code: string; file: string; message: string };
        expect(['ERR_WORDMILL_TRUNCATED', 'ERR_WORDMILL_FORMAT'], `${what}: ${message}`).toContain(code);
        expect([path, at('cut_metadata.tsv')]).toContain(file);
        expect(message).toContain(file);
      }
    }
  });

  /** Cuts that leave a complete file: without the last line feed, and within the digits of the very last number of text. */
  function canBeWhole(name: string, whole: Buffer, length: number): boolean {
    if (name === 'w.bin') return length === whole.length - 1;
    const isText = name === 'w.txt' || name === 'w.vec' || name.endsWith('.tsv');
    return isText && length > whole.subarray(0, whole.length - 2).lastIndexOf(name.endsWith('.tsv') ? 0x09 : 0x20);
  }
});

describe('numbers that lie', () => {
  const lies = [
    '0',
    '-1',
    '2147483647',
    '4294967295',
    '9007199254740992',
    '4611686018427387904',
    '18446744073709551616',
  ];
  const rows = 'the 1 2 3 4\nof 5 6 7 8\n';

  it.each(lies)('%s rows or columns in a word2vec header', async (lie) => {
    const binary = Buffer.concat([Buffer.from('the '), Buffer.alloc(16), Buffer.from('of '), Buffer.alloc(16, 1)]);
    for (const header of [`${lie} 4\n`, `2 ${lie}\n`, `${lie} ${lie}\n`]) {
      for (const content of [header + rows, Buffer.concat([Buffer.from(header), binary])]) {
        const error = await errorOf(write('lie', content));
        expect(error, header).toMatchObject({
          code: expect.stringMatching(/FORMAT|TRUNCATED|LIMIT|MEMORY/),
          file: at('lie'),
        });
      }
    }
  });

  it('rows beyond any memory, where packing hides the length of the file', async () => {
    const packed = (text: string): string => write('lie.gz', gzipSync(text));
    expect(await errorOf(packed('4294967294 300\nthe 1 2'))).toMatchObject({
      code: 'ERR_WORDMILL_MEMORY',
      file: at('lie.gz'),
    });
    expect(await errorOf(packed('1000000 300\nthe 1 2'))).toMatchObject({ code: 'ERR_WORDMILL_TRUNCATED' });
  });

  it('columns that are not those of the rows', async () => {
    for (const header of ['2 3\n', '2 5\n', '2 1\n']) {
      expect(await errorOf(write('columns', header + rows)), header).toMatchObject({
        code: expect.stringMatching(/FORMAT|TRUNCATED/),
      });
    }
    expect(await errorOf(write('columns', 'the 1 2\nof 3\n'))).toMatchObject({ code: 'ERR_WORDMILL_FORMAT' });
    expect(await errorOf(write('columns', 'the 1 2\nof x\n'))).toMatchObject({ code: 'ERR_WORDMILL_FORMAT' });
    expect(await errorOf(write('columns', '1 2\nthe 1 2x\n'))).toMatchObject({ code: 'ERR_WORDMILL_FORMAT' });
  });

  it('a key that never ends', async () => {
    const endless = Buffer.concat([Buffer.from('2 4\n'), Buffer.alloc(200_000, 'x'), Buffer.alloc(40)]);
    expect(await errorOf(write('endless', endless), { format: 'word2vec-binary' })).toMatchObject({
      code: 'ERR_WORDMILL_LIMIT',
    });
  });
});

describe('a file with any bytes changed', () => {
  it.each(['r.bin', 'r.txt', 'r.safetensors', 'r.npy', 'r.txt.gz', 'r_vectors.tsv'])(
    '%s: loads or says why not',
    async (name) => {
      await kv.save(at(name));
      const whole = readFileSync(at(name));
      const places = randomNumbers(600, name.length);
      for (let i = 0; i < places.length; i += 2) {
        const bytes = Buffer.from(whole);
        // Most changes go where sizes and offsets are: to the beginning.
        const place = Math.floor(((places[i]! + 1) / 2) ** 2 * (bytes.length - 1));
        bytes[place] = Math.floor(((places[i + 1]! + 1) / 2) * 255.9);
        try {
          const read = await KeyedVectors.load(write(name, bytes), { invalidUtf8: 'replace' });
          for (const key of read.keys()) read.get(key);
          if (read.size > 0) await read.mostSimilar(new Float32Array(read.dimension).fill(0.5), { topN: 3 });
          read.dispose();
        } catch (error) {
          expect(isWordmillError(error), `byte ${place} of ${name} = ${bytes[place]}: ${error}`).toBe(true);
        }
      }
    },
  );
});

describe('a damaged safetensors file', () => {
  type Header = Record<string, unknown> & {
    __metadata__: Record<string, string>;
    vectors: Record<string, unknown>;
  };
  let whole: Buffer;
  let headerEnd: number;
  beforeAll(async () => {
    await kv.save(at('s.safetensors'));
    whole = readFileSync(at('s.safetensors'));
    headerEnd = 8 + Number(whole.readBigUInt64LE(0));
  });

  const withHeader = (change: (header: Header) => unknown): string => {
    const header = JSON.parse(whole.toString('utf8', 8, headerEnd)) as Header;
    const json = Buffer.from(JSON.stringify(change(header) ?? header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    return write('h.safetensors', Buffer.concat([length, json, whole.subarray(headerEnd)]));
  };

  it.each<[string, (header: Header) => unknown]>([
    ['another dtype', (h) => Object.assign(h.vectors, { dtype: 'I32' })],
    ['an unknown dtype', (h) => Object.assign(h.vectors, { dtype: 'constructor' })],
    ['a shape that is not its bytes', (h) => Object.assign(h.vectors, { shape: [5, 5] })],
    ['a negative shape', (h) => Object.assign(h.vectors, { shape: [-5, -4] })],
    ['a huge shape', (h) => Object.assign(h.vectors, { shape: [2 ** 53, 2 ** 53] })],
    ['a shape of rank 1', (h) => Object.assign(h.vectors, { shape: [20] })],
    ['a shape that is none', (h) => Object.assign(h.vectors, { shape: '5,4' })],
    [
      'offsets beyond the end',
      (h) => Object.assign(h.vectors, { shape: [2 ** 40, 4], data_offsets: [88, 88 + 2 ** 44] }),
    ],
    ['offsets that go backwards', (h) => Object.assign(h.vectors, { data_offsets: [168, 88] })],
    ['offsets that are fractions', (h) => Object.assign(h.vectors, { data_offsets: [0.5, 80.5] })],
    ['a hole', (h) => ({ ...h, vectors: undefined })],
    ['metadata that is no object', (h) => ({ ...h, __metadata__: [] })],
    ['metadata that is no text', (h) => ({ ...h, __metadata__: { a: 1 } })],
    ['a tensor that is no object', (h) => ({ ...h, vectors: null })],
    ['two tensors in one place', (h) => ({ ...h, again: h.vectors })],
    ['no header', () => []],
  ])('with %s', async (_, change) => {
    for (const mmap of [true, false]) {
      expect(await errorOf(withHeader(change), { mmap })).toMatchObject({
        code: expect.stringMatching(/FORMAT|TRUNCATED|LIMIT/),
        file: at('h.safetensors'),
      });
    }
  });

  it('with two tensors of one name', async () => {
    const json = whole.toString('utf8', 8, headerEnd).trimEnd();
    const twice = Buffer.from(json.replace('{', '{"\\u0076ectors":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},'));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(twice.length));
    const path = write('twice.safetensors', Buffer.concat([length, twice, whole.subarray(headerEnd)]));
    await expect(KeyedVectors.load(path)).rejects.toThrow(/two tensors "vectors"/);
  });

  it.each([2n ** 31n - 1n, 2n ** 53n, 2n ** 62n, 2n ** 64n - 1n])('with a header of %s bytes', async (length) => {
    const bytes = Buffer.from(whole);
    bytes.writeBigUInt64LE(length);
    expect(await errorOf(write('l.safetensors', bytes), { format: 'safetensors' })).toMatchObject({
      code: 'ERR_WORDMILL_LIMIT',
      file: at('l.safetensors'),
    });
  });

  it('of a newer version, or of another program without a table of a known name, says so', async () => {
    const newer = withHeader((h) => {
      h.__metadata__['wordmill.format'] = '2';
    });
    await expect(KeyedVectors.load(newer)).rejects.toThrow(/version 2.*update/);
    const foreign = withHeader((h) => ({ ...h, __metadata__: { format: 'pt' } }));
    expect(await errorOf(foreign)).toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    await expect(KeyedVectors.load(foreign)).rejects.toThrow(/choose one with option tensor: vectors \[5,4\]/);
    expect(await inspect(foreign)).toMatchObject({
      format: 'safetensors',
      readable: false,
      metadata: { format: 'pt' },
      candidates: ['vectors'],
    });
  });

  it('is found out by its checksums wherever a byte of the data changed', async () => {
    for (let position = headerEnd; position < whole.length; position += 3) {
      const bytes = Buffer.from(whole);
      bytes[position]! ^= 0x10;
      const path = write('flip.safetensors', bytes);
      const inCounts =
        bytes.subarray(headerEnd + 48, headerEnd + 88).compare(whole, headerEnd + 48, headerEnd + 88) !== 0;
      await expect(inspect(path)).rejects.toMatchObject({ code: 'ERR_WORDMILL_CHECKSUM', file: path });
      let mapped: KeyedVectors;
      try {
        mapped = await KeyedVectors.load(path);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/CHECKSUM|FORMAT/), file: path });
        continue;
      }
      expect(inCounts).toBe(false);
      await expect(mapped.verify()).rejects.toMatchObject({ code: 'ERR_WORDMILL_CHECKSUM', file: path });
      // Whatever the index says, look-ups stay within the keys.
      for (const key of keys) expect(mapped.indexOf(key)).toBeLessThan(keys.length);
      mapped.dispose();
    }
  });

  it('has no checksums to verify in other formats', async () => {
    await expect(kv.verify()).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
  });
});

describe('saving', () => {
  const filesIn = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

  it('over the file that is mapped', async () => {
    await kv.save(at('m.safetensors'));
    const mapped = await KeyedVectors.load(at('m.safetensors'), { mmap: true });
    const changed = await mapped.with({ the: [9, 9, 9, 9] });
    await changed.save(at('m.safetensors'));
    expect(mapped.get('the')).toEqual(kv.get('the'));
    await mapped.save(at('m.safetensors'));
    expect((await KeyedVectors.load(at('m.safetensors'))).get('the')).toEqual(kv.get('the'));
    await kv.save(at('m.npy'));
    const matrix = await KeyedVectors.load(at('m.npy'), { mmap: true });
    await matrix.save(at('m.npy'));
    expect(matrix.get('日本')).toEqual(kv.get('日本'));
  });

  it('through a symbolic link, with the rights that the old file had', async () => {
    write('real.bin', 'old');
    execFileSync('chmod', ['640', at('real.bin')]);
    symlinkSync(at('real.bin'), at('link.bin'));
    await kv.save(at('link.bin'));
    expect(statSync(at('real.bin')).mode & 0o777).toBe(0o640);
    expect((await KeyedVectors.load(at('real.bin'))).size).toBe(5);
  });

  it('into a folder that is none, or over one', async () => {
    await expect(kv.save(at('nowhere/a.bin'))).rejects.toMatchObject({
      code: 'ERR_WORDMILL_IO',
      file: at('nowhere/a.bin'),
    });
    await expect(kv.save(folder, { format: 'npy' })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_IO',
      system: 'EISDIR',
    });
    expect(filesIn()).toEqual([]);
  });

  it('leaves the old file and no other when it is aborted', async () => {
    const reason = new Error('enough');
    for (const name of ['old.bin', 'old.safetensors', 'old.npy', 'old_vectors.tsv']) {
      write(name, 'old');
      await expect(kv.save(at(name), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      const controller = new AbortController();
      const big = KeyedVectors.from({
        keys: Array.from({ length: 30_000 }, (_, i) => `w${i}`),
        vectors: randomNumbers(3e6),
      });
      const onProgress = (): void => controller.abort(reason);
      await expect(big.save(at(name), { signal: controller.signal, onProgress })).rejects.toBe(reason);
      expect(readFileSync(at(name), 'utf8')).toBe('old');
    }
    expect(filesIn()).toEqual([]);
  });

  it('leaves the old file and no other when the disk is full', () => {
    const script = `
      import { KeyedVectors } from '@wordmill/core';
      const keys = Array.from({ length: 2000 }, (_, i) => 'w' + i);
      const kv = KeyedVectors.from({ keys, vectors: new Float32Array(2000 * 300).fill(0.123) });
      for (const name of ['f.bin', 'f.txt', 'f.npy', 'f.safetensors', 'f_vectors.tsv']) {
        try {
          await kv.save(process.argv[1] + '/' + name);
          console.log('saved');
        } catch (error) {
          console.log(error.code, error.system, error.file.endsWith(name));
        }
      }`;
    const names = ['f.bin', 'f.txt', 'f.npy', 'f.safetensors', 'f_vectors.tsv'];
    for (const name of names) write(name, 'old');
    // A limit on the size of files stands in for a full disk: the write fails half-way.
    const limited = `trap '' XFSZ; ulimit -f 1024; exec "$0" --input-type=module -e "$1" "$2"`;
    const out = execFileSync('bash', ['-c', limited, process.execPath, script, folder], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      encoding: 'utf8',
    });
    expect(out.trim().split('\n')).toEqual(names.map(() => 'ERR_WORDMILL_IO EFBIG true'));
    for (const name of names) expect(readFileSync(at(name), 'utf8')).toBe('old');
    expect(filesIn()).toEqual([]);
  });
});

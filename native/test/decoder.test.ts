import { type DecoderOptions, type EncodeOptions, type Keys, native, type Table } from '@wordmill/native';
import { describe, expect, it } from 'vitest';
import { allKeys } from './corpora.js';

const textOptions: DecoderOptions = { layout: 'text', dtype: 'f32', columns: 3, base: 0, maxKeyBytes: 1000 };

interface Decoded {
  readonly table: Table;
  readonly keys: Keys | undefined;
}

/** Decodes in pieces of `step` bytes. */
async function decode(bytes: Uint8Array, options: DecoderOptions, step = bytes.length): Promise<Decoded> {
  const decoder = native().createDecoder(options);
  for (let at = 0; at < bytes.length; at += step) {
    if (!(await decoder.feed(bytes.subarray(at, at + step)))) break;
  }
  const result = await decoder.finish();
  decoder.dispose();
  return result;
}

function valuesOf(table: Table): number[] {
  const { rows, columns } = table.describe();
  const out = new Float32Array(rows * columns);
  table.read(0, rows, 'f32', out);
  return [...out];
}

function encode(table: Table, keys: Keys | undefined, options: EncodeOptions, capacity = 64): Buffer {
  const { rows } = table.describe();
  const parts: Buffer[] = [];
  for (let row = 0; row < rows; ) {
    const out = Buffer.alloc(capacity);
    const done = native().encodeRows(table, keys, row, options, out);
    parts.push(out.subarray(0, done.bytes));
    row += done.rows;
  }
  return Buffer.concat(parts);
}

const rejection = (fields: object): unknown => expect.objectContaining({ name: 'WordmillError', ...fields });

describe('a decoder', () => {
  it('reads text, whatever the pieces', async () => {
    const text = Buffer.from('the 1 -2.5 3e-2\nnew york 0.5 0 7\nnaïve 1 1 1\n');
    for (const step of [1, 2, 7, 1000]) {
      const { table, keys } = await decode(text, { ...textOptions, rows: 3 }, step);
      expect(allKeys(keys!)).toEqual(['the', 'new york', 'naïve']);
      expect(valuesOf(table)).toEqual([1, -2.5, 3e-2, 0.5, 0, 7, 1, 1, 1].map(Math.fround));
    }
  });

  it('reads until the end where no number of rows is known, or until its limit', async () => {
    const text = Buffer.from('a 1 2 3\nb 4 5 6\nc 7 8 9\n');
    expect((await decode(text, textOptions)).table.describe().rows).toBe(3);
    const { table, keys } = await decode(text, { ...textOptions, limit: 2 });
    expect(table.describe().rows).toBe(2);
    expect(allKeys(keys!)).toEqual(['a', 'b']);
  });

  it('says when it needs no more', async () => {
    const decoder = native().createDecoder({ ...textOptions, rows: 1 });
    expect(await decoder.feed(Buffer.from('a 1 '))).toBe(true);
    expect(await decoder.feed(Buffer.from('2 3\nrest that does not matter'))).toBe(false);
    expect((await decoder.finish()).table.describe().rows).toBe(1);
  });

  it('reads rows of numbers without keys', async () => {
    const { table, keys } = await decode(Buffer.from('1\t2\t3\n4\t5\t6\n'), {
      ...textOptions,
      separator: '\t',
      hasKeys: false,
    });
    expect(keys).toBeUndefined();
    expect(valuesOf(table)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('says at which byte of the file the text is wrong', async () => {
    const text = Buffer.from('a 1 2 3\nb 4 x 6\n');
    const decoder = native().createDecoder({ ...textOptions, base: 100 });
    const error = await (async () => {
      await decoder.feed(text);
      await decoder.finish();
    })().catch((reason: unknown) => reason);
    expect(error).toEqual(rejection({ code: 'ERR_WORDMILL_FORMAT' }));
    expect((error as { offset: number }).offset).toBeGreaterThanOrEqual(108);
    expect((error as { offset: number }).offset).toBeLessThanOrEqual(116);
  });

  it('says when rows are missing', async () => {
    await expect(decode(Buffer.from('a 1 2 3\n'), { ...textOptions, rows: 2 })).rejects.toEqual(
      rejection({ code: 'ERR_WORDMILL_TRUNCATED' }),
    );
  });

  it('takes one call at a time, and none after the end', async () => {
    const decoder = native().createDecoder(textOptions);
    const first = decoder.feed(Buffer.from('a 1 2 3\n'));
    expect(() => decoder.feed(Buffer.from('b 1 2 3\n'))).toThrow(rejection({ code: 'ERR_WORDMILL_OPTION' }));
    await first;
    await decoder.finish();
    expect(() => decoder.feed(Buffer.from('b 1 2 3\n'))).toThrow(rejection({ code: 'ERR_WORDMILL_DISPOSED' }));
    decoder.dispose();
    decoder.dispose();
    expect(() => decoder.finish()).toThrow(rejection({ code: 'ERR_WORDMILL_DISPOSED' }));
  });

  it('can be disposed of while it works', async () => {
    const decoder = native().createDecoder(textOptions);
    const fed = decoder.feed(Buffer.from('a 1 2 3\n'.repeat(50_000)));
    decoder.dispose();
    expect(await fed).toBe(true);
  });
});

describe('encodeRows()', () => {
  const table = native().createTable('f32', 3, 2);
  const values = [0.1, -1 / 3, 1e-20, 123456.789, 0, -0.5].map(Math.fround);
  table.write(0, 3, 'f32', Float32Array.from(values));
  const keys = native().createKeysFrom(['the', 'naïve', '\udcff']);

  it.each(['binary', 'shortest'] as const)('writes %s numbers that read back as the same', async (style) => {
    const bytes = encode(table, keys, { style });
    const layout = style === 'binary' ? 'word2vec-binary' : 'text';
    const decoded = await decode(bytes, { ...textOptions, layout, rows: 3, columns: 2 }, 5);
    expect(valuesOf(decoded.table)).toEqual(values);
    expect(allKeys(decoded.keys!)).toEqual(['the', 'naïve', '\udcff']);
  });

  it('writes as word2vec.c does', () => {
    expect(encode(table, keys, { style: 'fixed6', trailingSeparator: true }).subarray(0, 24).toString()).toBe(
      'the 0.100000 -0.333333 \n',
    );
    expect(encode(table, undefined, { style: 'fixed6', separator: '\t' }).subarray(0, 19).toString()).toBe(
      '0.100000\t-0.333333\n',
    );
  });

  it('asks for more room when not one row fits', () => {
    expect(() => native().encodeRows(table, keys, 0, { style: 'fixed6' }, new Uint8Array(5))).toThrow(
      rejection({ code: 'ERR_WORDMILL_LIMIT' }),
    );
  });

  it('refuses keys of another table', () => {
    const one = native().createKeysFrom(['a']);
    expect(() => native().encodeRows(table, one, 0, { style: 'binary' }, new Uint8Array(50))).toThrow(
      rejection({ code: 'ERR_WORDMILL_OPTION', option: 'keys' }),
    );
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Keys, native } from '@wordmill/native';
import { assert as check, property, string, uint8Array } from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { allKeys } from './corpora.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function keysOfBytes(parts: readonly Uint8Array[]): Keys {
  const offsets = new BigUint64Array(parts.length + 1);
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i]! + BigInt(part.length);
  return native().createKeys(Buffer.concat(parts), offsets);
}

function part(keys: Keys, name: 'bytes' | 'offsets' | 'slots'): Buffer {
  const out = Buffer.alloc(keys.partSizes()[name]);
  keys.part(name, 0, out);
  return out;
}

/** What Python's decode('utf-8', 'surrogateescape') gives. */
const escaped = (bytes: Uint8Array): string => keysOfBytes([bytes]).at(0);

describe('keys', () => {
  const words = [
    'the',
    'of',
    '__proto__',
    'naïve',
    '日本',
    '😀',
    '',
    'a\0b',
    '\u00a0',
    '\ufeff',
    '\ufffd',
    'x'.repeat(999),
  ];

  it('are found by what they are', () => {
    const keys = native().createKeysFrom(words);
    expect(keys.size).toBe(words.length);
    expect(keys.duplicates).toBe(0);
    expect(allKeys(keys)).toEqual(words);
    expect(words.map((word) => keys.find(word))).toEqual(words.map((_, i) => i));
    expect(keys.find('constructor')).toBe(-1);
    expect([...keys.findMany(['of', 'nowhere', '😀'])]).toEqual([1, 0xffffffff, 5]);
    expect(keys.at(3)).toBe('naïve');
    expect(keys.slice(1, 2)).toEqual(['of', '__proto__']);
  });

  it('hide later equals', () => {
    const keys = native().createKeysFrom(['b', 'a', 'b', 'b']);
    expect(keys.find('b')).toBe(0);
    expect(keys.duplicates).toBe(2);
    expect(keys.at(3)).toBe('b');
  });

  it('may be none', () => {
    const keys = native().createKeysFrom([]);
    expect([keys.size, keys.find(''), keys.slice(0, 0)]).toEqual([0, -1, []]);
  });

  it('are cut where the string conversion has its limits', () => {
    for (let length = 245; length < 265; length++) {
      for (const end of ['', 'é', '日', '😀']) {
        const word = 'x'.repeat(length) + end;
        const keys = native().createKeysFrom([word]);
        expect(keys.find(word)).toBe(0);
        expect(keys.at(0)).toBe(word);
      }
    }
  });

  it('keep every byte that is not UTF-8', () => {
    const cases: [number[], string][] = [
      [[0x61, 0xff, 0x62], 'a\udcffb'],
      [[0xc3], '\udcc3'],
      [[0xc0, 0x80], '\udcc0\udc80'],
      [[0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
      [[0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
      [[0xf0, 0x9f, 0x98], '\udcf0\udc9f\udc98'],
      [[0xe6, 0x97, 0xa5, 0xe6, 0x97], '日\udce6\udc97'],
    ];
    for (const [bytes, text] of cases) {
      const keys = keysOfBytes([Uint8Array.from(bytes)]);
      expect(keys.at(0)).toBe(text);
      expect(keys.slice(0, 1)).toEqual([text]);
      expect(keys.find(text)).toBe(0);
      expect([...part(native().createKeysFrom([text]), 'bytes')]).toEqual(bytes);
    }
  });

  it('come back the same, whatever their bytes', () => {
    check(
      property(uint8Array({ maxLength: 300 }), (bytes) => {
        const keys = keysOfBytes([bytes]);
        expect(part(native().createKeysFrom([keys.at(0)]), 'bytes')).toEqual(Buffer.from(bytes));
        expect(keys.find(escaped(bytes))).toBe(0);
      }),
    );
    check(
      property(string({ unit: 'binary', maxLength: 300 }), (text) => native().createKeysFrom([text]).at(0) === text),
    );
  });

  it('refuse other halves of surrogate pairs', () => {
    const keys = native().createKeysFrom(['a']);
    for (const text of ['\ud83d', 'a\ud83db', '\ude00', '\udc7f', '\udd00']) {
      expect(() => keys.find(text)).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_OPTION', option: 'key' }));
      expect(() => native().createKeysFrom([text])).toThrow(expect.objectContaining({ option: 'keys' }));
    }
  });

  it('come back from a file with their index', () => {
    const words = Array.from({ length: 1000 }, (_, i) => `word ${i} é`);
    const keys = native().createKeysFrom(words);
    const parts = [part(keys, 'bytes'), part(keys, 'offsets'), part(keys, 'slots')] as const;
    const padding = (8 - (parts[0].length % 8)) % 8;
    const path = join(folder, 'keys.bin');
    writeFileSync(path, Buffer.concat([parts[1], parts[2], Buffer.alloc(padding), parts[0]]));
    const at = [0, parts[1].length, parts[1].length + parts[2].length + padding] as const;
    const mapped = native().mapKeys(
      path,
      { offset: at[2], length: parts[0].length },
      { offset: at[0], count: words.length + 1 },
      { offset: at[1], count: parts[2].length / 4 },
    );
    expect(allKeys(mapped)).toEqual(words);
    expect(words.every((word, i) => mapped.find(word) === i)).toBe(true);
    expect(mapped.find('word')).toBe(-1);
    expect(() =>
      native().mapKeys(
        path,
        { offset: at[2], length: parts[0].length + 1 },
        { offset: at[0], count: words.length + 1 },
        { offset: at[1], count: parts[2].length / 4 },
      ),
    ).toThrow(expect.objectContaining({ code: expect.stringMatching(/TRUNCATED|FORMAT/) }));
  });

  it('refuse offsets that lie', () => {
    for (const offsets of [[], [0n, 5n], [2n, 1n], [0n, 2n ** 63n]]) {
      expect(() => native().createKeys(new Uint8Array(4), BigUint64Array.from(offsets))).toThrow(
        expect.objectContaining({ code: 'ERR_WORDMILL_OPTION' }),
      );
    }
  });

  it('refuse rows and ranges that are not there', () => {
    const keys = native().createKeysFrom(['a', 'b']);
    for (const call of [
      () => keys.at(2),
      () => keys.slice(1, 2),
      () => keys.slice(3, 0),
      () => keys.part('bytes', 1, new Uint8Array(2)),
      () => keys.part('bytes', 2 ** 53, new Uint8Array(1)),
    ]) {
      expect(call).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_OPTION' }));
    }
  });
});

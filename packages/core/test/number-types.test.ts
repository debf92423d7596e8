import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, KeyedVectors } from '@wordmill/core';
import { afterAll, describe, expect, it } from 'vitest';
import { rewriteHeader } from './safetensors-file.js';
import { cosineOf, randomNumbers, sample } from './sample-vectors.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-types-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const rawOf = (vectors: KeyedVectors): Buffer => Buffer.from(vectors.toFloat32Array().buffer);

/** Vectors with neighbours, as trained ones have: around some centres, of very different lengths. */
function clustered(size: number, dimension: number): { keys: string[]; vectors: Float32Array } {
  const centres = randomNumbers((size / 20) * dimension, 3);
  const vectors = randomNumbers(size * dimension, 4).map((noise, i) => {
    const row = Math.floor(i / dimension);
    const centre = centres[(row % (size / 20)) * dimension + (i % dimension)]!;
    return (centre + 0.7 * noise) * (1 + (row % 50));
  });
  return { keys: Array.from({ length: size }, (_, i) => `w${i}`), vectors };
}

describe('vectors of bytes', () => {
  const { keys, vectors } = clustered(2000, 300);
  const wide = KeyedVectors.from({ keys, vectors });
  const bytes = KeyedVectors.from({ keys, vectors }, { dtype: 'i8' });

  it('are within half a step of the numbers that they stand for', () => {
    expect(bytes.dtype).toBe('i8');
    for (const key of ['w0', 'w777', 'w1999']) {
      const exact = wide.get(key)!;
      const step = Math.max(...exact.map(Math.abs)) / 127;
      bytes.get(key)!.forEach((value, i) => void expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(step * 0.501));
    }
  });

  it('have the same first neighbours but where two are within 0.002, and cosines within 0.01', async () => {
    const queries = keys.slice(0, 500);
    const exact = await wide.mostSimilarBatch(queries, { topN: 10 });
    const near = await bytes.mostSimilarBatch(queries, { topN: 10 });
    const same = near.filter(([first], i) => first!.key === exact[i]![0]!.key).length;
    // Where it is another one, the two were closer than bytes can tell.
    for (const [i, [first]] of near.entries()) {
      expect(exact[i]![0]!.score - wide.similarity(queries[i]!, first!.key)).toBeLessThan(0.002);
    }
    expect(same / queries.length).toBeGreaterThanOrEqual(0.97);
    for (const [i, found] of near.entries()) {
      for (const { key, score } of found) {
        expect(Math.abs(score - cosineOf(wide.get(queries[i]!)!, wide.get(key)!))).toBeLessThan(0.01);
      }
    }
    // One query at a time goes another way than many.
    const one = await bytes.mostSimilar('w5', { topN: 10 });
    expect(one.map(({ key }) => key)).toEqual(near[5]!.map(({ key }) => key));
  });

  it('are saved as bytes and scales, and read back as they are', async () => {
    await bytes.save(at('bytes.safetensors'));
    expect(statSync(at('bytes.safetensors')).size).toBeLessThan(vectors.byteLength / 2.5);
    const { tensors, dtype, rows } = await inspect(at('bytes.safetensors'));
    expect({ dtype, rows }).toEqual({ dtype: 'i8', rows: 2000 });
    expect(tensors).toContainEqual(expect.objectContaining({ name: 'vectors', dtype: 'I8', shape: [2000, 300] }));
    expect(tensors).toContainEqual(expect.objectContaining({ name: 'vectors.scales', dtype: 'F32', shape: [2000] }));
    const back = await KeyedVectors.load(at('bytes.safetensors'));
    expect(back.dtype).toBe('i8');
    expect(back.loadReport!.mapped).toBe(false);
    expect(rawOf(back).equals(rawOf(bytes))).toBe(true);
    expect(await back.verify()).toEqual(['vectors', 'vectors.scales']);
    const some = await KeyedVectors.load(at('bytes.safetensors'), { limit: 7 });
    expect(some.toFloat32Array()).toEqual(bytes.toFloat32Array().slice(0, 2100));
    const floats = await KeyedVectors.load(at('bytes.safetensors'), { dtype: 'f32' });
    expect(floats.dtype).toBe('f32');
    expect(rawOf(floats).equals(rawOf(bytes))).toBe(true);
  });

  it('are what every format can be read as', async () => {
    const { kv } = sample(50, 10, 5);
    const expected = KeyedVectors.from({ keys: [...kv.keys()], vectors: kv.toFloat32Array() }, { dtype: 'i8' });
    for (const name of ['a.bin', 'a.txt', 'a.vec', 'a.npy', 'a_vectors.tsv', 'a.safetensors', 'a.txt.gz']) {
      await kv.save(at(name));
      const read = await KeyedVectors.load(at(name), { dtype: 'i8' });
      expect(read.dtype).toBe('i8');
      expect(read.toFloat32Array(), name).toEqual(expected.toFloat32Array());
    }
    await kv.save(at('narrow.safetensors'), { dtype: 'i8' });
    expect((await KeyedVectors.load(at('narrow.safetensors'))).toFloat32Array()).toEqual(expected.toFloat32Array());
    await expected.save(at('wide.txt'));
    expect((await KeyedVectors.load(at('wide.txt'))).get('w7')).toEqual(expected.get('w7'));
  });

  it('stay bytes in what is made of them', async () => {
    const some = await bytes.subset(['w3', 'w9']);
    expect(some.dtype).toBe('i8');
    some.get('w9')!.forEach((value, i) => void expect(value).toBeCloseTo(bytes.get('w9')![i]!, 4));
    const more = await some.with({ new: new Float32Array(300).fill(2) });
    expect(more.dtype).toBe('i8');
    expect(more.get('new')![50]).toBeCloseTo(2, 5);
  });

  it('are not mapped, and not written where the format has none', async () => {
    await bytes.save(at('map.safetensors'));
    await expect(KeyedVectors.load(at('map.safetensors'), { mmap: true })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_OPTION',
      option: 'mmap',
    });
    await expect(bytes.save(at('b.npy'), { dtype: 'i8' })).rejects.toThrow(/dtype.*f32/);
    await expect(bytes.save(at('b.txt'), { dtype: 'i8' })).rejects.toMatchObject({ option: 'dtype' });
  });

  it('without scales, or too few of them, are refused; damaged ones are found out', async () => {
    const { kv } = sample(6, 4);
    await kv.save(at('s.safetensors'), { dtype: 'i8' });
    const whole = readFileSync(at('s.safetensors'));
    const without = rewriteHeader(at('none.safetensors'), whole, (text) =>
      text.replaceAll('vectors.scales', 'vectors.scalex'),
    );
    await expect(KeyedVectors.load(without)).rejects.toThrow(/no tensor "vectors.scales"/);
    const fewer = rewriteHeader(at('few.safetensors'), whole, (text) =>
      text.replace('"F32","shape":[6]', '"F32","shape":[3,2]'),
    );
    await expect(KeyedVectors.load(fewer)).rejects.toThrow(/vectors.scales.*rank 1/);
    const bad = Buffer.from(whole);
    // The scales are the widest numbers of this file after the offsets of its keys.
    const { data_offsets: range } = JSON.parse(whole.toString('utf8', 8, 8 + Number(whole.readBigUInt64LE(0))))[
      'vectors.scales'
    ];
    bad[8 + Number(whole.readBigUInt64LE(0)) + range[0]]! ^= 1;
    await expect(KeyedVectors.load(rewriteHeader(at('bad.safetensors'), bad, (text) => text))).rejects.toMatchObject({
      code: 'ERR_WORDMILL_CHECKSUM',
    });
  });

  it('with a number that is not finite are told, as with every type', async () => {
    const row = Float32Array.of(1, 2, Number.NaN, 4);
    await expect((async () => KeyedVectors.from({ a: [1, 2, 3, 4], b: row }, { dtype: 'i8' }))()).rejects.toMatchObject(
      { code: 'ERR_WORDMILL_OPTION' },
    );
  });
});

describe('types that are not made', () => {
  it('are refused by name', () => {
    // @ts-expect-error a type of GGUF files only
    expect(() => KeyedVectors.from({ a: [1] }, { dtype: 'q8_0' })).toThrow(/q8_0.*choose f32, f16, bf16 or i8/);
  });
});

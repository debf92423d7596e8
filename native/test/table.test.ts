import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { native, type Table } from '@wordmill/native';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-table-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tableOf(rows: number, columns: number, values: ArrayLike<number>): Table {
  const table = native().createTable('f32', rows, columns);
  table.write(0, rows, 'f32', Float32Array.from(values));
  return table;
}

const someValues = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898) * 4);

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

describe('a table', () => {
  it('begins as zeros and describes itself', () => {
    const table = native().createTable('f32', 3, 5);
    expect(table.describe()).toMatchObject({ dtype: 'f32', owner: 'native', rows: 3, columns: 5 });
    expect(table.describe().rowStride % 64).toBe(0);
    const out = new Float32Array(15).fill(1);
    table.read(0, 3, 'f32', out);
    expect(out.every((value) => value === 0)).toBe(true);
  });

  it('gives back what was written, also as another type', () => {
    const table = tableOf(2, 3, [1, -2, 0.5, 4, 0.25, -8]);
    const out = new Float32Array(3);
    table.read(1, 1, 'f32', out);
    expect([...out]).toEqual([4, 0.25, -8]);
    const halves = new Uint8Array(6);
    table.read(1, 1, 'f16', halves);
    expect([...new Uint16Array(halves.buffer)]).toEqual([0x4400, 0x3400, 0xc800]);
    const brains = new Uint8Array(6);
    table.read(1, 1, 'bf16', brains);
    expect([...new Uint16Array(brains.buffer)]).toEqual([0x4080, 0x3e80, 0xc100]);
  });

  it('is filled from the seed alone', () => {
    const [a, b] = [native().createTable('f32', 50, 7), native().createTable('f32', 50, 7)];
    a.fillUniform(0, 50, -0.5, 0.5, 7n);
    b.fillUniform(20, 30, -0.5, 0.5, 7n);
    b.fillUniform(0, 20, -0.5, 0.5, 7n);
    const [x, y] = [new Float32Array(350), new Float32Array(350)];
    a.read(0, 50, 'f32', x);
    b.read(0, 50, 'f32', y);
    expect(x).toEqual(y);
    expect(Math.min(...x)).toBeGreaterThanOrEqual(-0.5);
    expect(Math.max(...x)).toBeLessThan(0.5);
    expect(new Set(x).size).toBeGreaterThan(300);
  });

  it('gathers rows in any order, at once and on other threads', async () => {
    const values = someValues(40);
    const table = tableOf(10, 4, values);
    const rows = Uint32Array.of(7, 0, 7, 3);
    const expected = [...rows].flatMap((row) => [...values.subarray(row * 4, row * 4 + 4)]);
    const out = new Float32Array(16);
    table.gather(rows, out);
    expect([...out]).toEqual(expected);
    out.fill(0);
    const gathered = table.gatherAsync(rows, out, 2);
    rows.fill(9); // taken at the call
    await gathered;
    expect([...out]).toEqual(expected);
  });

  it('has norms, and finds the first row that is not finite', async () => {
    const table = tableOf(3, 2, [3, 4, 0, 0, 1, 0]);
    expect([...(await table.norms(0))]).toEqual([5, 0, 1]);
    expect(await table.firstNotFinite(0)).toBe(-1);
    table.write(1, 1, 'f32', Float32Array.of(0, Number.NaN));
    expect(await table.firstNotFinite(0)).toBe(1);
  });

  it('can be another one’s memory', () => {
    const data = Buffer.alloc(1 + 3 * 9);
    for (let row = 0; row < 3; row++) data.writeFloatLE(row + 0.5, 1 + row * 9);
    const table = native().wrapTable('f32', 3, 2, 9, data.subarray(1));
    expect(table.describe()).toMatchObject({ owner: 'borrowed', rows: 3, columns: 2, rowStride: 9 });
    const out = new Float32Array(4);
    table.gather(Uint32Array.of(2, 1), out);
    expect([...out]).toEqual([2.5, 0, 1.5, 0]);
    expect(() => native().wrapTable('f32', 4, 2, 9, data)).toThrow(
      expect.objectContaining({ code: 'ERR_WORDMILL_TRUNCATED' }),
    );
  });

  it('refuses memory that was transferred away', () => {
    const data = new Float32Array(6);
    const table = native().wrapTable('f32', 3, 2, 8, data);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    expect(() => table.gather(Uint32Array.of(0), new Float32Array(2))).toThrow(
      expect.objectContaining({ code: 'ERR_WORDMILL_OPTION', option: 'data' }),
    );
  });

  it('can be a file, from any offset', () => {
    const path = join(folder, 'Vektoren 1.bin');
    const values = someValues(12);
    writeFileSync(path, Buffer.concat([Buffer.from('abc'), Buffer.from(values.buffer)]));
    const table = native().mapTable(path, 3, 'f32', 3, 4, 16);
    expect(table.describe().owner).toBe('mapped');
    const out = new Float32Array(12);
    table.read(0, 3, 'f32', out);
    expect(out).toEqual(values);
    table.dispose();
    truncateSync(path, 40);
    expect(() => native().mapTable(path, 3, 'f32', 3, 4, 16)).toThrow(
      expect.objectContaining({ code: 'ERR_WORDMILL_TRUNCATED' }),
    );
  });

  it('says which refusal of the operating system it was', () => {
    expect(() => native().mapTable(join(folder, 'missing'), 0, 'f32', 1, 1, 4)).toThrow(
      expect.objectContaining({ name: 'WordmillError', code: 'ERR_WORDMILL_IO', system: 'ENOENT' }),
    );
  });

  it('refuses what does not fit its shape', () => {
    const table = native().createTable('f32', 2, 3);
    const refusals: [() => void, string][] = [
      [() => table.gather(Uint32Array.of(0), new Float32Array(2)), 'out'],
      [() => table.gather(Uint32Array.of(2), new Float32Array(3)), 'rows'],
      [() => table.read(0, 1, 'f32', new Float32Array(4)), 'out'],
      [() => table.write(0, 2, 'f16', new Uint8Array(13)), 'values'],
      [() => table.searchSync(new Float32Array(4), { metric: 'dot', k: 1 }), 'queries'],
      [() => table.searchSync(new Float32Array(3), { metric: 'dot', k: 1, allowed: new Uint8Array(3) }), 'allowed'],
    ];
    for (const [call, option] of refusals) {
      expect(call, option).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_OPTION', option }));
    }
    expect(() => table.read(1, 2, 'f32', new Float32Array(6))).toThrow(
      expect.objectContaining({ code: 'ERR_WORDMILL_OPTION' }),
    );
  });

  it('is an error, not the end of the process, where there is no memory', () => {
    const table = native().createTable('f32', 2, 3);
    const memory = expect.objectContaining({ code: 'ERR_WORDMILL_MEMORY' });
    expect(() => table.searchSync(new Float32Array(3 * 5000), { metric: 'dot', k: 2 ** 32 - 1 })).toThrow(memory);
    expect(() => native().createTable('f32', 2 ** 45, 300)).toThrow(expect.objectContaining({ name: 'WordmillError' }));
  });
});

describe('search', () => {
  const columns = 9;
  const rows = 200;
  const values = someValues(rows * columns);
  const table = tableOf(rows, columns, values);
  const row = (i: number): Float32Array => values.subarray(i * columns, (i + 1) * columns);
  const queries = values.slice(5 * columns, 7 * columns);

  const ranked = (score: (row: Float32Array) => number): number[] =>
    Array.from({ length: rows }, (_, i) => i).sort((a, b) => score(row(b)) - score(row(a)) || a - b);

  it('finds the nearest rows of every query, best first', async () => {
    const found = await table.search(queries, { metric: 'dot', k: 4 });
    expect([...found.rows.subarray(0, 4)]).toEqual(ranked((r) => dot(r, row(5))).slice(0, 4));
    expect([...found.rows.subarray(4)]).toEqual(ranked((r) => dot(r, row(6))).slice(0, 4));
    expect(found.scores[0]).toBeCloseTo(dot(row(5), row(found.rows[0]!)), 4);
    expect(table.searchSync(queries, { metric: 'dot', k: 4 })).toEqual(found);
  });

  it('measures the angle under cosine', () => {
    const found = table.searchSync(queries, { metric: 'cosine', k: 1 });
    expect([...found.rows]).toEqual([5, 6]);
    expect(found.scores[0]).toBeCloseTo(1, 5);
  });

  it('leaves out what is excluded or not allowed, for each query by itself', () => {
    const allowed = new Uint8Array(rows).fill(1, 0, 100);
    const options = {
      metric: 'cosine',
      k: 3,
      exclude: Uint32Array.of(5, 6),
      excludeOffsets: Uint32Array.of(0, 1, 1),
      allowed,
    } as const;
    const found = table.searchSync(queries, options);
    expect(found.rows[0]).not.toBe(5);
    expect(found.rows[3]).toBe(6);
    expect(Math.max(...found.rows)).toBeLessThan(100);
    const range = table.searchSync(queries, { metric: 'cosine', k: 3, firstRow: 50, lastRow: 60 });
    expect([...range.rows].every((i) => i >= 50 && i < 60)).toBe(true);
  });

  it('marks places without a result', () => {
    const found = table.searchSync(queries.subarray(0, columns), { metric: 'dot', k: 3, firstRow: 0, lastRow: 2 });
    expect(found.rows[2]).toBe(0xffffffff);
    expect(found.scores[2]).toBe(-Infinity);
  });

  it('refuses exclusions that do not add up', () => {
    for (const excludeOffsets of [Uint32Array.of(0, 1), Uint32Array.of(0, 2, 1), Uint32Array.of(0, 1, 9)]) {
      expect(() =>
        table.searchSync(queries, { metric: 'dot', k: 1, exclude: Uint32Array.of(1, 2), excludeOffsets }),
      ).toThrow(expect.objectContaining({ option: 'excludeOffsets' }));
    }
  });

  it('gives all scores', async () => {
    const scores = await table.scores(queries, 'dot', 2);
    expect(scores).toHaveLength(2 * rows);
    expect(scores[rows + 17]).toBeCloseTo(dot(row(6), row(17)), 4);
    expect(table.scoresSync(queries, 'dot', 1)).toEqual(scores);
  });

  it('stops when its signal is raised', async () => {
    const signal = native().createSignal();
    signal.raise();
    const cancelled = expect.objectContaining({ code: 'ERR_WORDMILL_CANCELLED' });
    await expect(table.search(queries, { metric: 'dot', k: 1, signal })).rejects.toEqual(cancelled);
    await expect(table.scores(queries, 'dot', 0, signal)).rejects.toEqual(cancelled);
    await expect(table.norms(0, signal)).rejects.toEqual(cancelled);
  });
});

describe('dispose()', () => {
  it('can be called again, and everything after it says so', () => {
    const table = native().createTable('f32', 2, 2);
    table.dispose();
    table.dispose();
    expect(() => table.describe()).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_DISPOSED' }));
    expect(() => table.norms(0)).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_DISPOSED' }));
  });

  it('lets running work come to its result', async () => {
    const values = someValues(3000 * 64);
    const table = tableOf(3000, 64, values);
    const wrapped = native().wrapTable('f32', 3000, 64, 256, values.slice());
    const found = [table, wrapped].map((each) => each.search(values.subarray(0, 6400), { metric: 'dot', k: 1 }));
    table.dispose();
    wrapped.dispose();
    globalThis.gc?.();
    for (const { rows } of await Promise.all(found)) expect(rows).toHaveLength(100);
  });

  it('is not needed before changing a table, but the end of the work that reads it is', async () => {
    const table = tableOf(3000, 64, someValues(3000 * 64));
    const norms = table.norms(1);
    expect(() => table.write(0, 1, 'f32', new Float32Array(64))).toThrow(
      expect.objectContaining({ code: 'ERR_WORDMILL_OPTION', option: 'table' }),
    );
    await norms;
    table.write(0, 1, 'f32', new Float32Array(64));
    expect((await table.norms(1))[0]).toBe(0);
  });
});

import { type Cooccurrence, type CountOptions, type GloveTables, native, type View } from '@wordmill/native';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, viewOf, zipfText } from './corpora.js';

const rejection = (fields: object): unknown => expect.objectContaining({ name: 'WordmillError', ...fields });
const cancelled = rejection({ code: 'ERR_WORDMILL_CANCELLED' });

const counting: CountOptions = {
  windowSize: 5,
  symmetric: true,
  distanceWeighting: true,
  threads: 2,
  memoryLimit: 0,
};
const training = { learningRate: 0.05, xMax: 10, alpha: 0.75, gradientClip: 100, epochs: 3, seed: 1n, threads: 2 };

let view: View;
let matrix: Cooccurrence;
beforeAll(async () => {
  view = await viewOf(zipfText(300_000));
  matrix = await view.countCooccurrences(counting);
});

function tablesFor(rows: number, columns = 8): GloveTables {
  const tables = {
    words: native().createTable('f32', rows, columns),
    contexts: native().createTable('f32', rows, columns),
    wordSquares: native().createTable('f32', rows, columns),
    contextSquares: native().createTable('f32', rows, columns),
    biases: native().createTable('f32', 4, rows),
  };
  tables.words.fillUniform(0, rows, -0.05, 0.05, 1n);
  tables.contexts.fillUniform(0, rows, -0.05, 0.05, 2n);
  tables.wordSquares.fillUniform(0, rows, 1, 1, 0n);
  tables.contextSquares.fillUniform(0, rows, 1, 1, 0n);
  tables.biases.fillUniform(2, 2, 1, 1, 0n);
  return tables;
}

describe('counting', () => {
  it('describes and looks up what was counted, and reports its progress', async () => {
    const { rows, tokens } = view.describe();
    const signal = native().createSignal();
    const again = await view.countCooccurrences({ ...counting, threads: 1 }, signal);
    expect(signal.done()).toBe(tokens);
    expect(again.describe()).toEqual(matrix.describe());
    expect(matrix.describe()).toMatchObject({ rows, symmetric: true, spilled: false, unit: 60 });
    const { columns, counts } = matrix.row(0);
    expect(columns.length).toBe(counts.length);
    expect(matrix.at(0, columns[5]!)).toBe(counts[5]);
    expect(() => matrix.at(rows, 0)).toThrow(rejection({ code: 'ERR_WORDMILL_OPTION', option: 'row' }));
    expect(() => matrix.row(rows)).toThrow(rejection({ option: 'row' }));
  });

  it('refuses wrong arguments', async () => {
    await expect(view.countCooccurrences({ ...counting, windowSize: 0 })).rejects.toEqual(
      rejection({ code: 'ERR_WORDMILL_OPTION', option: 'windowSize' }),
    );
    expect(() => view.countCooccurrences({ ...counting, memoryLimit: -1 })).toThrow(
      rejection({ option: 'memoryLimit' }),
    );
    expect(() => view.countCooccurrences({ ...counting, temporaryFolder: 'a\0b' })).toThrow(
      rejection({ option: 'temporaryFolder' }),
    );
    expect(() => matrix.part('rows' as never, 0, new Uint8Array(8))).toThrow(rejection({ option: 'part' }));
    expect(() => matrix.part('values', 8 * matrix.describe().stored, new Uint8Array(8))).toThrow(
      rejection({ code: 'ERR_WORDMILL_OPTION' }),
    );
  });

  it('stops when its signal is raised, and survives that its view is disposed of', async () => {
    const own = await viewOf(zipfText(600_000));
    const signal = native().createSignal();
    const stopped = own.countCooccurrences({ ...counting, windowSize: 1000 }, signal);
    const going = own.countCooccurrences(counting);
    own.dispose();
    signal.raise();
    await expect(stopped).rejects.toEqual(cancelled);
    expect((await going).describe().nonzeros).toBeGreaterThan(0);
    expect(() => own.countCooccurrences(counting)).toThrow(rejection({ code: 'ERR_WORDMILL_DISPOSED' }));
  });
});

describe('records', () => {
  it('go out of a matrix and back into one', async () => {
    const reader = matrix.sortedRecords();
    const records = native().createRecords({ memoryLimit: 1 << 16 });
    const buffer = new Uint8Array(1 << 16);
    let total = 0;
    for (let bytes = await reader.read(buffer); bytes > 0; bytes = await reader.read(buffer)) {
      await records.append(buffer.subarray(0, bytes));
      total += bytes / 16;
    }
    expect(total).toBe(matrix.describe().nonzeros);
    expect(records.size).toBe(total);
    const again = await records.cooccurrence(matrix.describe().rows, 2, { memoryLimit: 0 });
    expect(again.describe()).toMatchObject({ nonzeros: total, symmetric: true });
    expect(again.at(0, 1)).toBe(matrix.at(0, 1));
    const shuffled = records.shuffled(1n, 1 << 20);
    expect(await shuffled.read(buffer)).toBe(buffer.length);
    reader.dispose();
    expect(() => reader.read(buffer)).toThrow(rejection({ code: 'ERR_WORDMILL_DISPOSED' }));
  });

  it('allow one call at a time', async () => {
    const reader = matrix.sortedRecords();
    const first = reader.read(new Uint8Array(1 << 16));
    expect(() => reader.read(new Uint8Array(1 << 16))).toThrow(rejection({ code: 'ERR_WORDMILL_OPTION' }));
    await first;
    const records = native().createRecords({ memoryLimit: 0 });
    const appended = records.append(new Uint8Array(0));
    expect(() => records.append(new Uint8Array(0))).toThrow(rejection({ code: 'ERR_WORDMILL_OPTION' }));
    await appended;
    await expect(reader.read(new Uint8Array(8))).rejects.toEqual(rejection({ option: 'capacity' }));
  });
});

describe('a GloVe job', () => {
  it('gives the same bytes on one thread and on three', async () => {
    const results: Buffer[] = [];
    for (const threads of [1, 3]) {
      const tables = tablesFor(matrix.describe().rows);
      const job = await matrix.gloveJob(tables, { ...training, threads });
      job.submit(0, job.poll().blocks);
      await job.rest();
      const { tokensDone, examples, lossSum } = job.poll();
      expect([tokensDone, examples]).toEqual(Array(2).fill(3 * matrix.describe().nonzeros));
      expect(lossSum / examples).toBeGreaterThan(0);
      results.push(Buffer.concat(Object.values(tables).map(bytesOf)));
    }
    expect(results[0]!.equals(results[1]!)).toBe(true);
  });

  it('outlives its matrix, and is cancelled', async () => {
    const own = await view.countCooccurrences(counting);
    const job = await own.gloveJob(tablesFor(own.describe().rows), { ...training, epochs: 100_000 });
    own.dispose();
    job.submit(0, job.poll().blocks);
    const rest = job.rest();
    job.cancel();
    await expect(rest).rejects.toEqual(cancelled);
  });

  it('refuses tables that do not fit, and stops while it is made', async () => {
    const { rows } = matrix.describe();
    await expect(matrix.gloveJob(tablesFor(rows - 1), training)).rejects.toEqual(rejection({ option: 'words' }));
    const tables = tablesFor(rows);
    expect(() => matrix.gloveJob({ ...tables, biases: undefined as never }, training)).toThrow(
      rejection({ option: 'biases' }),
    );
    await expect(matrix.gloveJob({ ...tables, contexts: tables.words }, training)).rejects.toEqual(
      rejection({ option: 'tables' }),
    );
    const signal = native().createSignal();
    signal.raise();
    await expect(matrix.gloveJob(tables, training, signal)).rejects.toEqual(cancelled);
  });
});

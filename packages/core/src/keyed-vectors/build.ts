import { type Keys, native, type Table } from '@wordmill/native';
import { Cancellation } from '../cancellation.js';
import { WordmillError } from '../errors.js';
import type { NativeVectors } from '../formats/format.js';
import { requireMemory } from '../formats/limits.js';
import { rowBytes, type TableType, writableType } from '../formats/numbers.js';
import type { WorkOptions } from './ranking.js';
import { type Rows, toFloat32, type Vector } from './rows.js';

/** Keys with their vectors: a Map, an object, or any iterable of pairs. */
export type VectorEntries = Iterable<readonly [key: string, vector: Vector]> | Readonly<Record<string, Vector>>;

/** Keys, and their vectors one after the other in one array or each in its own. */
export interface VectorColumns {
  readonly keys: Iterable<string>;
  readonly vectors: Float32Array | readonly Vector[];
  /** Frequency of each key. */
  readonly counts?: Iterable<number | bigint> | undefined;
}

/** A table and keys made of vectors in memory. ERR_WORDMILL_OPTION for a repeated key and vectors of different dimensions. */
export function buildVectors(input: VectorEntries | VectorColumns, dtype: TableType = 'f32'): NativeVectors {
  const { keys, vectors, counts } = isColumns(input) ? input : columnsOf(input);
  const names = [...keys];
  if (names.length === 0) throw wrong('there are no vectors', 'keys');
  const columns = vectors instanceof Float32Array ? vectors.length / names.length : (vectors[0]?.length ?? 0);
  if (!Number.isInteger(columns) || columns === 0) {
    throw wrong(`${vectors.length} numbers are no vectors for ${names.length} keys`, 'vectors');
  }
  if (!(vectors instanceof Float32Array) && vectors.length !== names.length) {
    throw wrong(`there are ${vectors.length} vectors for ${names.length} keys`, 'vectors');
  }
  const frequencies = counts === undefined ? undefined : countsOf(counts, names.length);
  const index = createIndex(names);
  const table = native().createTable(dtype, names.length, columns);
  try {
    if (vectors instanceof Float32Array) table.write(0, names.length, 'f32', vectors);
    else for (const [row, vector] of vectors.entries()) table.write(row, 1, 'f32', toFloat32(vector, columns));
  } catch (error) {
    table.dispose();
    index.dispose();
    throw error;
  }
  return { table, keys: index, counts: frequencies };
}

/** An index of keys that are all different; else ERR_WORDMILL_OPTION. */
export function createIndex(names: readonly string[]): Keys {
  const index = native().createKeysFrom(checkedNames(names));
  if (index.duplicates === 0) return index;
  const repeated = names.find((name, row) => index.find(name) !== row)!;
  index.dispose();
  throw wrong(`the key ${JSON.stringify(repeated)} occurs twice`, 'keys');
}

function isColumns(input: VectorEntries | VectorColumns): input is VectorColumns {
  if (typeof input !== 'object' || input === null) {
    throw wrong('vectors are made from a Map, an object, pairs of key and vector, or { keys, vectors }', 'vectors');
  }
  if (Symbol.iterator in input || !('keys' in input && 'vectors' in input)) return false;
  // An object may well have vectors for the words "keys" and "vectors".
  return !ArrayBuffer.isView(input.keys) && typeof (input.keys as readonly unknown[])[0] !== 'number';
}

function columnsOf(entries: VectorEntries): VectorColumns {
  const pairs = [...pairsOf(entries)];
  return { keys: pairs.map(([key]) => key), vectors: pairs.map(([, vector]) => vector) };
}

function pairsOf(entries: VectorEntries): Iterable<readonly [string, Vector]> {
  return Symbol.iterator in entries
    ? (entries as Iterable<readonly [string, Vector]>)
    : Object.entries(entries as Readonly<Record<string, Vector>>);
}

function checkedNames(names: readonly string[]): readonly string[] {
  const other = names.find((name) => typeof name !== 'string');
  if (other !== undefined) throw wrong(`a key must be a string, not ${typeof other}`, 'keys');
  return names;
}

function countsOf(counts: Iterable<number | bigint>, rows: number): BigUint64Array {
  const given = [...counts];
  if (given.length !== rows) throw wrong(`there are ${given.length} counts for ${rows} keys`, 'counts');
  return BigUint64Array.from(given, (count) => {
    if (typeof count === 'bigint' ? count >= 0n : Number.isSafeInteger(count) && count >= 0) return BigInt(count);
    throw wrong(`a count must be a whole number of at least 0, not ${count}`, 'counts');
  });
}

/** Rows copied at once. */
const COPY_NUMBERS = 1 << 20;

/** The rows of a list, in its order, as new vectors. */
export async function selectRows(
  rows: Rows,
  selected: Uint32Array,
  counts: BigUint64Array | undefined,
  options: WorkOptions,
): Promise<NativeVectors> {
  const names = Array.from(selected, (row) => rows.keys.at(row));
  const table = await copyRows(rows, selected, selected.length, options);
  return {
    table,
    keys: native().createKeysFrom(names),
    counts: counts === undefined ? undefined : BigUint64Array.from(selected, (row) => counts[row]!),
  };
}

/** All rows, some of them replaced, and others appended. */
export async function withEntries(
  rows: Rows,
  entries: VectorEntries,
  counts: BigUint64Array | undefined,
  options: WorkOptions,
): Promise<NativeVectors> {
  const replaced = new Map<string, Float32Array>();
  for (const [key, vector] of pairsOf(entries)) {
    rows.find(key);
    replaced.set(key, toFloat32(vector, rows.dimension));
  }
  const added = [...replaced.keys()].filter((key) => rows.find(key) < 0);
  const all = Uint32Array.from({ length: rows.size }, (_, row) => row);
  const table = await copyRows(rows, all, rows.size + added.length, options);
  let next = rows.size;
  for (const [key, vector] of replaced) {
    const row = rows.find(key);
    table.write(row < 0 ? next++ : row, 1, 'f32', vector);
  }
  const keys = native().createKeysFrom([...rows.keys.slice(0, rows.size), ...added]);
  if (counts === undefined) return { table, keys };
  const known = new BigUint64Array(rows.size + added.length);
  known.set(counts);
  return { table, keys, counts: known };
}

/** A new table of that many rows which begins with copies of the selected ones. */
async function copyRows(
  rows: Rows,
  selected: Uint32Array,
  size: number,
  { signal, threads = 0 }: WorkOptions,
): Promise<Table> {
  const dtype = writableType(rows.table.describe().dtype);
  const { dimension } = rows;
  const cancellation = new Cancellation(signal);
  try {
    cancellation.throwIfAborted();
    requireMemory(size * rowBytes(dtype, dimension), `a table of ${size} x ${dimension}`, 'take fewer keys');
    const table = native().createTable(dtype, size, dimension);
    try {
      const step = Math.max(1, Math.floor(COPY_NUMBERS / dimension));
      for (let first = 0; first < selected.length; first += step) {
        cancellation.throwIfAborted();
        const some = selected.subarray(first, first + step);
        const values = new Float32Array(some.length * dimension);
        await rows.table.gatherAsync(some, values, threads);
        table.write(first, some.length, 'f32', values);
      }
      return table;
    } catch (error) {
      table.dispose();
      throw error;
    }
  } finally {
    cancellation.close();
  }
}

function wrong(message: string, option: string): WordmillError {
  return new WordmillError('ERR_WORDMILL_OPTION', message, { option });
}

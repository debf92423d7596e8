import type { KeyedVectors } from '@wordmill/core';
import { WordmillError } from '@wordmill/core';
import { Cancellation, checkOptions, integer, signal, threads } from '@wordmill/core/internal';
import { native, type Table } from '@wordmill/native';
import * as v from 'valibot';

/** How words are put into classes. */
export interface WordClassesOptions {
  /** Rounds of k-means. Default 10, as many as word2vec.c makes. */
  readonly iterations?: number | undefined;
  /** Engine threads; 0, the default: as many as the process may run on. */
  readonly threads?: number | undefined;
  /** Stops the work; the promise then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

const schema = v.strictObject({ iterations: v.optional(integer(1, 100_000), 10), threads, signal });

const MAX_CLASSES = 1_000_000;

/** Rows that are summed or searched at once. */
const BATCH = 1 << 14;

/**
 * The class of each word, from 0, by k-means as word2vec.c's `-classes` does it: word i begins in class i modulo
 * `classes`; a class's centre is the direction of the sum of its vectors, and each word goes to the centre with which
 * its vector has the highest product. A class may end up empty.
 */
export async function wordClasses(
  vectors: KeyedVectors,
  classes: number,
  options?: WordClassesOptions | undefined,
): Promise<Uint32Array> {
  const { iterations, threads, signal } = checkOptions(schema, options);
  if (!Number.isSafeInteger(classes) || classes < 1 || classes > MAX_CLASSES) {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `option classes: must be a whole number from 1 to ${MAX_CLASSES}, not ${classes}`,
      { option: 'classes' },
    );
  }
  const cancellation = new Cancellation(signal);
  try {
    const classOf = Uint32Array.from({ length: vectors.size }, (_, row) => row % classes);
    const { table } = vectors.native;
    for (let i = 0; i < iterations; i++) {
      const { centres, names } = await centresOf(table, classOf, classes, cancellation);
      await assign(table, centres, names, classOf, threads, cancellation);
    }
    return classOf;
  } finally {
    cancellation.close();
  }
}

/** Unit vectors, one for each class that has words with a direction, and the classes that they stand for. */
interface Centres {
  readonly centres: Float32Array;
  readonly names: Uint32Array;
}

async function centresOf(
  table: Table,
  classOf: Uint32Array,
  classes: number,
  cancellation: Cancellation,
): Promise<Centres> {
  const { columns } = table.describe();
  const sums = new Float64Array(classes * columns);
  for await (const { first, count, values } of batchesOf(table, classOf.length, cancellation)) {
    for (let i = 0; i < count; i++) {
      const sum = classOf[first + i]! * columns;
      for (let j = 0; j < columns; j++) sums[sum + j]! += values[i * columns + j]!;
    }
  }
  const centres: number[] = [];
  const names: number[] = [];
  for (let name = 0; name < classes; name++) {
    const sum = sums.subarray(name * columns, (name + 1) * columns);
    const norm = Math.sqrt(sum.reduce((square, value) => square + value * value, 0));
    if (norm === 0) continue;
    for (const value of sum) centres.push(value / norm);
    names.push(name);
  }
  return { centres: Float32Array.from(centres), names: Uint32Array.from(names) };
}

async function assign(
  table: Table,
  centres: Float32Array,
  names: Uint32Array,
  classOf: Uint32Array,
  threads: number,
  cancellation: Cancellation,
): Promise<void> {
  if (names.length === 0) return;
  const { columns } = table.describe();
  const search = native().wrapTable('f32', names.length, columns, columns * 4, centres);
  try {
    for await (const { first, count, values } of batchesOf(table, classOf.length, cancellation)) {
      const { rows } = await cancellation.run((signal) =>
        search.search(values, { metric: 'dot', k: 1, threads, signal }),
      );
      for (let i = 0; i < count; i++) classOf[first + i] = names[rows[i]!]!;
    }
  } finally {
    search.dispose();
  }
}

interface Batch {
  readonly first: number;
  readonly count: number;
  readonly values: Float32Array;
}

async function* batchesOf(table: Table, rows: number, cancellation: Cancellation): AsyncGenerator<Batch> {
  const { columns } = table.describe();
  for (let first = 0; first < rows; first += BATCH) {
    cancellation.throwIfAborted();
    const count = Math.min(BATCH, rows - first);
    const values = new Float32Array(count * columns);
    table.read(first, count, 'f32', values);
    yield { first, count, values };
    // The sums are made on the event loop, which others need too.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

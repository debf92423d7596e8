import type { Keys, Table } from '@wordmill/native';
import type { KeyedVectors } from '../keyed-vectors/keyed-vectors.js';

/** Numbers that are copied at once, so that the event loop gets its turn in between. */
const CHUNK_NUMBERS = 1 << 19;

const MISSING = 0xffffffff;

/** Words that are looked up and copied at once. */
const SLICE = 1 << 12;

/** Random rows, uniform in [-bound, bound). */
export async function randomiseRows(
  table: Table,
  firstRow: number,
  bound: number,
  seed: bigint,
  signal: AbortSignal,
): Promise<void> {
  const { rows, columns } = table.describe();
  const step = rowsAtOnce(columns);
  for (let first = firstRow; first < rows; first += step) {
    signal.throwIfAborted();
    // An element depends on the seed, its row and its column only, not on how the rows are cut.
    table.fillUniform(first, Math.min(step, rows - first), -bound, bound, seed);
    await eventLoopTurn();
  }
}

const rowsAtOnce = (columns: number): number => Math.max(1, Math.floor(CHUNK_NUMBERS / columns));

/** Lets everything else of the process have its turn. */
export const eventLoopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Copies the first rows of one table to another of the same width. */
export async function copyRows(from: Table, to: Table, rows: number, signal?: AbortSignal | undefined): Promise<void> {
  const { columns } = from.describe();
  const step = rowsAtOnce(columns);
  const chunk = new Float32Array(Math.min(step, rows) * columns);
  for (let first = 0; first < rows; first += step) {
    signal?.throwIfAborted();
    const count = Math.min(step, rows - first);
    const values = chunk.subarray(0, count * columns);
    from.read(first, count, 'f32', values);
    to.write(first, count, 'f32', values);
    await eventLoopTurn();
  }
}

/** Overwrites the rows of words that `vectors` has. `onSlice` is told of some words at a time which of them those are. */
export async function overwriteKnownRows(
  vectors: KeyedVectors,
  words: Keys,
  table: Table,
  signal: AbortSignal,
  onSlice?: (slice: readonly string[], firstRow: number, isKnown: (index: number) => boolean) => void,
): Promise<void> {
  const { table: given, keys } = vectors.native;
  const { columns } = table.describe();
  for (let first = 0; first < words.size; first += SLICE) {
    signal.throwIfAborted();
    const slice = words.slice(first, Math.min(SLICE, words.size - first));
    const rows = keys.findMany(slice);
    onSlice?.(slice, first, (index) => rows[index] !== MISSING);
    const found = rows.filter((row) => row !== MISSING);
    const known = new Float32Array(found.length * columns);
    given.gather(found, known);
    const values = new Float32Array(slice.length * columns);
    table.read(first, slice.length, 'f32', values);
    for (let i = 0, next = 0; i < rows.length; i++) {
      if (rows[i] === MISSING) continue;
      values.set(known.subarray(next, next + columns), i * columns);
      next += columns;
    }
    table.write(first, slice.length, 'f32', values);
    await eventLoopTurn();
  }
}

import { eventLoopTurn, requireMemory, tableBytes } from '@wordmill/core/internal';
import { native, type Table } from '@wordmill/native';
import { type BinaryMatrix, NO_ROW } from './binary-writer.js';

/** Rows that are copied at once. */
const CHUNK_ROWS = 4096;

/** The numbers of the first rows of a table. */
export const firstRows = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, row) => row);

/** One array after the other. */
export function joined(first: Uint32Array, second: Uint32Array): Uint32Array {
  const all = new Uint32Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** Rows of a table as a table of their own. */
export async function asTable(
  { table, rows, factor = 1 }: BinaryMatrix,
  columns: number,
  signal?: AbortSignal | undefined,
): Promise<Table> {
  requireMemory(tableBytes(rows.length, columns), 'a copy of the model', 'free some memory');
  const made = native().createTable('f32', rows.length, columns);
  try {
    for (let first = 0; first < rows.length; first += CHUNK_ROWS) {
      signal?.throwIfAborted();
      const some = rows.subarray(first, first + CHUNK_ROWS);
      const present = some.filter((row) => row !== NO_ROW);
      const values = new Float32Array(some.length * columns);
      // Only the last row of a tree is none.
      table.gather(present, values.subarray(0, present.length * columns));
      for (let i = 0; i < values.length && factor !== 1; i++) values[i]! *= factor;
      made.write(first, some.length, 'f32', values);
      await eventLoopTurn();
    }
    return made;
  } catch (error) {
    made.dispose();
    throw error;
  }
}

import { native, type Table } from '@wordmill/native';
import { WordmillError } from '../errors.js';
import { requireMemory } from '../formats/limits.js';
import type { KeyedVectors } from '../keyed-vectors/keyed-vectors.js';

/** What the rows of a new table are: random numbers, or given ones, row by row. */
export type InitialRows = 'normal' | 'uniform' | Float32Array | KeyedVectors;

/** Half the width of `uniform`, as Keras has it. */
const UNIFORM_BOUND = 0.05;

/** Numbers that are copied at once. */
const CHUNK_NUMBERS = 1 << 20;

/** A table of zeros that can be trained; ERR_WORDMILL_MEMORY where it would not fit. */
export function newTable(rows: number, columns: number): Table {
  requireMemory(rows * columns * 4, `a table of ${rows} x ${columns}`, 'take fewer rows or a smaller dimension');
  return native().createTable('f32', rows, columns);
}

/** Fills a new table. ERR_WORDMILL_OPTION for given numbers of another shape, or that are not finite. */
export function fillRows(table: Table, initial: InitialRows, seed: bigint, threads: number): void {
  const { rows, columns } = table.describe();
  if (initial === 'uniform') {
    table.fillUniform(0, rows, -UNIFORM_BOUND, UNIFORM_BOUND, seed);
  } else if (initial === 'normal') {
    table.fillNormal(0, rows, undefined, undefined, seed, threads);
  } else if (initial instanceof Float32Array) {
    if (initial.length !== rows * columns) {
      throw wrong(`${initial.length} numbers are no table of ${rows} x ${columns}`);
    }
    const at = initial.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw wrong(`number ${at % columns} of row ${Math.floor(at / columns)} is ${initial[at]}`);
    table.write(0, rows, 'f32', initial);
  } else {
    const { size, dimension } = initial;
    if (size !== rows || dimension !== columns) {
      throw wrong(`vectors of ${size} x ${dimension} are no table of ${rows} x ${columns}`);
    }
    copyRows(initial.native.table, table, rows);
  }
}

/** Copies the first rows of one table to another of the same width. */
export function copyRows(from: Table, to: Table, rows: number): void {
  const { columns } = to.describe();
  const step = Math.max(1, Math.floor(CHUNK_NUMBERS / columns));
  const chunk = new Float32Array(Math.min(step, rows) * columns);
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first);
    const values = chunk.subarray(0, count * columns);
    from.read(first, count, 'f32', values);
    to.write(first, count, 'f32', values);
  }
}

/** How the rows that a table grows by are made. */
export interface NewRows {
  /** `mean`: of the rows there are; `normal`: each column normal, with the mean and deviation that it has in them. */
  readonly initial: 'mean' | 'normal';
  readonly seed: bigint;
  /** A row that counts for neither. */
  readonly leftOut: number | undefined;
  readonly threads: number;
}

/** A copy with fewer rows, or more. */
export function resizedTable(table: Table, rows: number, { initial, seed, leftOut, threads }: NewRows): Table {
  const old = table.describe();
  const made = newTable(rows, old.columns);
  try {
    copyRows(table, made, Math.min(rows, old.rows));
    if (rows > old.rows) {
      const { means, deviations } = table.moments(leftOut, threads);
      if (initial === 'mean') deviations.fill(0);
      made.fillNormal(old.rows, rows - old.rows, means, deviations, seed, threads);
    }
    return made;
  } catch (error) {
    made.dispose();
    throw error;
  }
}

function wrong(message: string): WordmillError {
  return new WordmillError('ERR_WORDMILL_OPTION', `option initial: ${message}`, { option: 'initial' });
}

import type { Keys, Table } from '@wordmill/native';
import { WordmillError } from '../errors.js';
import type { NativeSubwords } from '../formats/format.js';

/** A vector as callers may give it. */
export type Vector = Float32Array | Float64Array | readonly number[];

/** A key, or a vector that has none. */
export type KeyOrVector = string | Vector;

/** Rows with their keys: what all computations on vectors start from. */
export class Rows {
  readonly table: Table;
  readonly keys: Keys;
  readonly subwords: NativeSubwords | undefined;
  readonly size: number;
  readonly dimension: number;
  readonly #one = new Uint32Array(1);
  #working = 0;
  #disposed = false;

  constructor(table: Table, keys: Keys, subwords?: NativeSubwords | undefined) {
    const { rows, columns } = table.describe();
    if (keys.size !== rows) {
      throw new WordmillError('ERR_WORDMILL_FORMAT', `there are ${keys.size} keys for ${rows} vectors`);
    }
    this.table = table;
    this.keys = keys;
    this.subwords = subwords;
    this.size = rows;
    this.dimension = columns;
  }

  /** These rows, unless they have been disposed of. */
  get open(): this {
    if (this.#disposed) throw new WordmillError('ERR_WORDMILL_DISPOSED', 'the vectors have been disposed of');
    return this;
  }

  /** Work that takes several turns of the event loop, during which the rows must stay. */
  async during<T>(work: (rows: this) => Promise<T>): Promise<T> {
    const rows = this.open;
    this.#working++;
    try {
      return await work(rows);
    } finally {
      this.#working--;
      if (this.#disposed) this.#release();
    }
  }

  /** Frees the memory as soon as no work needs it. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#release();
  }

  #release(): void {
    if (this.#working > 0) return;
    this.table.dispose();
    this.keys.dispose();
    this.subwords?.index.dispose();
    this.subwords?.table.dispose();
  }

  /** The row of a key, or -1. */
  find(key: string): number {
    if (typeof key !== 'string') {
      throw new WordmillError('ERR_WORDMILL_OPTION', `a key must be a string, not ${typeof key}`, { option: 'key' });
    }
    return this.keys.find(key);
  }

  /** The row of a key; ERR_WORDMILL_OOV when there is none. */
  rowOf(key: string): number {
    const row = this.find(key);
    if (row < 0) throw this.unknown(key);
    return row;
  }

  /** The error for a key that is not in the vocabulary, with a spelling that is. */
  unknown(key: string, where = ''): WordmillError {
    const spellings = [
      key.toLowerCase(),
      key.toUpperCase(),
      key.charAt(0).toUpperCase() + key.slice(1).toLowerCase(),
      key.trim().replace(/\s+/g, '_'),
      key.trim().toLowerCase().replace(/\s+/g, '_'),
    ];
    const near = spellings.find((spelling) => this.keys.find(spelling) >= 0);
    const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
    return new WordmillError('ERR_WORDMILL_OOV', `${JSON.stringify(key)} is not in the vocabulary${where}${hint}`);
  }

  /** A copy of one row. */
  row(row: number, out: Float32Array = new Float32Array(this.dimension)): Float32Array {
    this.#one[0] = row;
    this.table.gather(this.#one, out);
    return out;
  }

  /** A copy of some rows, one after the other. */
  gather(rows: Uint32Array): Float32Array {
    const out = new Float32Array(rows.length * this.dimension);
    this.table.gather(rows, out);
    return out;
  }

  /** The vector of a key: its row, or else what its n-grams give; undefined where it has neither. */
  vectorOf(key: string, out: Float32Array = new Float32Array(this.dimension)): Float32Array | undefined {
    const row = this.find(key);
    if (row >= 0) return this.row(row, out);
    if (this.subwords === undefined) return undefined;
    const { index, table } = this.subwords;
    return index.infer(table, key, out) > 0 ? out : undefined;
  }

  /** The vector of a key, or a given vector as the engine takes it, checked. */
  vector(item: KeyOrVector): Float32Array {
    if (typeof item === 'string') {
      const vector = this.vectorOf(item);
      if (vector === undefined) throw this.unknown(item);
      return vector;
    }
    return toFloat32(item, this.dimension);
  }
}

/** A vector given by a caller: of the right dimension and finite, else ERR_WORDMILL_OPTION. */
export function toFloat32(vector: Vector, dimension: number): Float32Array {
  const isVector = Array.isArray(vector) || vector instanceof Float32Array || vector instanceof Float64Array;
  if (!isVector) {
    throw new WordmillError('ERR_WORDMILL_OPTION', `a vector must be a Float32Array or numbers, not ${typeof vector}`, {
      option: 'vector',
    });
  }
  if (vector.length !== dimension) {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `a vector of dimension ${vector.length} was given and these vectors have ${dimension}`,
      { option: 'vector' },
    );
  }
  const out = Float32Array.from(vector);
  const wrong = out.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new WordmillError('ERR_WORDMILL_OPTION', `element ${wrong} of a vector is ${vector[wrong]}`, {
      option: 'vector',
    });
  }
  return out;
}

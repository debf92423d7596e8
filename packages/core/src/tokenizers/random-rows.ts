import type { Table } from '@wordmill/native';
import { eventLoopTurn } from '../training/rows.js';

/** Numbers that are read at once, so that the event loop gets its turn in between. */
const CHUNK_NUMBERS = 1 << 19;

/** Rows as random as those of a table: each column is normal with the mean and variance that it has there. */
export class RandomRows {
  readonly #mean: Float64Array;
  readonly #deviation: Float64Array;
  readonly #seed: number;

  private constructor(mean: Float64Array, deviation: Float64Array, seed: number) {
    this.#mean = mean;
    this.#deviation = deviation;
    this.#seed = seed;
  }

  static async like(table: Table, seed: number, signal: AbortSignal): Promise<RandomRows> {
    const { rows, columns } = table.describe();
    const mean = new Float64Array(columns);
    const squares = new Float64Array(columns);
    const step = Math.max(1, Math.floor(CHUNK_NUMBERS / columns));
    const values = new Float32Array(Math.min(step, rows) * columns);
    let seen = 0;
    for (let first = 0; first < rows; first += step) {
      signal.throwIfAborted();
      const count = Math.min(step, rows - first);
      table.read(first, count, 'f32', values.subarray(0, count * columns));
      for (let i = 0; i < count; i++) {
        seen++;
        // Welford's way, which is exact also where the mean is far from 0.
        for (let c = 0; c < columns; c++) {
          const difference = values[i * columns + c]! - mean[c]!;
          mean[c]! += difference / seen;
          squares[c]! += difference * (values[i * columns + c]! - mean[c]!);
        }
      }
      await eventLoopTurn();
    }
    return new RandomRows(
      mean,
      squares.map((sum) => Math.sqrt(sum / rows)),
      seed,
    );
  }

  /** The same row for the same seed and number. */
  fill(row: number, out: Float32Array): void {
    const random = generator(this.#seed, row);
    for (let c = 0; c < out.length; c += 2) {
      // Box and Muller (1958): two uniform numbers make two normal ones.
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      const angle = 2 * Math.PI * random();
      out[c] = this.#mean[c]! + this.#deviation[c]! * radius * Math.cos(angle);
      if (c + 1 < out.length) out[c + 1] = this.#mean[c + 1]! + this.#deviation[c + 1]! * radius * Math.sin(angle);
    }
  }
}

/** Uniform numbers in [0, 1), a stream for each row: xorshift128 (Marsaglia 2003), started from mixed seeds. */
function generator(seed: number, row: number): () => number {
  const state = Uint32Array.of(seed, Math.floor(seed / 2 ** 32), row, 0x9e3779b9);
  for (let round = 0; round < 8; round++) {
    for (let i = 0; i < 4; i++) {
      const mixed = Math.imul(state[i]! ^ (state[(i + 3) & 3]! >>> 15), 0x85ebca6b) + round + i;
      state[i] = mixed ^ (mixed >>> 13);
    }
  }
  return () => {
    let t = state[0]!;
    t ^= t << 11;
    t ^= t >>> 8;
    state.copyWithin(0, 1);
    const last = state[2]!;
    state[3] = last ^ (last >>> 19) ^ t;
    return state[3]! / 2 ** 32;
  };
}

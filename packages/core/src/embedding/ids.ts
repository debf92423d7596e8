import { WordmillError } from '../errors.js';

/** Row numbers. An Int32Array or Uint32Array is taken as it is; numbers are copied. */
export type Ids = Int32Array | Uint32Array | readonly number[];

const LIMIT = 2 ** 32;

/**
 * Ids as the engine takes them; which of them are rows, it checks itself. A negative one becomes a number that is no
 * row. ERR_WORDMILL_OPTION for what is no whole number, and for anything else than ids.
 */
export function toIds(ids: Ids, option: string): Uint32Array {
  if (ids instanceof Uint32Array) return ids;
  if (ids instanceof Int32Array) return new Uint32Array(ids.buffer, ids.byteOffset, ids.length);
  if (!Array.isArray(ids)) {
    throw wrong(`${option} must be an Int32Array, a Uint32Array or an array of numbers, not ${typeof ids}`, option);
  }
  const at = ids.findIndex((id) => !Number.isInteger(id) || id < -LIMIT / 2 || id >= LIMIT);
  if (at >= 0) throw wrong(`${option}[${at}] is ${String(ids[at])}, which is no row`, option);
  return Uint32Array.from(ids as readonly number[]);
}

/** Where bags begin. With `includeLastOffset` one more follows them, which is the number of ids. */
export function toOffsets(offsets: Ids, ids: number, includeLastOffset: boolean): Uint32Array {
  const begins = toIds(offsets, 'offsets');
  const negative = offsets.findIndex((offset) => offset < 0);
  if (negative >= 0) throw wrong(`offsets[${negative}] is ${offsets[negative]}; bags begin at 0`, 'offsets');
  if (!includeLastOffset) return begins;
  const last = begins.length - 1;
  if (last < 0) throw wrong('offsets is empty; with includeLastOffset it ends with the number of ids', 'offsets');
  if (begins[last] !== ids) {
    throw wrong(
      `offsets[${last}] is ${begins[last]}, and there are ${ids} ids; the last offset is their end`,
      'offsets',
    );
  }
  return begins.subarray(0, last);
}

/** Numbers as the engine takes them. */
export function toNumbers(numbers: Float32Array | readonly number[], option: string): Float32Array {
  if (numbers instanceof Float32Array) return numbers;
  if (!Array.isArray(numbers)) {
    throw wrong(`${option} must be a Float32Array or an array of numbers, not ${typeof numbers}`, option);
  }
  return Float32Array.from(numbers as readonly number[]);
}

/** Room for a result; ERR_WORDMILL_MEMORY where there is none. */
export function newNumbers(rows: number, columns: number): Float32Array {
  try {
    return new Float32Array(rows * columns);
  } catch (error) {
    const text = `there is no room for ${rows} x ${columns} numbers; take fewer at once`;
    throw new WordmillError('ERR_WORDMILL_MEMORY', text, { cause: error });
  }
}

function wrong(message: string, option: string): WordmillError {
  return new WordmillError('ERR_WORDMILL_OPTION', message, { option });
}

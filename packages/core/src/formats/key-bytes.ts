import { isUtf8 } from 'node:buffer';
import { type Keys, native, type Table } from '@wordmill/native';
import { WordmillError } from '../errors.js';
import { writableType } from './numbers.js';

/**
 * What to do with keys whose bytes are not UTF-8: `strict` is an error, `replace` makes U+FFFD of them, `escape` keeps the
 * bytes, and in strings U+DCNN stands for the byte 0xNN, so that saving gives the same bytes again.
 */
export type InvalidUtf8 = 'strict' | 'replace' | 'escape';

/** The bytes of keys, and where each begins: key i is bytes[offsets[i] .. offsets[i + 1]]. */
export interface KeyBytes {
  readonly bytes: Buffer;
  readonly offsets: BigUint64Array;
}

/** Copies the bytes of all keys. */
export function keyBytes(keys: Keys): KeyBytes {
  const sizes = keys.partSizes();
  const bytes = Buffer.allocUnsafeSlow(sizes.bytes);
  keys.part('bytes', 0, bytes);
  const offsets = new BigUint64Array(sizes.offsets / 8);
  keys.part('offsets', 0, new Uint8Array(offsets.buffer));
  return { bytes, offsets };
}

/** The keys under a policy; `keys` itself where nothing is to be done, else disposed of and replaced. */
export function applyUtf8Policy(keys: Keys, policy: InvalidUtf8): Keys {
  if (policy === 'escape') return keys;
  const { bytes, offsets } = keyBytes(keys);
  if (eachIsUtf8(bytes, offsets)) return keys;
  const parts: Buffer[] = [];
  const starts = new BigUint64Array(offsets.length);
  let length = 0;
  for (let row = 0; row + 1 < offsets.length; row++) {
    let key = bytes.subarray(Number(offsets[row]), Number(offsets[row + 1]));
    if (!isUtf8(key)) {
      if (policy === 'strict') {
        throw new WordmillError(
          'ERR_WORDMILL_FORMAT',
          `the key of row ${row} (${JSON.stringify(key.toString())}) is not UTF-8; load with invalidUtf8: 'escape' or 'replace'`,
        );
      }
      key = Buffer.from(key.toString());
    }
    parts.push(key);
    length += key.length;
    starts[row + 1] = BigInt(length);
  }
  const replaced = native().createKeys(Buffer.concat(parts, length), starts);
  keys.dispose();
  return replaced;
}

/** Keys that are UTF-8 one after the other are UTF-8 each when none begins in the middle of a character. */
function eachIsUtf8(bytes: Buffer, offsets: BigUint64Array): boolean {
  if (!isUtf8(bytes)) return false;
  for (const offset of offsets) {
    const at = Number(offset);
    if (at < bytes.length && (bytes[at]! & 0xc0) === 0x80) return false;
  }
  return true;
}

/** The first row whose key contains one of the bytes, or -1. */
export function rowWithByte(keys: Keys, forbidden: readonly number[]): number {
  const { bytes, offsets } = keyBytes(keys);
  let first = -1;
  for (const byte of forbidden) {
    const at = bytes.indexOf(byte);
    if (at >= 0 && (first < 0 || at < first)) first = at;
  }
  if (first < 0) return -1;
  let low = 0;
  for (let high = offsets.length - 1; high - low > 1; ) {
    const middle = (low + high) >>> 1;
    if (Number(offsets[middle]) <= first) low = middle;
    else high = middle;
  }
  return low;
}

/** Table and keys without the rows whose key has occurred before. Disposes of what it replaces. */
export function dropDuplicates(table: Table, keys: Keys): { readonly table: Table; readonly keys: Keys } {
  const rows = firstRows(keys);
  const { dtype, columns } = table.describe();
  const kept = native().createTable(writableType(dtype), rows.length, columns);
  const step = Math.max(1, Math.floor((1 << 20) / columns));
  for (let row = 0; row < rows.length; row += step) {
    const some = rows.subarray(row, row + step);
    const values = new Float32Array(some.length * columns);
    table.gather(some, values);
    kept.write(row, some.length, 'f32', values);
  }
  const { bytes, offsets } = keyBytes(keys);
  const starts = new BigUint64Array(rows.length + 1);
  let length = 0;
  rows.forEach((row, i) => {
    const end = Number(offsets[row + 1]);
    bytes.copyWithin(length, Number(offsets[row]), end);
    length += end - Number(offsets[row]);
    starts[i + 1] = BigInt(length);
  });
  const unique = native().createKeys(bytes.subarray(0, length), starts);
  table.dispose();
  keys.dispose();
  return { table: kept, keys: unique };
}

function firstRows(keys: Keys): Uint32Array {
  const rows = new Uint32Array(keys.size - keys.duplicates);
  const step = 1 << 14;
  let kept = 0;
  for (let row = 0; row < keys.size; row += step) {
    const found = keys.findMany(keys.slice(row, Math.min(step, keys.size - row)));
    found.forEach((first, i) => {
      if (first === row + i) rows[kept++] = first;
    });
  }
  return rows;
}

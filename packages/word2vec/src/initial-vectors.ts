import type { Keys, Table } from '@wordmill/native';
import type { InitialVectors } from './options.js';
import { contradiction } from './settings.js';

const MISSING = 0xffffffff;

/** Words that are looked up and copied at once. */
const SLICE = 1 << 12;

/**
 * Overwrites the rows of words that the initial vectors have. Returns a factor for each row's updates, or undefined where
 * none was asked for.
 */
export async function startFrom(
  { vectors, locks }: InitialVectors,
  words: Keys,
  input: Table,
  signal: AbortSignal,
): Promise<Float32Array | undefined> {
  const { table, keys } = vectors.native;
  const { columns } = input.describe();
  const factors = locks === undefined ? undefined : new Float32Array(words.size).fill(1);
  const lockOf = lockFunction(locks);
  for (let first = 0; first < words.size; first += SLICE) {
    signal.throwIfAborted();
    const slice = words.slice(first, Math.min(SLICE, words.size - first));
    const rows = keys.findMany(slice);
    for (const [i, word] of slice.entries()) {
      if (factors !== undefined) factors[first + i] = lockOf(word, rows[i] !== MISSING);
    }
    const found = rows.filter((row) => row !== MISSING);
    const given = new Float32Array(found.length * columns);
    table.gather(found, given);
    const values = new Float32Array(slice.length * columns);
    input.read(first, slice.length, 'f32', values);
    for (let i = 0, next = 0; i < rows.length; i++) {
      if (rows[i] === MISSING) continue;
      values.set(given.subarray(next, next + columns), i * columns);
      next += columns;
    }
    input.write(first, slice.length, 'f32', values);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return factors;
}

function lockFunction(locks: InitialVectors['locks']): (word: string, found: boolean) => number {
  const checked = (word: string, lock: unknown): number => {
    if (lock === undefined) return 1;
    if (typeof lock === 'number' && lock >= 0 && lock <= 1) return lock;
    throw contradiction(
      'initialVectors.locks',
      `must give numbers from 0 (frozen) to 1, not ${String(lock)} for "${word}"`,
    );
  };
  if (locks === undefined) return () => 1;
  if (typeof locks === 'number') return (word, found) => (found ? checked(word, locks) : 1);
  if (typeof locks === 'function') return (word) => checked(word, locks(word));
  if (locks instanceof Map) return (word) => checked(word, locks.get(word));
  const record = locks as Readonly<Record<string, number>>;
  return (word) => checked(word, Object.hasOwn(record, word) ? record[word] : undefined);
}

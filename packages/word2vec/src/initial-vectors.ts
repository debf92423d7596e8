import { contradiction, overwriteKnownRows } from '@wordmill/core/internal';
import type { Keys, Table } from '@wordmill/native';
import type { InitialVectors } from './options.js';

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
  const factors = locks === undefined ? undefined : new Float32Array(words.size).fill(1);
  const lockOf = lockFunction(locks);
  await overwriteKnownRows(vectors, words, input, signal, (slice, first, isKnown) => {
    if (factors === undefined) return;
    for (const [i, word] of slice.entries()) factors[first + i] = lockOf(word, isKnown(i));
  });
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

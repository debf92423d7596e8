import { native } from '@wordmill/native';
import { WordmillError } from '../errors.js';

/** Row ids are 32-bit, and 0xffffffff means none. */
export const MAX_ROWS = 0xfffffffe;
/** Far beyond any embedding in use; keeps the size of a row below what a buffer holds. */
export const MAX_COLUMNS = 1 << 20;
/** Longer keys are a sign of a file that is read as something it is not. */
export const MAX_KEY_BYTES = 1 << 16;

/** A word's n-grams grow with its length times this; longer ones than words have would keep a look-up busy for minutes. */
export const MAX_NGRAM_LENGTH = 1000;

/** Checks the shape that a file claims before anything is allocated for it. */
export function checkShape(rows: number | undefined, columns: number, offset: number): void {
  if (columns === 0) throw formatError('it claims vectors of dimension 0', offset);
  if (columns > MAX_COLUMNS) throw limitError(`it claims dimension ${columns}; at most ${MAX_COLUMNS} is read`, offset);
  if (rows === undefined) return;
  if (rows === 0) throw formatError('it claims to hold no vectors', offset);
  if (rows > MAX_ROWS) throw limitError(`it claims ${rows} rows; at most ${MAX_ROWS} are read`, offset);
}

/** Refuses what cannot fit, with the figures, where the operating system would end the process later. */
export function requireMemory(bytes: number, purpose: string, advice: string): void {
  const available = native().runtime().memory;
  if (available === 0 || bytes <= available) return;
  throw new WordmillError(
    'ERR_WORDMILL_MEMORY',
    `${purpose} takes ${megabytes(bytes)} and ${megabytes(available)} are left; ${advice}`,
  );
}

export function formatError(message: string, offset?: number): WordmillError {
  return new WordmillError('ERR_WORDMILL_FORMAT', message, { offset });
}

export function limitError(message: string, offset?: number): WordmillError {
  return new WordmillError('ERR_WORDMILL_LIMIT', message, { offset });
}

export function truncatedError(message: string, offset: number): WordmillError {
  return new WordmillError('ERR_WORDMILL_TRUNCATED', `${message}: the file is incomplete, get it again`, { offset });
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`;
}

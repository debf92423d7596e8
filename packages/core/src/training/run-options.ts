import * as v from 'valibot';
import { WordmillError } from '../errors.js';
import { filePath } from '../files.js';
import type { CheckpointInterval } from '../schedule.js';

/** Where and how often to write a checkpoint. */
export interface CheckpointOptions {
  /** The file; each checkpoint replaces the one before when it is complete. */
  readonly path: string | URL;
  /** Default `{ epochs: 1 }`. */
  readonly every?: CheckpointInterval | undefined;
}

export const interval = v.custom<CheckpointInterval>((value) => {
  if (typeof value !== 'object' || value === null) return false;
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0) return false;
  const [unit, period] = entry;
  if (unit === 'minutes') return Number.isFinite(period) && period > 0;
  return (unit === 'epochs' || unit === 'blocks') && Number.isSafeInteger(period) && period > 0;
}, 'must be { epochs }, { blocks } or { minutes } with a number above 0');

const path = v.custom<string | URL>(
  (value) => typeof value === 'string' || value instanceof URL,
  (issue) => `must be a path or a file: URL, not ${issue.received}`,
);

/** {@link CheckpointOptions} as an entry of a schema. */
export const checkpoint = v.optional(v.strictObject({ path, every: v.optional(interval) }));

/** Options whose checkpoint can be written. */
export function checkRun<Options extends { checkpoint?: { path: string | URL } | undefined }>(
  options: Options,
): Options {
  if (options.checkpoint !== undefined) filePath(options.checkpoint.path, 'checkpoint.path');
  return options;
}

/** The error for an option that cannot be as it is. */
export function contradiction(option: string, text: string): WordmillError {
  return new WordmillError('ERR_WORDMILL_OPTION', `option ${option} ${text}`, { option });
}

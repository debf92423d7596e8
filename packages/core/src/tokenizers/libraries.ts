import { WordmillError } from '../errors.js';

/** Refuses an object of another kind than the library's, or of a version that has not what is needed of it. */
export function requireLibrary(value: unknown, methods: readonly string[], what: string): void {
  const missing = methods.filter(
    (name) => typeof (value as Record<string, unknown> | null | undefined)?.[name] !== 'function',
  );
  if (missing.length > 0) throw notOfLibrary(what, `it has no ${missing.join(', ')}`);
}

/** The error for an object that no tokenizer can be made of. */
export function notOfLibrary(what: string, reason: string): WordmillError {
  return new WordmillError(
    'ERR_WORDMILL_TOKENIZER',
    `this is not ${what}: ${reason}; see its documentation for how to make one`,
    {
      option: 'tokenizer',
    },
  );
}

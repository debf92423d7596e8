import { isWordmillError } from '@wordmill/core';
import { spelling } from './arguments.js';
import type { Command } from './command.js';
import { UsageError } from './usage-error.js';

/** How a failed command ends. */
export interface Failure {
  readonly status: 1 | 2;
  /** one line, or the whole stack when debugging */
  readonly text: string;
}

/** What was being done: the command, once it is known, and how its options were written. */
export interface Invocation {
  readonly command?: Command | undefined;
  readonly written?: ReadonlyMap<string, string> | undefined;
}

/** What to tell of an error: one line that says what is wrong and what to do. */
export function failureOf(error: unknown, invocation: Invocation = {}): Failure {
  const isUsage = error instanceof UsageError || (isWordmillError(error) && error.code === 'ERR_WORDMILL_OPTION');
  const status = isUsage ? 2 : 1;
  if (process.env.WORDMILL_DEBUG === '1') return { status, text: stackOf(error) };
  const message = messageOf(error, invocation).replace(/\s*\n\s*/g, ' ');
  const hint = isUsage && invocation.command !== undefined ? ` (see: wordmill ${invocation.command.name} --help)` : '';
  return { status, text: `wordmill: ${message}${hint}` };
}

function messageOf(error: unknown, { command, written }: Invocation): string {
  if (isWordmillError(error)) return withSpelling(error.message, command, written);
  if (error instanceof UsageError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `${message} (WORDMILL_DEBUG=1 shows where this comes from)`;
}

/** The library's names of options as they are written here: `option vectorSize: must be` as `-size must be`. */
function withSpelling(message: string, command: Command | undefined, written: Invocation['written']): string {
  let text = message;
  for (const key of Object.keys(command?.options ?? {})) {
    const name = written?.get(key) ?? `--${spelling(key)}`;
    text = text.replace(new RegExp(`\\boption ${key}\\b(: (?=must))?`, 'g'), (_, must) => (must ? `${name} ` : name));
    // Elsewhere only names that are no words of the language.
    if (/[A-Z]/.test(key)) text = text.replace(new RegExp(`\\b${key}\\b`, 'g'), name);
  }
  return text;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

import { open } from 'node:fs/promises';
import { fileError, WordmillError } from '../errors.js';
import { filePath, statRegularFile } from '../files.js';

/** Lines of a test set: the path of a file, or the lines themselves. */
export type LineSource = string | URL | Iterable<string> | AsyncIterable<string>;

/** A line that is not blank, and its number from 1. */
export interface NumberedLine {
  readonly text: string;
  readonly number: number;
}

/** The lines of a test set; `error` makes the error for one that is malformed. */
export async function* testLines(source: LineSource, signal: AbortSignal | undefined): AsyncGenerator<NumberedLine> {
  let number = 0;
  for await (const line of linesOf(source)) {
    number++;
    if (number % 4096 === 1) signal?.throwIfAborted();
    const text = (number === 1 ? line.replace(/^\ufeff/, '') : line).trim();
    if (text !== '') yield { text, number };
  }
}

/** ERR_WORDMILL_FORMAT for a line that is not what it should be. */
export function lineError(source: LineSource, { text, number }: NumberedLine, expected: string): WordmillError {
  const file = typeof source === 'string' || source instanceof URL ? filePath(source) : undefined;
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  const where = file === undefined ? `line ${number}` : `${file}: line ${number}`;
  return new WordmillError('ERR_WORDMILL_FORMAT', `${where} is not ${expected}: ${shown}`, { file });
}

async function* linesOf(source: LineSource): AsyncGenerator<string> {
  if (typeof source !== 'string' && !(source instanceof URL)) {
    yield* source;
    return;
  }
  const path = filePath(source);
  try {
    await statRegularFile(path);
    const handle = await open(path, 'r');
    try {
      yield* handle.readLines();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileError } from '@wordmill/core/internal';
import { FastTextClassifier } from '@wordmill/fasttext';
import type { Context } from '../command.js';
import { choice, text } from '../option-types.js';
import { UsageError } from '../usage-error.js';

/** What fastText's commands that ask a classifier have in common: MODEL FILE [K] [THRESHOLD]. */
export interface Question {
  readonly classifier: FastTextClassifier;
  /** `-`: standard input */
  readonly file: string;
  readonly k: number;
  readonly threshold: number;
}

export const questionOptions = {
  label: text({ help: 'what labels begin with; a .bin does not say it', fallback: '__label__' }),
  sigmoid: choice(['exact', 'table'], {
    help: "probabilities with -loss ns and ova: exact, or from fastText's table of 512 steps",
  }),
} as const;

export async function questionOf(
  [model, file, k = '1', threshold = '0', ...more]: readonly string[],
  label: string | undefined,
  { output, signal }: Context,
): Promise<Question> {
  if (model === undefined) throw new UsageError('MODEL is missing: give a classifier as .bin or .safetensors');
  if (file === undefined) throw new UsageError('FILE is missing: give a text, or - for standard input');
  if (more.length > 0) throw new UsageError(`there is one operand too many: ${more[0]}`);
  if (!/^(-1|[1-9]\d{0,8})$/.test(k)) {
    throw new UsageError(`K must be a whole number from 1, or -1 for all labels, not ${JSON.stringify(k)}`);
  }
  const least = Number(threshold);
  if (!(least >= 0 && least <= 1) || threshold.trim() === '') {
    throw new UsageError(`THRESHOLD must be a number from 0 to 1, not ${JSON.stringify(threshold)}`);
  }
  const classifier = await FastTextClassifier.load(model, {
    labelPrefix: label,
    signal,
    onProgress: output.progress.update,
  });
  output.progress.stop();
  return { classifier, file, k: k === '-1' ? Number.POSITIVE_INFINITY : Number(k), threshold: least };
}

/** The lines of a file or of standard input; bytes that are not UTF-8 become U+FFFD. */
export async function* linesOf(file: string, signal: AbortSignal): AsyncGenerator<string> {
  const stream = file === '-' ? process.stdin : createReadStream(file);
  const failed = new Promise<never>((_, reject) => {
    stream.once('error', (error: Error) => reject(fileError(error, file)));
  });
  failed.catch(() => {});
  const lines = createInterface({ input: stream, signal, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await Promise.race([lines.next(), failed]);
    if (done || signal.aborted) return;
    yield value;
  }
}

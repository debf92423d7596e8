import { isatty } from 'node:tty';
import type { CorpusView } from '@wordmill/core';
import { refuseUnknown } from '@wordmill/glove/internal';
import { integer, number } from '../option-types.js';
import type { Output } from '../output.js';
import { UsageError } from '../usage-error.js';

// What the commands that stand for GloVe's programs share.

export const verboseOption = integer({
  help: '2: progress and summary, 1: summary, 0: nothing, on standard error',
  fallback: '2',
});

export const memoryOption = (what: string) => number({ value: 'GB', help: what, fallback: '4.0' });

/** GB of GloVe's `-memory` in bytes. */
export const gigabytes = (given: number | undefined): number | undefined =>
  given === undefined ? undefined : Math.round(given * 2 ** 30);

/** How GloVe's programs see text: a line is a sentence, however long. */
export const LINES_AS_SENTENCES = { sentence: 'line', maxSentenceLength: 1 << 20 } as const;

/** As vocab_count: `<unk>` stands for words that are left out. */
export function refuseUnknownWord(view: CorpusView): void {
  const keys = view.native.keys();
  try {
    refuseUnknown(keys);
  } finally {
    keys.dispose();
  }
}

/** Says which options of the reference were given that have nothing to set here, once, where the user looks. */
export function explainNeedless(
  given: Readonly<Record<string, unknown>>,
  needless: Readonly<Record<string, string>>,
  verbose: number,
  output: Output,
): void {
  if (verbose < 1) return;
  for (const [key, reason] of Object.entries(needless)) {
    if (given[key] !== undefined) output.status(`wordmill: ${reason}`);
  }
}

/** GloVe takes the time of day for seed 0. */
export const seedOf = (given: number | undefined): number => (given ? given : Math.floor(Date.now() / 1000));

export function refuseTerminal(what: string): void {
  if (isatty(1)) throw new UsageError(`${what} are no text for a terminal: redirect them to a file, or give -o FILE`);
}

import { runtime } from '@wordmill/core';
import type { Settings } from '../bench/case.js';
import { BASELINE, measure } from '../bench/measure.js';
import { markdownLines, reportOf, textLines } from '../bench/report.js';
import { defineCommand } from '../command.js';
import { choice, flag, integer, text } from '../option-types.js';
import { threadsOption } from '../text-input.js';
import { UsageError } from '../usage-error.js';

const FULL = { words: 1_000_000, rows: 100_000, rounds: 5, seconds: 0.2 };
const QUICK = { words: 20_000, rows: 2000, rounds: 2, seconds: 0.002 };

export const bench = defineCommand({
  name: 'bench',
  summary: 'measure this machine: each instruction set, and a GPU, against the scalar fallback',
  usage: ['bench [OPTION...]'],
  description: `Measures the kernels, reading text and training, in one process for each instruction set that runs here,
    and one for a GPU where that is asked for. They take turns, round by round; a figure is the median of the rounds, and a ratio that of the ratios within a round. The
    text is synthetic, the same each time: its words follow Zipf's law.`,
  options: {
    isa: text({
      value: 'LIST',
      help: 'only these instruction sets, such as avx2,avx512; scalar, which ratios refer to, is always measured',
      fallback: 'all that run here',
    }),
    device: choice(['cpu', 'cuda', 'all'], {
      help: 'cpu: the instruction sets; cuda: what a GPU does too, beside scalar; all: all of it',
      fallback: 'cpu',
    }),
    threads: threadsOption,
    words: integer({ also: ['size'], help: 'words of text', fallback: `${FULL.words}` }),
    rows: integer({ help: 'rows of the tables that kernels work on', fallback: `${FULL.rows}` }),
    dimension: integer({ also: ['vector-size'], help: 'numbers in a vector', fallback: '100' }),
    rounds: integer({ help: 'measurements of each figure', fallback: `${FULL.rounds}` }),
    seed: integer({ help: 'of the text and of the trainings', fallback: '1' }),
    quick: flag({ help: 'a few seconds on little work, to see that everything runs; the figures mean nothing' }),
    markdown: flag({ help: 'print a Markdown table' }),
  },
  examples: [
    'wordmill bench',
    'wordmill bench --threads 1 --isa avx2',
    'wordmill bench --device all',
    'wordmill bench --markdown > bench.md',
  ],
  async run({ options: given, operands }, { output, signal }) {
    if (operands.length > 0) throw new UsageError(`bench takes no operand; ${operands[0]} is too much`);
    if (given.markdown && output.json) throw new UsageError('--markdown cannot go with --json');
    const { isa, device = 'cpu', threads = 0, dimension = 100, seed = 1, quick } = given;
    const { words, rows, rounds, seconds } = { ...(quick ? QUICK : FULL), ...defined(given) };
    const here = runtime();
    const settings: Settings = {
      words: checked('words', words, 1000),
      rows: checked('rows', rows, 1000),
      rounds: checked('rounds', rounds, 1),
      columns: checked('dimension', dimension, 1),
      threads: checked('threads', threads, 0) || here.threads,
      seed: checked('seed', seed, 0),
      seconds,
    };
    const measured = await measure({
      isas: device === 'cuda' && isa === undefined ? [BASELINE] : chosen(isa, here.available),
      cuda: device !== 'cpu',
      deviceCasesOnly: device === 'cuda',
      settings,
      signal,
      onProgress: (done, total) => output.progress.update({ phase: 'measuring', done, total }),
    });
    const report = reportOf(measured, settings);
    output.result(report, () => (given.markdown ? markdownLines(report) : textLines(report)));
  },
});

function defined<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}

function checked(name: string, value: number, least: number): number {
  if (value < least) throw new UsageError(`--${name} must be at least ${least}, not ${value}`);
  return value;
}

/** The baseline and, of those that run here, the ones asked for. */
function chosen(list: string | undefined, available: readonly string[]): string[] {
  const names = list === undefined ? available : list.split(',').map((name) => name.trim());
  const missing = names.find((name) => !available.includes(name));
  if (missing !== undefined) {
    throw new UsageError(`--isa ${missing} does not run here; these do: ${available.join(', ')}`);
  }
  return [BASELINE, ...available.filter((isa) => isa !== BASELINE && names.includes(isa))];
}

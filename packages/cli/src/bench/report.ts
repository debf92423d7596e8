import { totalmem } from 'node:os';
import { table } from '../figures.js';
import { version } from '../version.js';
import type { Settings } from './case.js';
import { BASELINE, type Figure, type Measurement } from './measure.js';

/** The result as one object: where, how and what was measured. */
export function reportOf({ runtimes, figures }: Measurement, settings: Settings) {
  const { processor, compiler, version: engine, threads } = runtimes[0]!;
  return {
    machine: { processor, platform: `${process.platform}-${process.arch}`, threads, memory: totalmem() },
    versions: { wordmill: version(), engine, compiler, node: process.versions.node },
    isas: runtimes.map(({ isa }) => isa),
    settings,
    figures,
  };
}

export type BenchReport = ReturnType<typeof reportOf>;

/** The report as lines for a terminal. */
export function* textLines(report: BenchReport): Generator<string> {
  yield* introduction(report);
  yield '';
  yield* table(cells(report));
}

/** The report as a Markdown table. */
export function* markdownLines(report: BenchReport): Generator<string> {
  for (const line of introduction(report)) yield `${line}  `;
  yield '';
  const [head, ...rows] = cells(report);
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  yield line(head!);
  yield line(head!.map((_, i) => (i === 0 ? '---' : '---:')));
  for (const row of rows) yield line(row);
}

function* introduction({ machine, versions, settings }: BenchReport): Generator<string> {
  const { words, rows, columns, threads, rounds } = settings;
  yield `wordmill ${versions.wordmill}, ${versions.compiler}, Node.js ${versions.node}`;
  yield `${machine.processor}, ${machine.platform}, ${threads} of ${machine.threads} threads`;
  yield `text of ${words} words, tables of ${rows} x ${columns}; medians of ${rounds}, x = times ${BASELINE}`;
}

/** One row for each figure: each instruction set has its figure, and its ratio to the baseline. */
function cells({ isas, figures }: BenchReport): string[][] {
  const head = ['', 'unit', ...isas.flatMap((isa) => (isa === BASELINE ? [isa] : [isa, 'x']))];
  const hasLoss = figures.some(({ results }) => results[BASELINE]!.loss !== undefined);
  const rows = figures.map(({ name, unit, results }) => [
    name,
    unit,
    ...isas.flatMap((isa) => {
      const { median, ratio } = results[isa]!;
      return isa === BASELINE ? [digits(median)] : [digits(median), ratio.toFixed(2)];
    }),
    ...(hasLoss ? [losses(isas, results)] : []),
  ]);
  return [hasLoss ? [...head, 'loss'] : head, ...rows];
}

/** One number where all agree on it. */
function losses(isas: readonly string[], results: Figure['results']): string {
  const all = isas.map((isa) => results[isa]!.loss?.toFixed(3) ?? '');
  return [...new Set(all)].join(' ');
}

const digits = (value: number): string => (value >= 1000 ? value.toFixed(0) : value.toPrecision(3));

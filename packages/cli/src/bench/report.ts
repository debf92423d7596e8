import { totalmem } from 'node:os';
import { table } from '../figures.js';
import { version } from '../version.js';
import type { Settings } from './case.js';
import { BASELINE, type Figure, type Measurement } from './measure.js';

/** The result as one object: where, how and what was measured. */
export function reportOf({ runtimes, devices, figures }: Measurement, settings: Settings) {
  const { processor, compiler, version: engine, threads } = runtimes[0]!;
  return {
    machine: { processor, platform: `${process.platform}-${process.arch}`, threads, memory: totalmem() },
    versions: { wordmill: version(), engine, compiler, node: process.versions.node },
    isas: runtimes.map(({ isa }) => isa),
    devices,
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

function* introduction({ machine, versions, settings, devices, figures }: BenchReport): Generator<string> {
  const { words, rows, columns, threads, rounds } = settings;
  yield `wordmill ${versions.wordmill}, ${versions.compiler}, Node.js ${versions.node}`;
  yield `${machine.processor}, ${machine.platform}, ${threads} of ${machine.threads} threads`;
  yield `text of ${words} words, tables of ${rows} x ${columns}; medians of ${rounds}, x = times ${BASELINE}`;
  for (const [name, { gpu, reason }] of Object.entries(devices)) yield `${name}: ${gpu ?? `not measured: ${reason}`}`;
  for (const { name, gaps = {} } of figures) {
    for (const reason of Object.values(gaps)) yield `${name}: no figure for ${reason}`;
  }
}

/** One row for each figure: each instruction set and device has its figure, and its ratio to the baseline. */
function cells({ isas, devices, figures }: BenchReport): string[][] {
  const columns = [...isas, ...Object.keys(devices)];
  const head = ['', 'unit', ...columns.flatMap((name) => (name === BASELINE ? [name] : [name, 'x']))];
  const hasLoss = figures.some(({ results }) => results[BASELINE]!.loss !== undefined);
  const rows = figures.map(({ name, unit, results }) => [
    name,
    unit,
    ...columns.flatMap((column) => {
      const figure = results[column];
      if (figure === undefined) return ['-', '-'];
      return column === BASELINE ? [digits(figure.median)] : [digits(figure.median), figure.ratio.toFixed(2)];
    }),
    ...(hasLoss ? [losses(results)] : []),
  ]);
  return [hasLoss ? [...head, 'loss'] : head, ...rows];
}

/** One number where all agree on it. */
function losses(results: Figure['results']): string {
  const all = Object.values(results).map(({ loss }) => loss?.toFixed(3) ?? '');
  return [...new Set(all)].join(' ');
}

const digits = (value: number): string => (value >= 1000 ? value.toFixed(0) : value.toPrecision(3));

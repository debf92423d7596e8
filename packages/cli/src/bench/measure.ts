import type { RuntimeInfo } from '@wordmill/core';
import type { Sample, Settings } from './case.js';
import { cases } from './cases/index.js';
import { IsaProcess } from './isa-process.js';

/** What all ratios refer to: the fallback for processors without vector instructions that are known. */
export const BASELINE = 'scalar';

/** A case in one instruction set. */
export interface IsaFigure {
  /** median of the samples, in the unit of the figure */
  readonly median: number;
  readonly samples: readonly number[];
  /** median of the ratios to the scalar sample of the same round */
  readonly ratio: number;
  /** mean loss after the training, where one was measured; median */
  readonly loss?: number | undefined;
}

/** A case in all of them. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly results: Readonly<Record<string, IsaFigure>>;
}

export interface Measurement {
  readonly runtimes: readonly RuntimeInfo[];
  readonly figures: readonly Figure[];
}

export interface MeasureOptions {
  readonly isas: readonly string[];
  readonly settings: Settings;
  readonly signal: AbortSignal;
  /** Told how many figures there are of all. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Measures every case in one process for each instruction set; in each round they take turns. */
export async function measure({ isas, settings, signal, onProgress }: MeasureOptions): Promise<Measurement> {
  const processes = isas.map((isa) => new IsaProcess(isa));
  const stop = (): void => {
    for (const process of processes) process.stop();
  };
  signal.addEventListener('abort', stop);
  try {
    const runtimes: RuntimeInfo[] = [];
    for (const process of processes) runtimes.push(await process.describe());
    const figures: Figure[] = [];
    for (const { name, unit } of cases) {
      onProgress(figures.length, cases.length);
      figures.push({ name, unit, results: resultsOf(await takeTurns(processes, name, settings)) });
    }
    return { runtimes, figures };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

async function takeTurns(processes: readonly IsaProcess[], name: string, settings: Settings) {
  const samples = new Map<string, Sample[]>(processes.map(({ isa }) => [isa, []]));
  for (const process of processes) await process.prepare(name, settings);
  for (let round = 0; round < settings.rounds; round++) {
    for (const process of processes) samples.get(process.isa)!.push(await process.measure());
  }
  for (const process of processes) await process.finish();
  return samples;
}

function resultsOf(samples: ReadonlyMap<string, readonly Sample[]>): Record<string, IsaFigure> {
  const baseline = samples.get(BASELINE)!;
  const results: Record<string, IsaFigure> = {};
  for (const [isa, own] of samples) {
    const values = own.map(({ value }) => value);
    const losses = own.flatMap(({ loss }) => (loss === undefined ? [] : [loss]));
    results[isa] = {
      median: median(values),
      samples: values,
      ratio: median(values.map((value, round) => value / baseline[round]!.value)),
      ...(losses.length > 0 && { loss: median(losses) }),
    };
  }
  return results;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

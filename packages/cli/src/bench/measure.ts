import type { RuntimeInfo } from '@wordmill/core';
import type { Case, Sample, Settings } from './case.js';
import { cases } from './cases/index.js';
import { type FoundDevice, MeasuringProcess } from './measuring-process.js';

/** What all ratios refer to: the fallback for processors without vector instructions that are known. */
export const BASELINE = 'scalar';

/** A case in one instruction set, or on a GPU. */
export interface IsaFigure {
  /** median of the samples, in the unit of the figure */
  readonly median: number;
  readonly samples: readonly number[];
  /** median of the ratios to the scalar sample of the same round */
  readonly ratio: number;
  /** mean loss after the training, where one was measured; median */
  readonly loss?: number | undefined;
}

/** A case in all of them, and on a GPU, where that can do it. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly results: Readonly<Record<string, IsaFigure>>;
  /** why a GPU that was asked has no result, by its name */
  readonly gaps?: Readonly<Record<string, string>> | undefined;
}

export interface Measurement {
  readonly runtimes: readonly RuntimeInfo[];
  /** what was asked for beside the processor, by the name of its results */
  readonly devices: Readonly<Record<string, FoundDevice>>;
  readonly figures: readonly Figure[];
}

export interface MeasureOptions {
  /** the baseline among them */
  readonly isas: readonly string[];
  /** whether a GPU is measured too */
  readonly cuda: boolean;
  /** leave out what only the processor does */
  readonly deviceCasesOnly: boolean;
  readonly settings: Settings;
  readonly signal: AbortSignal;
  /** Told how many figures there are of all. */
  readonly onProgress: (done: number, total: number) => void;
}

const CUDA = 'cuda';

/** Measures every case in one process for each instruction set, and one for a GPU; in each round they take turns. */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const { isas, cuda, deviceCasesOnly, settings, signal, onProgress } = options;
  const processes = isas.map((isa) => new MeasuringProcess(isa, 'cpu'));
  const gpu = cuda ? new MeasuringProcess(CUDA, CUDA) : undefined;
  const stop = (): void => {
    for (const process of processes) process.stop();
    gpu?.stop();
  };
  signal.addEventListener('abort', stop);
  try {
    const runtimes: RuntimeInfo[] = [];
    for (const process of processes) runtimes.push(await process.describe());
    const found = await gpu?.findDevice();
    const chosen = deviceCasesOnly ? cases.filter(({ hasDevice }) => hasDevice) : cases;
    const figures: Figure[] = [];
    for (const one of chosen) {
      onProgress(figures.length, chosen.length);
      const asked = found?.gpu !== undefined && one.hasDevice ? [...processes, gpu!] : processes;
      figures.push(await takeTurns(asked, one, settings));
      signal.throwIfAborted();
    }
    return { runtimes, devices: found === undefined ? {} : { [CUDA]: found }, figures };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

async function takeTurns(
  processes: readonly MeasuringProcess[],
  { name, unit }: Case,
  settings: Settings,
): Promise<Figure> {
  const samples = new Map<string, Sample[]>(processes.map((process) => [process.name, []]));
  const gaps: Record<string, string> = {};
  /** What a GPU cannot do is a gap in the report. */
  const each = async (work: (process: MeasuringProcess) => Promise<void>): Promise<void> => {
    for (const process of processes) {
      if (!samples.has(process.name)) continue;
      try {
        await work(process);
      } catch (error) {
        if (process.device === 'cpu') throw error;
        samples.delete(process.name);
        gaps[process.name] = (error as Error).message;
      }
    }
  };
  await each((process) => process.prepare(name, settings));
  for (let round = 0; round < settings.rounds; round++) {
    await each(async (process) => {
      samples.get(process.name)!.push(await process.measure());
    });
  }
  await each((process) => process.finish());
  const isWhole = Object.keys(gaps).length === 0;
  return { name, unit, results: resultsOf(samples), ...(!isWhole && { gaps }) };
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

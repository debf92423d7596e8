import type { DeviceOption } from '@wordmill/core';

/** What all measurements of one run share. */
export interface Settings {
  /** words of the synthetic text */
  readonly words: number;
  /** rows of the tables that kernels work on */
  readonly rows: number;
  /** numbers in a row, and in a vector that is trained */
  readonly columns: number;
  /** engine threads */
  readonly threads: number;
  readonly seed: number;
  /** how often each case is measured */
  readonly rounds: number;
  /** short work is repeated until a measurement takes that many seconds */
  readonly seconds: number;
}

/** One thing that is measured in every instruction set. */
export interface Case {
  readonly name: string;
  readonly unit: string;
  /** whether a GPU can do it too */
  readonly hasDevice?: boolean;
  /** Makes what the work needs, which is not measured. */
  prepare(settings: CaseSettings): Promise<Work>;
}

export interface CaseSettings extends Settings {
  /** what does the work */
  readonly device: DeviceOption;
}

export interface Work {
  /** how much of the case's unit (without its "/s") one run does */
  readonly amount: number;
  /** Does it once. */
  run(): Promise<void>;
  /** What the last run says of itself, where it does. */
  outcome?(): Outcome;
  dispose(): void;
}

/** A run that measured itself. */
export interface Outcome {
  /** of the work alone; else the whole run is timed */
  readonly seconds: number;
  /** mean loss: what the speed must not be paid with */
  readonly loss: number;
}

/** One measurement of a case. */
export interface Sample {
  /** in the unit of the case */
  readonly value: number;
  readonly loss?: number | undefined;
}

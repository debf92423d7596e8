import { WordmillError } from '@wordmill/core';
import { checkOptions, finite, integer, signal, threads } from '@wordmill/core/internal';
import * as v from 'valibot';
import type { ClassifierOptions, LabelledSource } from './classifier-options.js';
import type { ClassifierSettings } from './classifier-settings.js';
import type { Evaluation } from './evaluation.js';

/** One attempt of {@link FastTextClassifier.autotune}. */
export interface AutotuneTrial {
  /** from 1 */
  readonly trial: number;
  readonly options: ClassifierSettings;
  /** what the metric gave; NaN for an attempt that failed */
  readonly score: number;
  /** whether it is the best one so far */
  readonly isBest: boolean;
  readonly seconds: number;
  /** why it failed, where it did: ERR_WORDMILL_DIVERGED, ERR_WORDMILL_MEMORY or ERR_WORDMILL_LIMIT */
  readonly error: WordmillError | undefined;
}

/** Options of {@link FastTextClassifier.autotune}. Those of a training that are given stay as they are, others are tried out. */
export interface AutotuneOptions extends Omit<ClassifierOptions, 'onProgress' | 'onEpoch' | 'onAbort'> {
  /** Labelled lines on which every attempt is tested (fastText `-autotune-validation`). */
  readonly validation: LabelledSource;
  /**
   * What shall be high: `f1`, `f1:LABEL`, `precisionAtRecall:30`, `precisionAtRecall:30:LABEL`, `recallAtPrecision:30` or
   * `recallAtPrecision:30:LABEL`, in percent. Default `f1` (fastText `-autotune-metric`).
   */
  readonly metric?: string | undefined;
  /** Labels that are predicted for each line. Default 1 (fastText `-autotune-predictions`). */
  readonly predictions?: number | undefined;
  /** Seconds to search. Default 300 (fastText `-autotune-duration`). */
  readonly duration?: number | undefined;
  /**
   * Bytes that the model's file may have: each attempt is quantised and cut to that. Default: no limit, and no quantisation (fastText
   * `-autotune-modelsize`).
   */
  readonly maxModelBytes?: number | undefined;
  /** What an abort does: `throw` (default) rejects with its reason, `return` ends the search with the best found, if there is any. */
  readonly onAbort?: 'throw' | 'return' | undefined;
  /** Called after each attempt. What it throws ends the search. */
  readonly onTrial?: ((trial: AutotuneTrial) => void) | undefined;
}

const schema = v.strictObject({
  metric: v.optional(v.string(), 'f1'),
  predictions: v.optional(integer(1), 1),
  duration: v.optional(finite(Number.MIN_VALUE, 1e9), 300),
  maxModelBytes: v.optional(integer(1)),
  onAbort: v.optional(v.picklist(['throw', 'return']), 'throw'),
  onTrial: v.optional(v.custom<(trial: AutotuneTrial) => void>((value) => typeof value === 'function')),
  threads,
  signal,
});

export type CheckedAutotune = v.InferOutput<typeof schema>;

export const checkAutotuneOptions = (options: object): CheckedAutotune => checkOptions(schema, options);

/** What is measured. */
export interface Metric {
  /** undefined: of all labels together */
  readonly label: string | undefined;
  score(evaluation: Evaluation): number;
}

/** Reads a metric as fastText's flag has it. */
export function metricOf(text: string): Metric {
  const [, name, share, rest] =
    /^(?:(f1)|(?:precisionAtRecall|recallAtPrecision):([^:]+))(?::(.+))?$/s.exec(text) ?? [];
  const label = rest;
  if (name === 'f1') {
    return { label, score: (test) => (label === undefined ? test.f1 : (test.labels().get(label)?.f1 ?? Number.NaN)) };
  }
  const percent = Number(share);
  if (share === undefined || !(percent >= 0 && percent <= 100)) {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `option metric must be f1, precisionAtRecall:PERCENT or recallAtPrecision:PERCENT, each perhaps with :LABEL, not ${JSON.stringify(text)}`,
      { option: 'metric' },
    );
  }
  return text.startsWith('precision')
    ? { label, score: (test) => test.precisionAtRecall(percent / 100, label) }
    : { label, score: (test) => test.recallAtPrecision(percent / 100, label) };
}

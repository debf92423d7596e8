import type { BagMode } from '@wordmill/native';
import * as v from 'valibot';
import { MAX_COLUMNS, MAX_ROWS } from '../formats/limits.js';
import { KeyedVectors } from '../keyed-vectors/keyed-vectors.js';
import { checkOptions, finite, flag, integer, oneOf, threads } from '../options.js';
import type { InitialRows } from './rows.js';

/** How a table is looked up and trained; torch's names are in parentheses. */
export interface LayerOptions {
  /**
   * A row that stands for nothing (`padding_idx`): it begins as zeros unless the rows are given, gets no gradient, and bags leave it
   * out. Default: none.
   */
  readonly paddingIndex?: number | undefined;
  /** Rows that are looked up are first cut to that length, in the table (`max_norm`). Above 0. Default: they are not. */
  readonly maxNorm?: number | undefined;
  /** p of that length (`norm_type`), the p-th root of the sum of p-th powers: above 0, or Infinity. Default 2. */
  readonly normType?: number | undefined;
  /**
   * Divides the gradient of a row by how often the row stands among the ids of the call (`scale_grad_by_freq`). Default false.
   */
  readonly scaleGradByFreq?: boolean | undefined;
  /** Begins with {@link Embedding.frozen} true (`freeze`). Default false. */
  readonly freeze?: boolean | undefined;
  /** Engine threads; 0, the default: as many as the process may run on. Results do not depend on it. */
  readonly threads?: number | undefined;
}

/** A new table. */
export interface EmbeddingOptions extends LayerOptions {
  /** Number of rows (`num_embeddings`); at least 1. */
  readonly rows: number;
  /** Length of each row (`embedding_dim`); the papers' d. */
  readonly dimension: number;
  /**
   * `normal` (default, as torch): mean 0, deviation 1; `uniform`: in [-0.05, 0.05), as Keras; or the rows themselves, one after the
   * other, or vectors with as many keys.
   */
  readonly initial?: InitialRows | undefined;
  /** Of all random numbers. Default 1. */
  readonly seed?: number | undefined;
}

/** What a table becomes. */
export interface ResizeOptions {
  /**
   * How new rows begin: `mean` (default), the mean of the old ones, so that they change predictions as little as can be; `normal`, random with
   * the mean and the deviation that each column has in the old ones.
   */
  readonly initial?: 'mean' | 'normal' | undefined;
  /** The number of rows is rounded up to a multiple of this (`pad_to_multiple_of`). Default 1. */
  readonly padToMultipleOf?: number | undefined;
  /** Of the random numbers. Default: that of the constructor. */
  readonly seed?: number | undefined;
}

/** What is made of the rows of a bag. */
export interface BagOptions {
  /** `mean` (default, as torch's EmbeddingBag), `sum` or `max`, column by column. */
  readonly mode?: BagMode | undefined;
  /** Factor of each id, for `sum` (`per_sample_weights`). Default: 1 each. */
  readonly weights?: Float32Array | readonly number[] | undefined;
  /** Whether `offsets` ends with the number of ids (`include_last_offset`). Default false. */
  readonly includeLastOffset?: boolean | undefined;
}

/** {@link BagOptions}, and what else is wanted of the gradient. */
export interface BagGradientOptions extends BagOptions {
  /** Where the gradients of the weights go, one for each id; with mode `sum`. */
  readonly weightGradient?: Float32Array | undefined;
}

const positive = v.custom<number>(
  (value) => typeof value === 'number' && value > 0,
  (issue) => `must be a number above 0, not ${issue.received}`,
);

const layerEntries = {
  paddingIndex: v.optional(integer(0, MAX_ROWS)),
  maxNorm: v.optional(v.pipe(positive, finite())),
  normType: v.optional(positive, 2),
  scaleGradByFreq: v.optional(flag, false),
  freeze: v.optional(flag, false),
  threads,
};

const rows = integer(1, MAX_ROWS);
const seed = integer(0);

const embeddingSchema = v.strictObject({
  rows,
  dimension: integer(1, MAX_COLUMNS),
  initial: v.optional(
    v.custom<InitialRows>(
      (value) =>
        value === 'normal' || value === 'uniform' || value instanceof Float32Array || value instanceof KeyedVectors,
      (issue) => `must be 'normal', 'uniform', a Float32Array or KeyedVectors, not ${issue.received}`,
    ),
    'normal',
  ),
  seed: v.optional(seed, 1),
  ...layerEntries,
});

const rowsSchema = v.strictObject({ rows });

const resizeSchema = v.strictObject({
  initial: v.optional(oneOf('mean', 'normal'), 'mean'),
  padToMultipleOf: v.optional(integer(1, MAX_ROWS), 1),
  seed: v.optional(seed),
});

const bagEntries = {
  mode: v.optional(oneOf('mean', 'sum', 'max'), 'mean'),
  weights: v.optional(
    v.custom<Float32Array | readonly number[]>(
      (value) => value instanceof Float32Array || Array.isArray(value),
      (issue) => `must be a Float32Array or an array of numbers, not ${issue.received}`,
    ),
  ),
  includeLastOffset: v.optional(flag, false),
};

const bagSchema = v.strictObject(bagEntries);

const bagGradientSchema = v.strictObject({
  ...bagEntries,
  weightGradient: v.optional(v.instance(Float32Array, (issue) => `must be a Float32Array, not ${issue.received}`)),
});

export const checkEmbedding = (options: EmbeddingOptions) => checkOptions(embeddingSchema, options);
export const checkBag = (options: BagOptions | undefined) => checkOptions(bagSchema, options);
export const checkBagGradient = (options: BagGradientOptions | undefined) => checkOptions(bagGradientSchema, options);

export const checkRows = (size: number): number => checkOptions(rowsSchema, { rows: size }).rows;
export const checkResize = (options: ResizeOptions | undefined) => checkOptions(resizeSchema, options);

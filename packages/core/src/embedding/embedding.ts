import { type Bags, type Embedding as NativeEmbedding, native, type Table } from '@wordmill/native';
import { WordmillError } from '../errors.js';
import { MAX_ROWS } from '../formats/limits.js';
import { createIndex } from '../keyed-vectors/build.js';
import { KeyedVectors } from '../keyed-vectors/keyed-vectors.js';
import { type Ids, newNumbers, toIds, toNumbers, toOffsets } from './ids.js';
import {
  type BagGradientOptions,
  type BagOptions,
  checkBag,
  checkBagGradient,
  checkEmbedding,
  checkResize,
  checkRows,
  type EmbeddingOptions,
  type LayerOptions,
  type ResizeOptions,
} from './options.js';
import { copyRows, fillRows, newTable, resizedTable } from './rows.js';
import { checkStep, type StepOptions } from './step-options.js';

/**
 * A look-up table that is trained by back-propagation, as torch's `Embedding` and `EmbeddingBag`: rows by id, their sums, means
 * and largest numbers, sparse gradients, and steps on the rows that have one. The same table can be the output layer
 * ({@link logits}).
 *
 * Everything is synchronous, and the same for any number of threads. Wrong arguments are ERR_WORDMILL_OPTION, naming the
 * argument and the position, and change nothing.
 *
 * @example
 * const embedding = new Embedding({ rows: 1000, dimension: 64, paddingIndex: 0 });
 * const vectors = embedding.forward([5, 7, 5]);
 * embedding.backward([5, 7, 5], gradientOf(vectors));
 * embedding.step({ optimizer: 'adagrad', learningRate: 0.1 });
 * embedding.zeroGradient();
 */
export class Embedding {
  readonly #options: Omit<ReturnType<typeof checkEmbedding>, 'initial'>;
  #table: Table;
  #native: NativeEmbedding;
  #rows: number;
  #frozen: boolean;
  #disposed = false;

  /** Length of each row; the papers' d. */
  readonly dimension: number;
  /** The row that stands for nothing; undefined where there is none. */
  readonly paddingIndex: number | undefined;

  /** Throws ERR_WORDMILL_OPTION, and ERR_WORDMILL_MEMORY where the table would not fit. */
  constructor(options: EmbeddingOptions) {
    const { initial, ...checked } = checkEmbedding(options);
    const { rows, dimension, paddingIndex } = checked;
    if (paddingIndex !== undefined && paddingIndex >= rows) {
      throw wrong(`option paddingIndex: ${paddingIndex} is not one of the ${rows} rows`, 'paddingIndex');
    }
    this.#options = checked;
    this.#rows = rows;
    this.#frozen = checked.freeze;
    this.dimension = dimension;
    this.paddingIndex = paddingIndex;
    this.#table = newTable(rows, dimension);
    try {
      fillRows(this.#table, initial, BigInt(checked.seed), checked.threads);
      if (paddingIndex !== undefined && typeof initial === 'string') {
        this.#table.write(paddingIndex, 1, 'f32', new Float32Array(dimension));
      }
      this.#native = this.#layerOn(this.#table);
    } catch (error) {
      this.#table.dispose();
      throw error;
    }
  }

  /** An embedding that begins as a copy of vectors, row by row. */
  static from(vectors: KeyedVectors, options: LayerOptions = {}): Embedding {
    if (!(vectors instanceof KeyedVectors))
      throw wrong(`vectors must be KeyedVectors, not ${typeof vectors}`, 'vectors');
    return new Embedding({ ...options, rows: vectors.size, dimension: vectors.dimension, initial: vectors });
  }

  /** Number of rows. */
  get rows(): number {
    return this.#rows;
  }

  /** Frozen, gradients are checked and dropped, and steps change nothing; gradients of what goes in are still found. */
  get frozen(): boolean {
    return this.#frozen;
  }

  set frozen(frozen: boolean) {
    if (typeof frozen !== 'boolean') throw wrong(`frozen must be true or false, not ${typeof frozen}`, 'frozen');
    this.#open.freeze(frozen);
    this.#frozen = frozen;
  }

  // ---- rows by id

  /**
   * Copies of the rows of some ids, one after the other (into `out`, where given). With `maxNorm`, rows that are longer are first cut
   * to it, in the table.
   */
  forward(ids: Ids, out?: Float32Array | undefined): Float32Array {
    const rows = toIds(ids, 'ids');
    const layer = this.#open;
    const result = out ?? newNumbers(rows.length, this.dimension);
    layer.forward(rows, result);
    return result;
  }

  /**
   * Adds gradients, one after the other, to those of the rows of some ids. Those of an id that is repeated add up; the padding's
   * is left out. Throws ERR_WORDMILL_OPTION for one that is not finite.
   */
  backward(ids: Ids, gradient: Float32Array): void {
    this.#open.backward(toIds(ids, 'ids'), gradient);
  }

  // ---- bags of rows

  /**
   * The mean (or sum, or largest numbers) of the rows of each bag: bag b holds the ids from `offsets[b]` to `offsets[b + 1]`, the last
   * one all that are left. A bag without rows gives zeros; of equal numbers the largest is that of the first row.
   *
   * @example
   * embedding.bag([4, 9, 9, 2], [0, 3], { mode: 'sum' }); // 4 + 9 + 9, and 2
   */
  bag(ids: Ids, offsets: Ids, options?: BagOptions | undefined, out?: Float32Array | undefined): Float32Array {
    const bags = bagsOf(ids, offsets, checkBag(options));
    const layer = this.#open;
    const result = out ?? newNumbers(bags.offsets.length, this.dimension);
    layer.bag(bags, result);
    return result;
  }

  /**
   * Adds the gradients of rows, given those of their bags. With mode `max` the rows are compared again, so the table must be as it
   * was in {@link bag}.
   */
  backwardBag(ids: Ids, offsets: Ids, gradient: Float32Array, options?: BagGradientOptions | undefined): void {
    const { weightGradient, ...rest } = checkBagGradient(options);
    this.#open.bagBackward(bagsOf(ids, offsets, rest), gradient, weightGradient);
  }

  // ---- the table as an output layer

  /**
   * The inner product of each hidden vector with each row: as many numbers a vector as there are rows (into `out`, where given).
   * So one table is both ends of a model (tied weights, Press and Wolf 2017).
   */
  logits(hidden: Float32Array, out?: Float32Array | undefined): Float32Array {
    const layer = this.#open;
    const result = out ?? newNumbers(this.#hiddenCount(hidden), this.#rows);
    layer.logits(hidden, result);
    return result;
  }

  /**
   * Adds the gradients of all rows but the padding's, given those of the {@link logits}, and gives the gradients of the hidden vectors
   * (into `out`, where given).
   */
  backwardLogits(hidden: Float32Array, gradient: Float32Array, out?: Float32Array | undefined): Float32Array {
    const layer = this.#open;
    const result = out ?? newNumbers(this.#hiddenCount(hidden), this.dimension);
    layer.logitsBackward(hidden, gradient, result);
    return result;
  }

  // ---- training

  /**
   * A step on the rows that have a gradient; all others stay as they are, also their momentum or running means. Gradients stay
   * too: call {@link zeroGradient} afterwards.
   */
  step(options: StepOptions): void {
    const { optimizer, rate } = checkStep(options);
    this.#open.step(optimizer, rate);
  }

  /** Forgets all gradients. */
  zeroGradient(): void {
    this.#open.zeroGradient();
  }

  /** The rows that have a gradient, and copies of their gradients, one after the other. */
  gradient(): { readonly rows: Uint32Array; readonly values: Float32Array } {
    return this.#open.gradient();
  }

  // ---- the table

  /** A copy of all rows, one after the other. */
  toFloat32Array(): Float32Array {
    const out = newNumbers(this.#open.describe().rows, this.dimension);
    this.#table.read(0, this.#rows, 'f32', out);
    return out;
  }

  /**
   * Copies of the first rows as vectors, with a key for each: what can be searched, evaluated and saved. There may be fewer keys than
   * rows, as after padding to a multiple.
   */
  toVectors(keys: Iterable<string>): KeyedVectors {
    if (typeof keys !== 'object' || keys === null || !(Symbol.iterator in keys)) {
      throw wrong(`keys must be an array or another iterable of strings, not ${typeof keys}`, 'keys');
    }
    const names = [...keys];
    const { rows } = this.#open.describe();
    if (names.length === 0 || names.length > rows) {
      throw wrong(`${names.length} keys were given for ${rows} rows; there must be 1 to ${rows}`, 'keys');
    }
    const index = createIndex(names);
    try {
      const table = newTable(names.length, this.dimension);
      copyRows(this.#table, table, names.length);
      return KeyedVectors.fromNative({ table, keys: index, counts: undefined });
    } catch (error) {
      index.dispose();
      throw error;
    }
  }

  /**
   * Cuts rows off the end, or appends some; returns their number. Gradients and what the optimizer remembered are forgotten.
   *
   * @example
   * embedding.resize(tokenizer.size, { padToMultipleOf: 64 });
   */
  resize(rows: number, options?: ResizeOptions | undefined): number {
    const { padToMultipleOf, initial, seed } = checkResize(options);
    const old = this.#open;
    const size = Math.ceil(checkRows(rows) / padToMultipleOf) * padToMultipleOf;
    if (size > MAX_ROWS) throw wrong(`option rows: ${size} rows are more than ${MAX_ROWS}`, 'rows');
    if (this.paddingIndex !== undefined && this.paddingIndex >= size) {
      throw wrong(`option rows: the padding is row ${this.paddingIndex}, beyond ${size} rows`, 'rows');
    }
    const { threads } = this.#options;
    const randomness = BigInt(seed ?? this.#options.seed);
    const table = resizedTable(this.#table, size, { initial, seed: randomness, leftOut: this.paddingIndex, threads });
    try {
      this.#native = this.#layerOn(table);
    } catch (error) {
      table.dispose();
      throw error;
    }
    old.dispose();
    this.#table.dispose();
    this.#table = table;
    this.#rows = size;
    return size;
  }

  /** Frees the memory. Using the embedding afterwards is ERR_WORDMILL_DISPOSED. */
  dispose(): void {
    this.#disposed = true;
    this.#native.dispose();
    this.#table.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  get #open(): NativeEmbedding {
    if (this.#disposed) throw new WordmillError('ERR_WORDMILL_DISPOSED', 'the embedding has been disposed of');
    return this.#native;
  }

  #layerOn(table: Table): NativeEmbedding {
    const { maxNorm, normType, scaleGradByFreq, threads } = this.#options;
    const { paddingIndex } = this;
    const layer = native().createEmbedding(table, {
      paddingIndex,
      maxNorm: maxNorm ?? 0,
      normType,
      scaleByFrequency: scaleGradByFreq,
      threads,
    });
    layer.freeze(this.#frozen);
    return layer;
  }

  #hiddenCount(hidden: Float32Array): number {
    if (hidden instanceof Float32Array && hidden.length % this.dimension === 0) return hidden.length / this.dimension;
    const what = hidden instanceof Float32Array ? `${hidden.length} numbers` : typeof hidden;
    throw wrong(`hidden must be a Float32Array of vectors of dimension ${this.dimension}, not ${what}`, 'hidden');
  }
}

function bagsOf(ids: Ids, offsets: Ids, { mode, weights, includeLastOffset }: ReturnType<typeof checkBag>): Bags {
  const rows = toIds(ids, 'ids');
  return {
    mode,
    ids: rows,
    offsets: toOffsets(offsets, rows.length, includeLastOffset),
    weights: weights === undefined ? undefined : toNumbers(weights, 'weights'),
  };
}

function wrong(message: string, option: string): WordmillError {
  return new WordmillError('ERR_WORDMILL_OPTION', message, { option });
}

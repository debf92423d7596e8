import { setImmediate } from 'node:timers/promises';
import * as v from 'valibot';
import { Cancellation } from '../cancellation.js';
import { WordmillError } from '../errors.js';
import { filePath } from '../files.js';
import { TABLE_TYPES, type TableType } from '../formats/numbers.js';
import type { LongWork } from '../formats/safetensors.js';
import { KeyedVectors } from '../keyed-vectors/keyed-vectors.js';
import { callback, checkOptions, flag, integer, oneOf, signal } from '../options.js';
import type { Progress } from '../progress.js';
import { encodeChecked, tokenizer } from '../tokenizers/checks.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';
import { type Model2VecParts, readModel2Vec } from './folder.js';

/** How a folder of Model2Vec is read. */
export interface Model2VecOptions {
  /**
   * What turns texts into token ids. Default: made of the folder's `tokenizer.json` by the package `@huggingface/tokenizers`,
   * which must then be installed (ERR_WORDMILL_TOKENIZER says how).
   */
  readonly tokenizer?: Tokenizer | undefined;
  /** Number type in memory. Default: the file's own. */
  readonly dtype?: TableType | undefined;
  /** Map the file instead of copying it, as in `KeyedVectors.load`. Default: true, except for int8 and where `dtype` converts. */
  readonly mmap?: boolean | undefined;
  /** Whether vectors of texts get the length 1. Default: as `config.json` says. */
  readonly normalize?: boolean | undefined;
  /** Only so many tokens of a text count, 0: all (Model2Vec `max_length`). Default 512. */
  readonly maxTokens?: number | undefined;
  /** Stops the loading; the promise then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes read so far. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

const schema = v.strictObject({
  tokenizer,
  dtype: v.optional(oneOf(...TABLE_TYPES)),
  mmap: v.optional(flag),
  normalize: v.optional(flag),
  maxTokens: v.optional(integer(0), 512),
  signal,
  onProgress: v.optional(callback<(progress: Progress) => void>()),
});

/** Texts that are encoded between two turns of the event loop. */
const BATCH = 64;

/**
 * A static model of Model2Vec (or sentence-transformers' static embedding): the vector of a text is the mean of the vectors of
 * its tokens. Unknown tokens are left out.
 *
 * @example
 * const model = await Model2Vec.load('potion-base-8M');
 * const vector = model.encode('It is a static model.');
 */
export class Model2Vec {
  readonly #parts: Model2VecParts;
  readonly #maxTokens: number;
  /** characters of a text that are looked at for so many tokens */
  readonly #maxCharacters: number;

  /** The tokens and their vectors, without the weights that some models have. Row i is token i. */
  readonly vectors: KeyedVectors;
  /** Length of each vector. */
  readonly dimension: number;
  readonly tokenizer: Tokenizer;
  /** Whether vectors of texts have the length 1. */
  readonly normalize: boolean;

  private constructor(parts: Model2VecParts, normalize: boolean, maxTokens: number) {
    this.#parts = parts;
    this.#maxTokens = maxTokens === 0 ? Number.MAX_SAFE_INTEGER : maxTokens;
    this.#maxCharacters = this.#maxTokens * medianLength(parts.tokenizer.vocabulary);
    this.vectors = KeyedVectors.fromNative(parts.vectors);
    this.dimension = this.vectors.dimension;
    this.tokenizer = parts.tokenizer;
    this.normalize = normalize;
  }

  /**
   * Reads a folder: `model.safetensors` (`embeddings` of f32, f16, bf16 or int8, and where there are any `weights` and `mapping`),
   * `tokenizer.json` and `config.json`. Throws ERR_WORDMILL_IO, FORMAT, TRUNCATED, LIMIT or TOKENIZER with the file.
   */
  static async load(folder: string | URL, options?: Model2VecOptions | undefined): Promise<Model2Vec> {
    const checked = checkOptions(schema, options);
    const { dtype, mmap, maxTokens } = checked;
    const cancellation = new Cancellation(checked.signal);
    const onProgress = cancellation.observer(checked.onProgress);
    try {
      cancellation.throwIfAborted();
      const settings = { dtype, mmap, cancellation, onProgress };
      const parts = await readModel2Vec(filePath(folder, 'folder'), checked.tokenizer, settings);
      return new Model2Vec(parts, checked.normalize ?? parts.normalize, maxTokens);
    } catch (error) {
      throw cancellation.cause(error);
    } finally {
      cancellation.close();
    }
  }

  /**
   * The vector of a text: the mean of its tokens' vectors, of length 1 where the model is normalised, and zero where it has no
   * known token. Many texts come as a promise, which takes a signal and leaves the event loop free in between.
   */
  encode(text: string): Float32Array;
  encode(texts: readonly string[], options?: LongWork | undefined): Promise<Float32Array[]>;
  encode(texts: string | readonly string[], options: LongWork = {}): Float32Array | Promise<Float32Array[]> {
    if (typeof texts === 'string') return this.#encodeOne(texts);
    if (Array.isArray(texts)) return this.#encodeAll(texts, options);
    throw noText(texts);
  }

  /** Frees the memory, or the mapping. Encoding afterwards is ERR_WORDMILL_DISPOSED. */
  dispose(): void {
    this.vectors.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #encodeAll(texts: readonly string[], { signal: caller, onProgress }: LongWork): Promise<Float32Array[]> {
    const cancellation = new Cancellation(caller);
    const observe = cancellation.observer(onProgress);
    const encoded: Float32Array[] = [];
    try {
      for (let first = 0; first < texts.length; first += BATCH) {
        cancellation.throwIfAborted();
        for (const text of texts.slice(first, first + BATCH)) encoded.push(this.#encodeOne(text));
        observe?.({ phase: 'encoding', done: encoded.length, total: texts.length });
        await setImmediate();
      }
      cancellation.throwIfAborted();
      return encoded;
    } finally {
      cancellation.close();
    }
  }

  #encodeOne(text: unknown): Float32Array {
    if (typeof text !== 'string') throw noText(text);
    const { weights, unknown } = this.#parts;
    const { table } = this.vectors.native;
    const start = beginning(text, this.#maxCharacters);
    const all = encodeChecked(this.tokenizer, start, `the text ${JSON.stringify(start.slice(0, 60))}`);
    const ids = Uint32Array.from(all)
      .filter((id) => id !== unknown)
      .subarray(0, this.#maxTokens);
    const rows = new Float32Array(ids.length * this.dimension);
    table.gather(ids, rows);
    const sums = new Float64Array(this.dimension);
    for (let i = 0; i < ids.length; i++) {
      const weight = weights?.[ids[i]!] ?? 1;
      for (let c = 0; c < sums.length; c++) sums[c]! += weight * rows[i * sums.length + c]!;
    }
    const length = this.normalize ? Math.hypot(...sums) : ids.length;
    return Float32Array.from(sums, (sum) => (length === 0 ? 0 : sum / length));
  }
}

/** As Model2Vec does: a text is cut at so many characters before it is tokenized. */
function beginning(text: string, characters: number): string {
  if (text.length <= characters) return text;
  let end = 0;
  for (let i = 0; i < characters && end < text.length; i++) end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  return text.slice(0, end);
}

/** The median of the tokens' lengths in characters, rounded down. */
function medianLength(vocabulary: readonly string[]): number {
  const lengths = vocabulary.map((key) => [...key].length).sort((a, b) => a - b);
  const middle = lengths.length >> 1;
  const median = lengths.length % 2 === 1 ? lengths[middle]! : (lengths[middle - 1]! + lengths[middle]!) / 2;
  return Math.floor(median);
}

function noText(value: unknown): WordmillError {
  return new WordmillError('ERR_WORDMILL_OPTION', `a text must be a string, not ${typeof value}`, { option: 'text' });
}

import { KeyedVectors, type Progress, type TextSource, type Tokenizer, WordmillError } from '@wordmill/core';
import {
  checkModelTokenizer,
  copyKeys,
  filePath,
  refuseOtherTokens,
  tokenizerMetadata,
  withText,
} from '@wordmill/core/internal';
import { readBinaryModel, writeBinaryModel } from './binary-file.js';
import { trainOn } from './continuation.js';
import { asTable, firstRows } from './copied-rows.js';
import { disposeModel, hasNgrams, type StoredModel, type TrainingReport, vectorsOf } from './model.js';
import { isBinaryModel, readModel, writeModel } from './model-file.js';
import type { ContinueOptions, FastTextOptions, PlanOptions } from './options.js';
import { type FastTextPlan, planOf } from './plan.js';
import {
  checkContinueOptions,
  checkPlanOptions,
  checkTrainOptions,
  continuedSettings,
  type FastTextSettings,
  newSettings,
} from './settings.js';
import { trainingView, trainModel } from './training.js';
import { type QuantizeVectorsOptions, quantizeVectors } from './vector-quantization.js';

/** How a model's file is read or written. */
export interface FileOptions {
  /** Stops it; the promise then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes read or written. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** How a model's file is read. */
export interface LoadOptions extends FileOptions {
  /** The tokenizer that the model must have been trained with; ERR_WORDMILL_TOKENIZER names both where it is another one. */
  readonly tokenizer?: Tokenizer | undefined;
}

/** How {@link FastText.save} writes. */
export interface SaveOptions extends FileOptions {
  /** Default: `fasttext-bin` for a name that ends in `.bin`, else `safetensors`. */
  readonly format?: 'safetensors' | 'fasttext-bin' | undefined;
}

/** A part that a word's vector is made of. */
export interface Subword {
  /** the word itself, or an n-gram of it between the marks `<` and `>` */
  readonly text: string;
  /** its row in fastText's input matrix: that of the word, or the number of words and the n-gram's bucket */
  readonly index: number;
}

/**
 * Word vectors with subwords (Bojanowski et al. 2017): a word is the mean of a vector of its own and those of its character
 * n-grams, so that words which were never seen have vectors too. Options have fastText's names in full words, and its defaults.
 *
 * Methods reject with {@link WordmillError}: ERR_WORDMILL_OPTION names a wrong option and its range, ERR_WORDMILL_CORPUS an
 * empty text, ERR_WORDMILL_MEMORY what would not fit, ERR_WORDMILL_DIVERGED the block in which a number became infinite.
 */
export class FastText {
  #model: StoredModel;
  #vectors: KeyedVectors;
  #isBusy = false;
  #isDisposed = false;

  private constructor(model: StoredModel) {
    this.#model = model;
    this.#vectors = vectorsOf(model);
  }

  /**
   * Trains a model. With `threads: 1` the result is determined by the text, the options and the processor's instruction set;
   * with more, threads update the same weights without locks, as in fastText. On a GPU no two runs give the same bytes.
   */
  static async train(source: TextSource, options?: FastTextOptions): Promise<FastText> {
    const checked = checkTrainOptions(options);
    const settings = newSettings(checked);
    return withText(
      source,
      checked,
      async (corpus, scope) => new FastText(await trainModel(corpus, settings, checked, scope)),
    );
  }

  /**
   * What a training with these options would take: vocabulary, n-grams, memory and time. Reads the text (give a ready Corpus to read it
   * once) and tries the training for a quarter of a second. ERR_WORDMILL_MEMORY with the figures when it does not fit.
   */
  static async plan(source: TextSource, options?: PlanOptions): Promise<FastTextPlan> {
    const checked = checkPlanOptions(options);
    const settings = newSettings(checked);
    return withText(source, checked, async (corpus, { cancellation }) => {
      const view = await trainingView(corpus, checked);
      try {
        return await planOf(settings, checked, corpus, view, cancellation.signal);
      } finally {
        view.dispose();
      }
    });
  }

  /** Reads a model that {@link save} wrote, a `.bin` of fastText's own (skip-gram or CBOW), which is mapped, or a `.ftz`. */
  static async load(path: string | URL, { tokenizer, ...options }: LoadOptions = {}): Promise<FastText> {
    const isBinary = await isBinaryModel(path);
    const stored = await (isBinary ? readBinaryModel(path, options) : readModel(path, options));
    try {
      checkModelTokenizer(stored.tokenizer, tokenizer, path);
      return new FastText(stored);
    } catch (error) {
      disposeModel(stored);
      throw error;
    }
  }

  /**
   * The word vectors, with inference for words that are not in the vocabulary. They are the model's, which disposes of them, until
   * {@link continueTraining} makes new ones: those taken before stay as they are and are then yours.
   */
  get vectors(): KeyedVectors {
    return this.#vectors;
  }

  /**
   * The vectors of words as contexts (fastText `-saveOutput`), as vectors of their own, which the caller disposes of; undefined with
   * hierarchical softmax, which has none.
   */
  async contextVectors(): Promise<KeyedVectors | undefined> {
    const { weights, keys, counts, settings, tokenizer } = this.#open;
    if (weights.output === undefined) return undefined;
    const table = await asTable({ table: weights.output, rows: firstRows(keys.size) }, settings.vectorSize);
    return KeyedVectors.fromNative({ table, keys: copyKeys(keys), counts, metadata: tokenizerMetadata(tokenizer) });
  }

  /** The options it was trained with, defaults filled in. */
  get options(): FastTextSettings {
    return this.#model.settings;
  }

  /** What the training did; undefined for a model of fastText's own. */
  get report(): TrainingReport | undefined {
    return this.#model.report;
  }

  /**
   * The parts that a word's vector is the mean of: the word itself, where it is in the vocabulary, and its n-grams (fastText's
   * `get_subwords` and `print-ngrams`).
   */
  getSubwords(word: string): Subword[] {
    const { keys, subwords } = this.#open;
    const row = keys.find(word);
    const words = keys.size;
    const ngrams = subwords.ngrams(word).map(({ text, bucket }) => ({ text, index: words + bucket }));
    return row < 0 ? ngrams : [{ text: word, index: row }, ...ngrams];
  }

  /**
   * A row of the input matrix, as fastText's `get_input_vector`: what {@link getSubwords} names, which a word's vector is the
   * mean of. Zeros for an n-gram that no word of the vocabulary has.
   */
  getInputVector(index: number): Float32Array {
    const { keys, subwords, weights, settings } = this.#open;
    const rows = keys.size + settings.buckets;
    if (!Number.isInteger(index) || index < 0 || index >= rows) {
      throw new WordmillError(
        'ERR_WORDMILL_OPTION',
        `index must be a whole number from 0 to ${rows - 1}, not ${index}`,
        {
          option: 'index',
        },
      );
    }
    const vector = new Float32Array(settings.vectorSize);
    const row = index < keys.size ? index : subwords.rowOf(index - keys.size);
    if (row >= 0) weights.input.gather(Uint32Array.of(row), vector);
    return vector;
  }

  /**
   * Trains the model on more text, by its own options where none are given; also one of fastText's own. When that fails or is aborted (with
   * `onAbort: 'throw'`), the model stays as it was. It takes the memory of the weights a second time. A quantised model is
   * ERR_WORDMILL_UNSUPPORTED.
   */
  async continueTraining(source: TextSource, options?: ContinueOptions): Promise<void> {
    const checked = checkContinueOptions(options);
    const model = this.#open;
    const settings = continuedSettings(model.settings, checked);
    refuseOtherTokens(model.tokenizer, source, checked.tokenizer);
    if (this.#isBusy) {
      throw new WordmillError('ERR_WORDMILL_UNSUPPORTED', 'this model is being trained already: wait for that to end');
    }
    this.#isBusy = true;
    try {
      this.#replace(
        await withText(source, checked, (corpus, scope) => trainOn(model, corpus, settings, checked, scope)),
      );
    } finally {
      this.#isBusy = false;
    }
  }

  #replace(trained: StoredModel): void {
    if (this.#isDisposed) {
      disposeModel(trained);
      throw disposed();
    }
    const { keys, subwords, weights } = this.#model;
    // Rows and n-grams stay with whoever has the vectors made of them.
    keys.dispose();
    weights.output?.dispose();
    weights.tree?.dispose();
    if (!hasNgrams(subwords)) for (const handle of [subwords, weights.input]) handle.dispose();
    this.#model = trained;
    this.#vectors = vectorsOf(trained);
  }

  /**
   * Writes the whole model: as safetensors, of which {@link KeyedVectors.load} reads the vectors with their subwords, or as
   * fastText's `.bin`, which its program and every library that knows the format read. A file of that name is replaced when all
   * is written.
   */
  async save(path: string | URL, options: SaveOptions = {}): Promise<void> {
    const model = this.#open;
    const { format = /\.(bin|ftz)$/.test(filePath(path)) ? 'fasttext-bin' : 'safetensors' } = options;
    if (filePath(path).endsWith('.ftz') && !this.isQuantized) {
      throw new WordmillError(
        'ERR_WORDMILL_OPTION',
        'a .ftz file holds a quantised model: call quantize(), and save what it gives',
        { option: 'path' },
      );
    }
    if (format === 'fasttext-bin') return writeBinaryModel(path, model, options);
    if (format === 'safetensors') return writeModel(path, model, options);
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `option format must be 'safetensors' or 'fasttext-bin', not ${JSON.stringify(format)}`,
      { option: 'format' },
    );
  }

  /**
   * A small copy: rows in codes of a byte for every few numbers (Jegou et al. 2011), which `save` writes as `.ftz`. fastText's own
   * program quantises only classifiers, and does not read others; here and in whatever follows the format they are read. In memory it is as
   * large as what its codes stand for.
   */
  async quantize(options?: QuantizeVectorsOptions): Promise<FastText> {
    return new FastText(await quantizeVectors(this.#open, options));
  }

  /** Whether it came out of {@link quantize} or a `.ftz` file. */
  get isQuantized(): boolean {
    return this.#open.quantized !== undefined;
  }

  get #open(): StoredModel {
    if (this.#isDisposed) throw disposed();
    return this.#model;
  }

  /** Frees the model and its vectors; using either afterwards is ERR_WORDMILL_DISPOSED. */
  dispose(): void {
    this.#isDisposed = true;
    this.#vectors.dispose();
    disposeModel(this.#model);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

const disposed = (): WordmillError => new WordmillError('ERR_WORDMILL_DISPOSED', 'the model has been disposed of');

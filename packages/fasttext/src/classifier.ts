import { type Corpus, type CorpusOptions, KeyedVectors, WordmillError } from '@wordmill/core';
import {
  type Cancellation,
  checkOptions,
  contradiction,
  copyKeys,
  filePath,
  withScope,
  withText,
} from '@wordmill/core/internal';
import { type Classifier, type PredictOptions as NativePredictOptions, native } from '@wordmill/native';
import { type AutotuneResult, autotune } from './autotune.js';
import type { AutotuneOptions } from './autotune-options.js';
import { binaryBytes, readBinaryClassifier, rowsWithin, writeBinaryClassifier } from './classifier-binary.js';
import { trainOn } from './classifier-continuation.js';
import { readClassifier, writeClassifier } from './classifier-file.js';
import {
  type ClassifierReport,
  disposeClassifier,
  hasTree,
  nativeClassifier,
  type StoredClassifier,
} from './classifier-model.js';
import type {
  BatchOptions,
  ClassifierContinueOptions,
  ClassifierOptions,
  LabelledSource,
  Prediction,
  PredictOptions,
} from './classifier-options.js';
import {
  batchSchema,
  type CheckedPredictOptions,
  type ClassifierSettings,
  checkClassifierContinueOptions,
  checkClassifierOptions,
  continuedClassifierSettings,
  DEFAULT_LABEL_PREFIX,
  newClassifierSettings,
  predictSchema,
  testSchema,
} from './classifier-settings.js';
import { trainClassifier } from './classifier-training.js';
import { asTable, firstRows } from './copied-rows.js';
import { Evaluation, type Judged } from './evaluation.js';
import type { FileOptions, SaveOptions } from './fasttext.js';
import { asText, wordsOf } from './labelled-lines.js';
import { isBinaryModel } from './model-file.js';
import { answers, packTexts, predictAll } from './prediction.js';
import { type QuantizeOptions, quantizeClassifier } from './quantization.js';

/** How a classifier's file is read. */
export interface ClassifierFileOptions extends FileOptions {
  /**
   * Of a `.bin`, which does not say what its labels begin with: words of a text that begin so are labels, and no features.
   * Default `__label__`.
   */
  readonly labelPrefix?: string | undefined;
}

/** How {@link FastTextClassifier.test} asks, and how it reads a text. */
export type TestOptions = BatchOptions &
  Pick<CorpusOptions, 'lowercase' | 'invalidUtf8' | 'maxTokenBytes' | 'memoryLimit'>;

/** A label of a model. */
export interface LabelEntry {
  readonly label: string;
  /** in the text that it was trained on */
  readonly count: number;
}

/**
 * Says which labels a text has (Joulin et al. 2016): the mean of the vectors of its words, and of n-grams of words and of
 * characters, against a vector for each label. Options have fastText's names in full words, and its defaults.
 *
 * Methods reject with {@link WordmillError}: ERR_WORDMILL_OPTION names a wrong option and its range, ERR_WORDMILL_CORPUS a text
 * without labels or words, ERR_WORDMILL_MEMORY what would not fit, ERR_WORDMILL_DIVERGED the block in which a number became
 * infinite.
 */
export class FastTextClassifier {
  readonly #labels: readonly string[];
  #model: StoredClassifier;
  #classifier: Classifier;
  #isBusy = false;
  #isDisposed = false;

  private constructor(model: StoredClassifier) {
    this.#model = model;
    this.#labels = model.labels.slice(0, model.labels.size);
    try {
      this.#classifier = nativeClassifier(model);
    } catch (error) {
      disposeClassifier(model);
      throw error;
    }
  }

  /**
   * Trains a classifier on lines in which words that begin with the label prefix are labels, or on records. With `threads: 1` the
   * result is determined by the lines, the options and the processor's instruction set; with more, threads update the same
   * weights without locks, as in fastText. On a GPU no two runs give the same bytes.
   */
  static async train(source: LabelledSource, options?: ClassifierOptions): Promise<FastTextClassifier> {
    const checked = checkClassifierOptions(options);
    const settings = newClassifierSettings(checked);
    return withText(
      asText(source, settings.labelPrefix),
      checked,
      async (corpus, scope) => new FastTextClassifier(await trainClassifier(corpus, settings, checked, scope)),
    );
  }

  /**
   * Tries options out until the time is over, and gives the classifier that did best on the validation lines (fastText
   * `supervised -autotune-validation`). The first attempt has the options given, the others keep these and walk with the rest
   * around the best one. Attempts that diverge or do not fit are reported and passed over. ERR_WORDMILL_LIMIT when none succeeds.
   */
  static autotune(source: LabelledSource, options: AutotuneOptions): Promise<AutotuneResult> {
    return autotune(source, options, (corpus, given) => FastTextClassifier.train(corpus, given));
  }

  /** Reads a classifier that {@link save} wrote, or a `.bin` (which is mapped) or `.ftz` of fastText's program. */
  static async load(path: string | URL, options: ClassifierFileOptions = {}): Promise<FastTextClassifier> {
    const { labelPrefix = DEFAULT_LABEL_PREFIX, ...work } = options;
    const isBinary = await isBinaryModel(path);
    return new FastTextClassifier(
      await (isBinary ? readBinaryClassifier(path, labelPrefix, work) : readClassifier(path, work)),
    );
  }

  /**
   * Trains it on more lines, by its own options where none are given; also one of fastText's own. Words, labels and n-grams that it does not
   * have are left out. When that fails or is aborted (with `onAbort: 'throw'`), it stays as it was. It takes the memory of
   * the weights a second time. A quantised one is ERR_WORDMILL_UNSUPPORTED.
   */
  async continueTraining(source: LabelledSource, options?: ClassifierContinueOptions): Promise<void> {
    const checked = checkClassifierContinueOptions(options);
    const model = this.#open;
    const settings = continuedClassifierSettings(model.settings, checked);
    if (this.#isBusy) {
      throw new WordmillError('ERR_WORDMILL_UNSUPPORTED', 'it is being trained already: wait for that to end');
    }
    this.#isBusy = true;
    try {
      const trained = await withText(asText(source, settings.labelPrefix), checked, (corpus, scope) =>
        trainOn(model, corpus, settings, checked, scope),
      );
      this.#replace(trained);
    } finally {
      this.#isBusy = false;
    }
  }

  #replace(trained: StoredClassifier): void {
    if (this.#isDisposed) {
      disposeClassifier(trained);
      throw disposed();
    }
    const [model, classifier] = [this.#model, this.#classifier];
    this.#classifier = nativeClassifier(trained);
    this.#model = trained;
    classifier.dispose();
    disposeClassifier(model);
  }

  /** The options it was trained with, defaults filled in. */
  get options(): ClassifierSettings {
    return this.#model.settings;
  }

  /** What the training did; undefined for a model of fastText's own. */
  get report(): ClassifierReport | undefined {
    return this.#model.report;
  }

  /** The labels by falling frequency (fastText's `dump MODEL dict`, `get_labels`). */
  get labels(): LabelEntry[] {
    const { labelCounts } = this.#model;
    return this.#labels.map((label, i) => ({ label, count: Number(labelCounts[i]) }));
  }

  /**
   * The most probable labels of one text, best first (fastText's `predict`). White space of any kind separates words. Words that
   * were never seen say nothing; a text of which nothing is known has no labels.
   */
  predict(text: string, options?: PredictOptions): Prediction[] {
    const asked = this.#asked({ ...checkOptions(predictSchema, options), threads: 1 });
    const { bytes, ends } = packTexts([text]);
    return answers(this.#labels, this.#ready.predictSync(bytes, ends, asked), asked.k, 0);
  }

  /** The labels of many texts, on all processors. */
  async predictBatch(texts: Iterable<string> | AsyncIterable<string>, options?: BatchOptions): Promise<Prediction[][]> {
    const { signal, ...given } = checkOptions(batchSchema, options);
    const asked = this.#asked(given);
    const all: Prediction[][] = [];
    await withScope({ signal }, ({ cancellation }) =>
      predictAll(this.#ready, texts, asked, cancellation, (found, i) => {
        all.push(answers(this.#labels, found, asked.k, i));
      }),
    );
    return all;
  }

  /**
   * How well the labels of a text are found: `k` for each line, of a probability of at least `threshold`. Lines without a label of
   * the model are left out. ERR_WORDMILL_CORPUS when that leaves none.
   */
  async test(source: LabelledSource, options?: TestOptions): Promise<Evaluation> {
    const { k, threshold, sigmoid, ...reading } = checkOptions(testSchema, options);
    const asked = this.#asked({ k, threshold, sigmoid, threads: reading.threads });
    return withText(asText(source, this.options.labelPrefix), reading, (corpus, { cancellation }) =>
      this.#judge(corpus, asked, cancellation),
    );
  }

  async #judge(corpus: Corpus, asked: NativePredictOptions, cancellation: Cancellation): Promise<Evaluation> {
    const { k } = asked;
    const numbers = new Map(this.#labels.map((label, i) => [label, i]));
    const support = new Float64Array(this.#labels.length);
    const truth: number[][] = [];
    const judged: Judged[] = [];
    const lines = async function* (): AsyncGenerator<string> {
      for await (const line of corpus.lines()) {
        const labels = wordsOf(line).flatMap((word) => numbers.get(word) ?? []);
        if (labels.length === 0) continue;
        for (const label of labels) support[label]! += 1;
        truth.push(labels);
        yield line;
      }
    };
    let line = 0;
    await predictAll(this.#ready, lines(), asked, cancellation, ({ labels, probabilities, found }, i) => {
      const labelsOfLine = truth[line++]!;
      for (let j = i * k; j < i * k + found[i]!; j++) {
        const label = labels[j]!;
        judged.push({ label, probability: probabilities[j]!, isTrue: labelsOfLine.includes(label) });
      }
    });
    if (line === 0) {
      throw new WordmillError(
        'ERR_WORDMILL_CORPUS',
        `no line has a label of the model, which are words as ${this.#labels[0]}: there is nothing to test`,
      );
    }
    return new Evaluation(this.#labels, support, judged, line);
  }

  /**
   * The vector of a text: the mean of those of its words and n-grams, the line end among them (fastText's
   * `print-sentence-vectors`, `get_sentence_vector`). Zeros where nothing is known.
   */
  getTextVector(text: string): Float32Array {
    const out = new Float32Array(this.options.vectorSize);
    this.#ready.textVector(text, out);
    return out;
  }

  /** The vectors of its words, as vectors of their own, which the caller disposes of. */
  async wordVectors(): Promise<KeyedVectors> {
    const { input, words, wordCounts, subwords, settings } = this.#open;
    const table = await subwords.compose(input, words, 0);
    if (settings.maxNgramLength === 0)
      return KeyedVectors.fromNative({ table, keys: copyKeys(words), counts: wordCounts });
    // A model and its vectors are disposed of each by itself.
    const copy = await asTable({ table: input, rows: firstRows(input.describe().rows) }, settings.vectorSize);
    const { minLength, maxLength, buckets } = subwords.describe();
    const index = native().createSubwords(
      { minLength, maxLength, buckets },
      words.size,
      subwords.buckets(),
      this.#model.isPruned,
    );
    return KeyedVectors.fromNative({
      table,
      keys: copyKeys(words),
      counts: wordCounts,
      subwords: { index, table: copy },
    });
  }

  /**
   * The vectors of its labels (fastText `-saveOutput`), as vectors of their own, which the caller disposes of; undefined with
   * hierarchical softmax, which has none.
   */
  async labelVectors(): Promise<KeyedVectors | undefined> {
    const { output, labels, labelCounts, settings } = this.#open;
    if (hasTree(settings)) return undefined;
    const table = await asTable({ table: output, rows: firstRows(labels.size) }, settings.vectorSize);
    return KeyedVectors.fromNative({ table, keys: copyKeys(labels), counts: labelCounts });
  }

  /**
   * Writes the whole model: as safetensors, or as fastText's `.bin` (`.ftz` where it is quantised), which its program and every
   * library that knows the format read. A file of that name is replaced when all is written.
   */
  async save(path: string | URL, options: SaveOptions = {}): Promise<void> {
    const file = filePath(path);
    const { format = /\.(bin|ftz)$/.test(file) ? 'fasttext-bin' : 'safetensors' } = options;
    if (file.endsWith('.ftz') && !this.isQuantized) {
      throw new WordmillError(
        'ERR_WORDMILL_OPTION',
        'a .ftz file holds a quantised model: call quantize(), and save what it gives',
        {
          option: 'path',
        },
      );
    }
    if (format === 'fasttext-bin') return writeBinaryClassifier(path, this.#open, options);
    if (format === 'safetensors') return writeClassifier(path, this.#open, options);
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `option format must be 'safetensors' or 'fasttext-bin', not ${JSON.stringify(format)}`,
      { option: 'format' },
    );
  }

  /**
   * A small copy: rows in codes of a byte for every few numbers (Jegou et al. 2011; Joulin et al. 2016b), for a file of some tenths
   * of the size, which `save` writes as `.ftz`. N-grams that occurred in no line are left out. In memory it is as large as what
   * its codes stand for.
   */
  async quantize(options?: QuantizeOptions): Promise<FastTextClassifier> {
    return new FastTextClassifier(await quantizeClassifier(this.#open, options));
  }

  /** Whether it came out of {@link quantize} or a `.ftz` file. */
  get isQuantized(): boolean {
    return this.#open.quantized !== undefined;
  }

  /** Bytes of its `.bin` or `.ftz` file. */
  get fileBytes(): number {
    return binaryBytes(this.#open);
  }

  /** Words and n-grams that a `.ftz` file of about so many bytes has room for; for {@link autotune}. @internal */
  rowsWithin(bytes: number, pieceLength: number): number {
    return rowsWithin(this.#open, bytes, pieceLength);
  }

  /** What the engine is asked for. */
  #asked({
    k,
    threshold,
    sigmoid,
    threads,
  }: CheckedPredictOptions & { readonly threads: number }): NativePredictOptions {
    const { objective } = this.options;
    if (sigmoid !== undefined && objective !== 'negative-sampling' && objective !== 'one-vs-all') {
      throw contradiction('sigmoid', `has no meaning with objective '${objective}'`);
    }
    return { k: Math.min(k, this.#labels.length), threshold, sigmoidTable: sigmoid === 'table', threads };
  }

  get #open(): StoredClassifier {
    if (this.#isDisposed) throw disposed();
    return this.#model;
  }

  get #ready(): Classifier {
    return this.#open && this.#classifier;
  }

  /** Frees the model; using it afterwards is ERR_WORDMILL_DISPOSED. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#classifier.dispose();
    disposeClassifier(this.#model);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

const disposed = (): WordmillError => new WordmillError('ERR_WORDMILL_DISPOSED', 'the classifier has been disposed of');

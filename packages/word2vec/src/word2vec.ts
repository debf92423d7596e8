import {
  KeyedVectors,
  type Progress,
  type Sentence,
  type TextSource,
  type Tokenizer,
  type TrainingPlan,
  WordmillError,
} from '@wordmill/core';
import {
  checkModelTokenizer,
  checkOptions,
  copyKeys,
  integer,
  readingOfModel,
  signal,
  threads,
  tokenizerMetadata,
  withText,
} from '@wordmill/core/internal';
import * as v from 'valibot';
import { refuseToGrowTree, trainOn } from './continuation.js';
import { disposeModel, readModel, type StoredModel, writeModel } from './model-file.js';
import type { ContinueOptions, PlanOptions, ResumeOptions, Word2VecOptions } from './options.js';
import { planOf } from './plan.js';
import { type PredictedWord, predictCentre } from './prediction.js';
import { resumeTraining } from './resumption.js';
import { scoreSentences } from './scoring.js';
import {
  checkContinueOptions,
  checkPlanOptions,
  checkResumeOptions,
  checkTrainOptions,
  continuedSettings,
  newSettings,
  type Word2VecSettings,
} from './settings.js';
import { startTraining, trainingView } from './start.js';
import type { TrainingReport } from './training.js';

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

const predictSchema = v.strictObject({ topN: v.optional(integer(1), 10), threads, signal });
const scoreSchema = v.strictObject({ threads, signal });

/**
 * Word vectors learned from text (Mikolov et al. 2013: skip-gram and CBOW, negative sampling and hierarchical softmax), with
 * what training them further takes. Options have word2vec.c's names in full words, and its defaults.
 *
 * Methods reject with {@link WordmillError}: ERR_WORDMILL_OPTION names a wrong option and its range, ERR_WORDMILL_CORPUS an
 * empty text, ERR_WORDMILL_MEMORY what would not fit, ERR_WORDMILL_DIVERGED the block in which a number became infinite.
 */
export class Word2Vec {
  #model: StoredModel;
  #vectors: KeyedVectors;
  #contextVectors: KeyedVectors | undefined;
  #isBusy = false;
  #isDisposed = false;

  private constructor(model: StoredModel) {
    this.#model = model;
    this.#vectors = vectorsOf(model);
  }

  /**
   * Trains a model. With `threads: 1` the result is determined by the text, the options and the processor's instruction set;
   * with more, threads update the same weights without locks, as in word2vec.c. On a GPU no two runs give the same bytes.
   */
  static async train(source: TextSource, options?: Word2VecOptions): Promise<Word2Vec> {
    const checked = checkTrainOptions(options);
    const settings = newSettings(checked, checked.initialVectors?.vectors.dimension);
    return withText(
      source,
      checked,
      async (corpus, scope) => new Word2Vec(await startTraining(corpus, settings, checked, scope)),
    );
  }

  /**
   * What a training with these options would take: vocabulary, memory and time. Reads the text (give a ready Corpus to read it
   * once) and tries the training for a quarter of a second. ERR_WORDMILL_MEMORY with the figures when it does not fit.
   */
  static async plan(source: TextSource, options?: PlanOptions): Promise<TrainingPlan> {
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

  /**
   * Goes on with a training from its last checkpoint, on the same text, to the model that the uninterrupted training would
   * have given (with `threads: 1`, to the byte). It may go on on another device. A checkpoint of a finished training gives its
   * model.
   */
  static async resume(path: string | URL, source: TextSource, options?: ResumeOptions): Promise<Word2Vec> {
    const checked = checkResumeOptions(options);
    const stored = await readModel(path, { signal: checked.signal });
    const { settings, training } = stored;
    try {
      if (training === undefined) throw notACheckpoint(path);
      if (training.nextBlock >= training.text.blocks * settings.epochs) return new Word2Vec(stored);
      const run = { ...checked, checkpoint: checked.checkpoint ?? { path, every: training.checkpointEvery } };
      const reading = readingOfModel(source, checked, { ...settings, tokenizer: stored.tokenizer });
      return await withText(
        source,
        reading,
        async (corpus, scope) => new Word2Vec(await resumeTraining(stored, training, corpus, run, scope)),
      );
    } catch (error) {
      disposeModel(stored);
      throw error;
    }
  }

  /** Reads a model that {@link save} wrote, or a checkpoint as far as it was trained. */
  static async load(path: string | URL, { tokenizer, ...options }: LoadOptions = {}): Promise<Word2Vec> {
    const stored = await readModel(path, options);
    try {
      checkModelTokenizer(stored.tokenizer, tokenizer, path);
      return new Word2Vec(stored);
    } catch (error) {
      disposeModel(stored);
      throw error;
    }
  }

  /**
   * The word vectors. They do not change: {@link continueTraining} makes new ones, and those taken before stay as they are
   * (and are then yours to dispose of).
   */
  get vectors(): KeyedVectors {
    return this.#vectors;
  }

  /** The vectors of words as contexts (word2vec.c's syn1neg); undefined with hierarchical softmax alone, which has none. */
  get contextVectors(): KeyedVectors | undefined {
    const { keys, counts, weights, tokenizer } = this.#model;
    if (weights.output === undefined) return undefined;
    const metadata = tokenizerMetadata(tokenizer);
    this.#contextVectors ??= KeyedVectors.fromNative({ table: weights.output, keys: copyKeys(keys), counts, metadata });
    return this.#contextVectors;
  }

  /** The options it was trained with last, defaults filled in. */
  get options(): Word2VecSettings {
    return this.#model.settings;
  }

  /** What the last training did. */
  get report(): TrainingReport {
    return this.#model.report;
  }

  /**
   * Writes the whole model as a safetensors file, which {@link load} reads; {@link KeyedVectors.load} reads its vectors. To
   * write vectors for other programs use `model.vectors.save()`. A file of that name is replaced when all is written.
   */
  async save(path: string | URL, options: FileOptions = {}): Promise<void> {
    const { training: _, ...model } = this.#model;
    await writeModel(path, model, options);
  }

  /**
   * Trains the model on more text, by its own options where none are given. When that fails or is aborted (with `onAbort:
   * 'throw'`), the model stays as it was. It takes the memory of the weights a second time.
   */
  async continueTraining(source: TextSource, options?: ContinueOptions): Promise<void> {
    const checked = checkContinueOptions(options);
    const settings = continuedSettings(this.#model.settings, checked);
    if (checked.updateVocabulary) refuseToGrowTree(settings);
    this.#begin();
    try {
      const reading = readingOfModel(source, checked, { ...settings, tokenizer: this.#model.tokenizer });
      const trained = await withText(source, reading, (corpus, scope) =>
        trainOn(this.#model, corpus, settings, checked, scope),
      );
      this.#replace(trained);
    } finally {
      this.#isBusy = false;
    }
  }

  #begin(): void {
    if (this.#isDisposed) throw disposed();
    if (this.#isBusy) {
      throw new WordmillError('ERR_WORDMILL_UNSUPPORTED', 'this model is being trained already: wait for that to end');
    }
    this.#isBusy = true;
  }

  #replace(trained: StoredModel): void {
    if (this.#isDisposed) {
      disposeModel(trained);
      throw disposed();
    }
    const { output, tree } = this.#model.weights;
    // Vectors that may have been handed out stay with whoever has them.
    if (this.#contextVectors === undefined) output?.dispose();
    tree?.dispose();
    this.#contextVectors = undefined;
    this.#model = trained;
    this.#vectors = vectorsOf(trained);
  }

  /**
   * The words most probable in the middle of some context words, as gensim's `predict_output_word`: softmax of the context
   * vectors' products with the mean (or sum, as trained) of the words' vectors. Unknown context words are left out;
   * ERR_WORDMILL_OOV when none is known, ERR_WORDMILL_UNSUPPORTED with hierarchical softmax alone.
   */
  async predictOutputWord(
    contextWords: readonly string[],
    options?: { topN?: number | undefined; threads?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<PredictedWord[]> {
    const checked = checkOptions(predictSchema, options);
    const { settings, weights } = this.#model;
    if (weights.output === undefined) {
      throw new WordmillError(
        'ERR_WORDMILL_UNSUPPORTED',
        'a model of hierarchical softmax has no context vectors to predict with; train with negative sampling or softmax',
        { option: 'objective' },
      );
    }
    return predictCentre(this.#vectors, weights.output, settings, contextWords, checked);
  }

  /**
   * The log likelihood of each sentence (natural logarithm, summed over its pairs of words within the window; unknown words are
   * left out), as gensim's `score`. Only with hierarchical softmax (also beside negative sampling) or full softmax, which give
   * probabilities; otherwise ERR_WORDMILL_UNSUPPORTED.
   */
  async score(
    sentences: Iterable<Sentence> | AsyncIterable<Sentence>,
    options?: { threads?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<Float64Array> {
    const checked = checkOptions(scoreSchema, options);
    const { objective } = this.#model.settings;
    if (objective === 'negative-sampling') {
      throw new WordmillError(
        'ERR_WORDMILL_UNSUPPORTED',
        'negative sampling gives no probabilities to score with; train with hierarchical softmax or full softmax',
        { option: 'objective' },
      );
    }
    return scoreSentences(this.#model, sentences, checked);
  }

  /** Frees the model and its vectors; using either afterwards is ERR_WORDMILL_DISPOSED. */
  dispose(): void {
    this.#isDisposed = true;
    this.#vectors.dispose();
    this.#contextVectors?.dispose();
    disposeModel(this.#model);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

const vectorsOf = ({ keys, counts, weights, tokenizer }: StoredModel): KeyedVectors =>
  KeyedVectors.fromNative({ table: weights.input, keys, counts, metadata: tokenizerMetadata(tokenizer) });

const disposed = (): WordmillError => new WordmillError('ERR_WORDMILL_DISPOSED', 'the model has been disposed of');

function notACheckpoint(path: string | URL): WordmillError {
  return new WordmillError(
    'ERR_WORDMILL_FORMAT',
    `${path}: it is a model, not a checkpoint; to train it on more text use Word2Vec.load() and continueTraining()`,
    { file: String(path) },
  );
}

import { type KeyedVectors, type LongWork, type TextSource, type Tokenizer, WordmillError } from '@wordmill/core';
import { checkModelTokenizer, withScope } from '@wordmill/core/internal';
import { trainOn } from './continuation.js';
import type { Cooccurrence } from './cooccurrence.js';
import { disposeModel, readModel, type StoredModel, writeModel } from './model-file.js';
import type {
  ContinueOptions,
  GloveOptions,
  GloveProgress,
  PlanOptions,
  ResultKind,
  ResumeOptions,
} from './options.js';
import { planOf, type TrainingPlan } from './plan.js';
import { writeParameters, writeSquares } from './reference-files.js';
import { squaresOf, vectorsOf } from './results.js';
import { resumeTraining } from './resumption.js';
import {
  checkContinueOptions,
  checkPlanOptions,
  checkResumeOptions,
  checkTrainOptions,
  continuedSettings,
  type GloveSettings,
  newSettings,
} from './settings.js';
import { countsFor, countsOf } from './source.js';
import { startTraining } from './start.js';
import type { TrainingReport } from './training.js';
import { biasesOf, disposeWeights } from './weights.js';

/** How a model's file is read. */
export interface LoadOptions extends LongWork {
  /** The tokenizer that the model must have been trained with; ERR_WORDMILL_TOKENIZER names both where it is another one. */
  readonly tokenizer?: Tokenizer | undefined;
}

/**
 * Word vectors learned from co-occurrence counts (Pennington, Socher & Manning 2014), with what training them further takes.
 * Options have the names of GloVe's programs in full words, and their defaults (but `minCount` 5, as its demo has it).
 *
 * Methods reject with {@link WordmillError}: ERR_WORDMILL_OPTION names a wrong option and its range, ERR_WORDMILL_CORPUS an
 * empty text, ERR_WORDMILL_MEMORY what would not fit, ERR_WORDMILL_DIVERGED the block in which a number became infinite.
 */
export class Glove {
  #model: StoredModel;
  #isBusy = false;
  #isDisposed = false;

  private constructor(model: StoredModel) {
    this.#model = model;
  }

  /**
   * Counts a text (or takes counts that were made before) and trains a model. The same counts, options and instruction set give
   * the same vectors, byte by byte, on any number of threads; on a GPU no two runs do.
   */
  static async train(source: TextSource | Cooccurrence, options?: GloveOptions): Promise<Glove> {
    const checked = checkTrainOptions(options);
    newSettings(checked, undefined);
    return withScope<GloveProgress, Glove>(checked, async (scope) => {
      const counts = await countsOf(source, checked, scope);
      try {
        const settings = newSettings(checked, counts.words.settings);
        return new Glove(await startTraining(counts, settings, checked, scope));
      } finally {
        counts.release();
      }
    });
  }

  /**
   * What a training with these options would take: vocabulary, counts, memory and time. Counts the text (give a Cooccurrence to
   * count it once) and tries the training for a quarter of a second. ERR_WORDMILL_MEMORY with the figures when it does not fit.
   */
  static async plan(source: TextSource | Cooccurrence, options?: PlanOptions): Promise<TrainingPlan> {
    const checked = checkPlanOptions(options);
    return withScope<GloveProgress, TrainingPlan>(checked, async (scope) => {
      const counts = await countsOf(source, checked, scope);
      try {
        const settings = newSettings(checked, counts.words.settings);
        return await planOf(settings, checked, counts.words, scope.cancellation);
      } finally {
        counts.release();
      }
    });
  }

  /**
   * Goes on with a training from its last checkpoint, on the same text or counts, to the model that the uninterrupted training
   * would have given, to the byte. It may go on on another device. A checkpoint of a finished training gives its model.
   */
  static async resume(path: string | URL, source: TextSource | Cooccurrence, options?: ResumeOptions): Promise<Glove> {
    const checked = checkResumeOptions(options);
    const stored = await readModel(path, { signal: checked.signal });
    const { training, settings, keys, counts: wordCounts, vectors } = stored;
    try {
      if (training === undefined) throw notACheckpoint(path);
      if (stored.report.finished) return new Glove(stored);
      const run = { ...checked, checkpoint: checked.checkpoint ?? { path, every: training.checkpointEvery } };
      return await withScope<GloveProgress, Glove>(checked, async (scope) => {
        const counts = await countsFor(
          source,
          { keys, counts: wordCounts, settings: settings.counting, tokenizer: vectors.tokenizer },
          checked,
          scope,
        );
        try {
          return new Glove(await resumeTraining(stored, training, counts, run, scope));
        } finally {
          counts.release();
        }
      });
    } catch (error) {
      disposeModel(stored);
      throw error;
    }
  }

  /** Reads a model that {@link save} wrote, or a checkpoint as far as it was trained. */
  static async load(path: string | URL, { tokenizer, ...options }: LoadOptions = {}): Promise<Glove> {
    const stored = await readModel(path, options);
    try {
      checkModelTokenizer(stored.vectors.tokenizer, tokenizer, path);
      return new Glove(stored);
    } catch (error) {
      disposeModel(stored);
      throw error;
    }
  }

  /**
   * The vectors, of the kind that option `result` says. They do not change: {@link continueTraining} makes new ones, and those
   * taken before are then yours to dispose of.
   */
  get vectors(): KeyedVectors {
    return this.#model.vectors;
  }

  /** The biases of words and of contexts, by row: a copy. */
  get biases(): { readonly words: Float32Array; readonly contexts: Float32Array } {
    const { weights } = this.#model;
    return { words: biasesOf(weights, 'words'), contexts: biasesOf(weights, 'contexts') };
  }

  /** The options it was trained with last, defaults filled in. */
  get options(): GloveSettings {
    return this.#model.settings;
  }

  /** What the last training did. */
  get report(): TrainingReport {
    return this.#model.report;
  }

  /** Vectors of another kind than option `result` said; yours to dispose of. */
  async vectorsOf(
    result: ResultKind,
    options: { readonly unknownVector?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<KeyedVectors> {
    const { weights, keys, counts, vectors } = this.#model;
    return vectorsOf(
      weights,
      { keys, counts, tokenizer: vectors.tokenizer },
      { result, unknownVector: options.unknownVector ?? false },
      options.signal,
    );
  }

  /** The sums of squared gradients, in the shape of result `parameters` (glove's gradsq.txt); yours to dispose of. */
  async squaredGradients(
    options: { readonly unknownVector?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<KeyedVectors> {
    const { weights, keys, counts, vectors } = this.#model;
    const words = { keys, counts, tokenizer: vectors.tokenizer };
    return squaresOf(weights, words, options.unknownVector ?? false, options.signal);
  }

  /**
   * Writes the whole model as a safetensors file, which {@link load} reads; KeyedVectors.load() reads its vectors. To write
   * vectors for other programs use `model.vectors.save()`. A file of that name is replaced when all is written.
   */
  async save(path: string | URL, options: LongWork = {}): Promise<void> {
    const { training: _, ...model } = this.#model;
    await writeModel(path, model, options);
  }

  /** Writes all parameters as glove's `-binary 1` and `-save-init-param`, for `initialParameters` and for GloVe's programs. */
  async saveParameters(path: string | URL, options: LongWork = {}): Promise<void> {
    await writeParameters(path, this.#model.weights, options);
  }

  /** Writes the sums of squared gradients as glove's `-save-gradsq`, for `initialSquares` and for GloVe's programs. */
  async saveSquaredGradients(path: string | URL, options: LongWork = {}): Promise<void> {
    await writeSquares(path, this.#model.weights, options);
  }

  /**
   * Trains the model on: more epochs on the same counts, or on others of its words (text is counted as the model's was; words it
   * does not know are left out). When that fails or is aborted (with `onAbort: 'throw'`), the model stays as it was. It takes
   * the memory of the weights a second time.
   */
  async continueTraining(source: TextSource | Cooccurrence, options?: ContinueOptions): Promise<void> {
    const checked = checkContinueOptions(options);
    const settings = continuedSettings(this.#model.settings, checked);
    this.#begin();
    try {
      const { keys, counts: wordCounts, vectors } = this.#model;
      const trained = await withScope<GloveProgress, StoredModel>(checked, async (scope) => {
        const counts = await countsFor(
          source,
          { keys, counts: wordCounts, settings: settings.counting, tokenizer: vectors.tokenizer },
          checked,
          scope,
        );
        try {
          return await trainOn(this.#model, counts, settings, checked, scope);
        } finally {
          counts.release();
        }
      });
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
    const { keys, weights } = this.#model;
    // Vectors that may have been handed out stay with whoever has them.
    keys.dispose();
    disposeWeights(weights);
    this.#model = trained;
  }

  /** Frees the model and its vectors; using either afterwards is ERR_WORDMILL_DISPOSED. */
  dispose(): void {
    this.#isDisposed = true;
    disposeModel(this.#model);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

const disposed = (): WordmillError => new WordmillError('ERR_WORDMILL_DISPOSED', 'the model has been disposed of');

function notACheckpoint(path: string | URL): WordmillError {
  return new WordmillError(
    'ERR_WORDMILL_FORMAT',
    `${path}: it is a model, not a checkpoint; to train it further use Glove.load() and continueTraining()`,
    { file: String(path) },
  );
}

import { type NextTokenTables, native } from '@wordmill/native';
import { WordmillError } from '../errors.js';
import type { LongWork } from '../formats/safetensors.js';
import { copyKeys } from '../formats/tensors.js';
import { KeyedVectors } from '../keyed-vectors/keyed-vectors.js';
import { tokenizerMetadata } from '../tokenizers/fingerprint.js';
import type { TrainingPlan } from '../training/plan.js';
import { checkModelTokenizer, readingOfModel } from '../training/source-tokenizer.js';
import type { TextSource } from '../training/text-source.js';
import { withText } from '../training/text-source.js';
import { trainOn } from './continuation.js';
import { disposeModel, readModel, type StoredModel, writeModel } from './model-file.js';
import type {
  NextTokenContinueOptions,
  NextTokenLoadOptions,
  NextTokenOptions,
  NextTokenPlanOptions,
  PerplexityOptions,
} from './options.js';
import { planOf } from './plan.js';
import { mostProbable, type PredictedToken, rowsOfContext, type TokenContext } from './prediction.js';
import { sequenceOfCorpus } from './sequences.js';
import {
  checkContinueOptions,
  checkPerplexityOptions,
  checkPlanOptions,
  checkPredictOptions,
  checkTrainOptions,
  continuedSettings,
  engineOptions,
  type NextTokenSettings,
  newSettings,
} from './settings.js';
import { startTraining } from './start.js';
import type { NextTokenReport } from './training.js';
import { tablesOf, usesTree } from './weights.js';

/**
 * An embedding learned as language models learn theirs: by predicting each token from the few before it. With E the embedding
 * and w(1), w(2) .. w(n) the tokens before, the nearest first (fewer at the start of a line),
 *
 * - `context: 'concatenated'`: x = (E[w(1)], E[w(2)] .. E[w(n)]), zeros where there is no token, and h = M x + c;
 * - `context: 'mean'`: x = (E[w(1)] + .. + E[w(m)]) / m over the m tokens that there are, and h = x, or h = M x + c when tied;
 * - p(w) = exp(R[w] . h + b[w]) / sum over all v of exp(R[v] . h + b[v]), where R is a matrix of its own, or E when `tied`.
 *
 * Concatenated, this is the log-bilinear model of Mnih & Hinton (2007), or the network of Bengio et al. (2003) with a linear
 * hidden layer: the map M brings n vectors to the width of one, also where R is not tied, so that R costs the same for any
 * number of tokens before. A mean is CBOW with only the left half of the window; there M is used only when tied (without it
 * R . h would be symmetric), since elsewhere R M would be just another R. With `hierarchical-softmax` p(w) is the product of
 * sigmoid(+-(R[node] . h + b[node])) over the nodes on the way to w.
 *
 * Gradients are exact and are averaged over a batch. All threads work on one batch at a time, in pieces that do not depend on
 * how many they are, so a seed gives the same model for any number of threads (of one instruction set). On a GPU no two runs do.
 *
 * Methods reject with {@link WordmillError}: ERR_WORDMILL_OPTION names a wrong option and its range, ERR_WORDMILL_CORPUS an
 * empty text, ERR_WORDMILL_MEMORY what would not fit, ERR_WORDMILL_DIVERGED the block in which a number became infinite.
 */
export class NextTokenModel {
  #model: StoredModel;
  #vectors: KeyedVectors;
  #contextVectors: KeyedVectors | undefined;
  #isBusy = false;
  #isDisposed = false;

  private constructor(model: StoredModel) {
    this.#model = model;
    this.#vectors = vectorsOf(model);
  }

  /** Trains a model. Of the text, tokens of the vocabulary count; others are left out, as if they were not there. */
  static async train(source: TextSource, options?: NextTokenOptions): Promise<NextTokenModel> {
    const checked = checkTrainOptions(options);
    const settings = newSettings(checked);
    return withText(
      source,
      checked,
      async (corpus, scope) => new NextTokenModel(await startTraining(corpus, settings, checked, scope)),
    );
  }

  /**
   * What a training with these options would take: vocabulary, memory and time, without validation. Reads the text (give a ready Corpus to
   * read it once) and tries the training for a quarter of a second. ERR_WORDMILL_MEMORY with the figures when it does not fit.
   */
  static async plan(source: TextSource, options?: NextTokenPlanOptions): Promise<TrainingPlan> {
    const checked = checkPlanOptions(options);
    const settings = newSettings(checked);
    return withText(source, checked, (corpus, { cancellation }) => planOf(corpus, settings, checked, cancellation));
  }

  /** Reads a model that {@link save} wrote. */
  static async load(path: string | URL, options: NextTokenLoadOptions = {}): Promise<NextTokenModel> {
    const { tokenizer, ...work } = options;
    const stored = await readModel(path, work);
    try {
      checkModelTokenizer(stored.tokenizer, tokenizer, path);
      return new NextTokenModel(stored);
    } catch (error) {
      disposeModel(stored);
      throw error;
    }
  }

  /**
   * The embedding: a vector for each token. It does not change: {@link continueTraining} makes a new one, and the one taken before
   * stays as it is (and is then yours to dispose of).
   */
  get vectors(): KeyedVectors {
    return this.#vectors;
  }

  /**
   * The vectors of tokens as what is predicted, R above; undefined where there are none: tied, with hierarchical softmax, or
   * without the output.
   */
  get contextVectors(): KeyedVectors | undefined {
    const { keys, counts, weights, settings, tokenizer } = this.#model;
    if (weights.output === undefined || usesTree(settings)) return undefined;
    this.#contextVectors ??= KeyedVectors.fromNative({
      table: weights.output,
      keys: copyKeys(keys),
      counts,
      metadata: tokenizerMetadata(tokenizer),
    });
    return this.#contextVectors;
  }

  /** The options it was trained with, defaults filled in. */
  get options(): NextTokenSettings {
    return this.#model.settings;
  }

  /** What the training did, and how well the model predicts, beside what frequencies alone predict. */
  get report(): NextTokenReport {
    return this.#model.report;
  }

  /**
   * The most probable tokens after some others, of which the last `contextSize` matter. A token is a word of the vocabulary,
   * or its row (what a tokenizer gives); words that are not in it are left out, as in training. ERR_WORDMILL_UNSUPPORTED without the output.
   */
  async predict(context: TokenContext, options?: { topN?: number | undefined }): Promise<PredictedToken[]> {
    const { topN } = checkPredictOptions(options);
    const { keys, settings } = this.#model;
    const tables = this.#network();
    const rows = rowsOfContext(context, keys);
    const probabilities = await native().nextTokenProbabilities(tables, engineOptions(settings, 1), rows);
    return mostProbable(probabilities, topN).map((row) => ({
      key: keys.at(row),
      probability: probabilities[row]!,
      index: row,
    }));
  }

  /**
   * How well a text is predicted: exp of the mean of -log p over its tokens of the vocabulary. Other tokens are left out.
   * ERR_WORDMILL_CORPUS when there is none, ERR_WORDMILL_UNSUPPORTED without the output.
   */
  async perplexity(source: TextSource, options?: PerplexityOptions): Promise<number> {
    const checked = checkPerplexityOptions(options);
    const tables = this.#network();
    const { settings, tokenizer } = this.#model;
    const reading = readingOfModel(source, checked, { ...settings, tokenizer });
    return withText(source, reading, async (corpus, { cancellation }) => {
      const sequence = await sequenceOfCorpus(corpus, this.#model, settings, cancellation);
      try {
        const loss = await cancellation.run((signal) =>
          sequence.nextTokenLoss(tables, engineOptions(settings, checked.threads), signal),
        );
        return Math.exp(loss / sequence.describe().tokens);
      } finally {
        sequence.dispose();
      }
    });
  }

  #network(): NextTokenTables {
    if (this.#isDisposed) throw disposed();
    const { weights, settings } = this.#model;
    if (weights.bias === undefined) {
      throw new WordmillError(
        'ERR_WORDMILL_UNSUPPORTED',
        'this model was trained with keepOutput: false and has only its vectors left, which predict nothing by themselves',
        { option: 'keepOutput' },
      );
    }
    return tablesOf({ ...weights, bias: weights.bias }, settings, this.#model);
  }

  /**
   * Trains the model on more text, by its own options where none are given. Tokens that it does not have are left out. When that fails
   * or is aborted (with `onAbort: 'throw'`), the model stays as it was. It takes the memory of the weights a second time, and what the
   * optimiser remembers begins anew. ERR_WORDMILL_UNSUPPORTED without the output.
   */
  async continueTraining(source: TextSource, options?: NextTokenContinueOptions): Promise<void> {
    const checked = checkContinueOptions(options);
    const network = this.#network();
    const model = this.#model;
    const settings = continuedSettings(model.settings, checked);
    if (this.#isBusy) {
      throw new WordmillError('ERR_WORDMILL_UNSUPPORTED', 'this model is being trained already: wait for that to end');
    }
    this.#isBusy = true;
    try {
      const reading = readingOfModel(source, checked, { ...model.settings, tokenizer: model.tokenizer });
      const trained = await withText(source, reading, (corpus, scope) =>
        trainOn(model, network, corpus, settings, checked, scope),
      );
      this.#replace(trained);
    } finally {
      this.#isBusy = false;
    }
  }

  #replace(trained: StoredModel): void {
    if (this.#isDisposed) {
      disposeModel(trained);
      throw disposed();
    }
    const { map, output, bias } = this.#model.weights;
    // Vectors that may have been handed out stay with whoever has them.
    if (this.#contextVectors === undefined) output?.dispose();
    for (const table of [map, bias]) table?.dispose();
    this.#contextVectors = undefined;
    this.#model = trained;
    this.#vectors = vectorsOf(trained);
  }

  /**
   * Writes the whole model as a safetensors file, which {@link load} reads; {@link KeyedVectors.load} reads its vectors. A file
   * of that name is replaced when all is written.
   */
  async save(path: string | URL, options: LongWork = {}): Promise<void> {
    await writeModel(path, this.#model, options);
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

function vectorsOf({ keys, counts, weights, tokenizer }: StoredModel): KeyedVectors {
  return KeyedVectors.fromNative({ table: weights.input, keys, counts, metadata: tokenizerMetadata(tokenizer) });
}

const disposed = (): WordmillError => new WordmillError('ERR_WORDMILL_DISPOSED', 'the model has been disposed of');

import { type Corpus, isWordmillError, WordmillError } from '@wordmill/core';
import { withText } from '@wordmill/core/internal';
import {
  type AutotuneOptions,
  type AutotuneTrial,
  type CheckedAutotune,
  checkAutotuneOptions,
  type Metric,
  metricOf,
} from './autotune-options.js';
import { type Attempt, nextAttempt, randomNumbers } from './autotune-search.js';
import type { FastTextClassifier } from './classifier.js';
import type { ClassifierOptions, LabelledSource } from './classifier-options.js';
import { type CheckedClassifierOptions, checkClassifierOptions, newClassifierSettings } from './classifier-settings.js';
import { asText } from './labelled-lines.js';

/** What {@link FastTextClassifier.autotune} found. */
export interface AutotuneResult {
  readonly classifier: FastTextClassifier;
  /** of the classifier, on the validation lines */
  readonly score: number;
  readonly trials: readonly AutotuneTrial[];
}

/** `FastTextClassifier.train`, whose class this module cannot import. */
export type Train = (corpus: Corpus, options: ClassifierOptions) => Promise<FastTextClassifier>;

interface Tried {
  readonly classifier: FastTextClassifier;
  readonly score: number;
}

const TUNED = [
  'epochs',
  'learningRate',
  'vectorSize',
  'wordNgrams',
  'minNgramLength',
  'maxNgramLength',
  'buckets',
] as const;
/** An attempt that ends so is no good, and the search goes on. */
const BEARABLE = new Set(['ERR_WORDMILL_DIVERGED', 'ERR_WORDMILL_MEMORY', 'ERR_WORDMILL_LIMIT']);
/** fastText's, also where the first attempt has no n-grams. */
const BUCKETS = 2_000_000;
const PIECE_LENGTH = 2;
/** Fewer words and n-grams than centroids are not worth having. */
const LEAST_ROWS = 256;

/** Tries options out until the time is over. */
export async function autotune(
  source: LabelledSource,
  options: AutotuneOptions,
  train: Train,
): Promise<AutotuneResult> {
  const { validation, metric, predictions, duration, maxModelBytes, onTrial, onAbort, ...training } = options;
  const { lowercase, invalidUtf8, maxTokenBytes, memoryLimit, signal, ...own } = training;
  const given = checkClassifierOptions(own);
  const search = checkAutotuneOptions({
    ...{ metric, predictions, duration, maxModelBytes, onTrial, onAbort, signal },
    threads: given.threads,
  });
  const { labelPrefix } = newClassifierSettings(given);
  const measured = metricOf(search.metric);
  if (validation === undefined || validation === null) {
    throw new WordmillError('ERR_WORDMILL_OPTION', 'option validation is missing: give labelled lines to test on', {
      option: 'validation',
    });
  }
  const reading = { lowercase, invalidUtf8, maxTokenBytes, memoryLimit, threads: given.threads, signal };
  return withText(asText(validation, labelPrefix), reading, (lines) =>
    withText(asText(source, labelPrefix), reading, (text) =>
      new Search(text, lines, own, given, search, measured, train).run(),
    ),
  );
}

/** A search while it goes on. */
class Search {
  readonly #text: Corpus;
  readonly #validation: Corpus;
  readonly #own: ClassifierOptions;
  readonly #given: CheckedClassifierOptions;
  readonly #search: CheckedAutotune;
  readonly #metric: Metric;
  readonly #train: Train;
  readonly #begun = performance.now();
  /** Aborted by the caller, or when the time is over. */
  readonly #stop = new AbortController();
  readonly #trials: AutotuneTrial[] = [];
  #best: (Tried & { readonly attempt: Attempt }) | undefined;

  constructor(
    text: Corpus,
    validation: Corpus,
    own: ClassifierOptions,
    given: CheckedClassifierOptions,
    search: CheckedAutotune,
    metric: Metric,
    train: Train,
  ) {
    this.#text = text;
    this.#validation = validation;
    this.#own = own;
    this.#given = given;
    this.#search = search;
    this.#metric = metric;
    this.#train = train;
  }

  async run(): Promise<AutotuneResult> {
    const { signal, duration } = this.#search;
    const stop = (): void => this.#stop.abort(signal?.reason);
    // Not AbortSignal.any of a timeout, which Node.js 20 may collect before it is due.
    const timer = setTimeout(stop, Math.min(2 ** 31 - 1, duration * 1000));
    signal?.addEventListener('abort', stop, { once: true });
    try {
      for (const attempt of this.#attempts()) await this.#tryOut(attempt);
      if (this.#search.onAbort === 'throw') this.#search.signal?.throwIfAborted();
      return this.#result();
    } catch (error) {
      this.#best?.classifier.dispose();
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  get #seconds(): number {
    return (performance.now() - this.#begun) / 1000;
  }

  /** First what was given, then steps from the best one. */
  *#attempts(): Generator<Attempt> {
    const given = this.#given;
    const { epochs, learningRate, vectorSize, wordNgrams, minNgramLength, maxNgramLength, seed } =
      newClassifierSettings(given);
    const first: Attempt = {
      ...{ epochs, learningRate, vectorSize, wordNgrams, minNgramLength, maxNgramLength },
      buckets: given.buckets ?? BUCKETS,
      pieceLength: PIECE_LENGTH,
    };
    const fixed = new Set<string>(TUNED.filter((name) => given[name] !== undefined));
    if (fixed.has('minNgramLength') || fixed.has('maxNgramLength')) fixed.add('minNgramLength').add('maxNgramLength');
    const random = randomNumbers(seed);
    yield first;
    while (!this.#stop.signal.aborted && this.#seconds < this.#search.duration) {
      yield nextAttempt(this.#best?.attempt ?? first, fixed, this.#seconds / this.#search.duration, random);
    }
  }

  async #tryOut(attempt: Attempt): Promise<void> {
    const begun = this.#seconds;
    try {
      const { classifier, score } = await this.#make(attempt);
      const isBest = this.#best === undefined || score > this.#best.score || Number.isNaN(this.#best.score);
      if (isBest) {
        this.#best?.classifier.dispose();
        this.#best = { classifier, score, attempt };
      } else {
        classifier.dispose();
      }
      this.#report(attempt, begun, score, isBest);
    } catch (error) {
      // What the time has cut off is no attempt.
      if (this.#stop.signal.aborted) return;
      if (!isWordmillError(error) || !BEARABLE.has(error.code)) throw error;
      this.#report(attempt, begun, Number.NaN, false, error);
    }
  }

  async #make({ pieceLength, ...attempt }: Attempt): Promise<Tried> {
    const { maxModelBytes, predictions, threads } = this.#search;
    const trained = await this.#train(this.#text, { ...this.#own, ...attempt, signal: this.#stop.signal });
    const classifier =
      maxModelBytes === undefined ? trained : await shrink(trained, maxModelBytes, pieceLength, this.#stop.signal);
    try {
      const { label } = this.#metric;
      if (label !== undefined && !classifier.labels.some((entry) => entry.label === label)) {
        throw new WordmillError('ERR_WORDMILL_OPTION', `option metric: there is no label ${label}`, {
          option: 'metric',
        });
      }
      const asked = { k: predictions, threads, signal: this.#stop.signal };
      return { classifier, score: this.#metric.score(await classifier.test(this.#validation, asked)) };
    } catch (error) {
      classifier.dispose();
      throw error;
    }
  }

  #report(
    { pieceLength: _, ...attempt }: Attempt,
    begun: number,
    score: number,
    isBest: boolean,
    error?: WordmillError,
  ): void {
    const options = newClassifierSettings({ ...this.#given, ...attempt });
    const seconds = this.#seconds - begun;
    const trial = { trial: this.#trials.length + 1, options, score, isBest, seconds, error };
    this.#trials.push(trial);
    this.#search.onTrial?.(trial);
  }

  #result(): AutotuneResult {
    const trials = this.#trials;
    if (this.#best !== undefined) return { classifier: this.#best.classifier, score: this.#best.score, trials };
    this.#search.signal?.throwIfAborted();
    const failure = trials[0]?.error;
    throw new WordmillError(
      'ERR_WORDMILL_LIMIT',
      failure === undefined
        ? `no attempt was finished within ${this.#search.duration} seconds: give more time`
        : `no attempt succeeded: ${failure.message}`,
      { option: 'duration', cause: failure },
    );
  }
}

/** Quantises a classifier so that its file is not larger than that, and frees it. */
async function shrink(
  classifier: FastTextClassifier,
  maxModelBytes: number,
  pieceLength: number,
  signal: AbortSignal,
): Promise<FastTextClassifier> {
  try {
    const { vectorSize } = classifier.options;
    const how = { pieceLength: Math.min(pieceLength, vectorSize), normalize: true, signal };
    for (let cutoff = classifier.rowsWithin(maxModelBytes, how.pieceLength); cutoff >= LEAST_ROWS; ) {
      const small = await classifier.quantize({ ...how, cutoff });
      if (small.fileBytes <= maxModelBytes) return small;
      // Words were longer than thought.
      cutoff = Math.min(cutoff - 1, Math.floor((cutoff * maxModelBytes) / small.fileBytes));
      small.dispose();
    }
    throw new WordmillError(
      'ERR_WORDMILL_LIMIT',
      `the labels and centroids alone take about ${maxModelBytes} bytes: raise maxModelBytes`,
      { option: 'maxModelBytes' },
    );
  } finally {
    classifier.dispose();
  }
}

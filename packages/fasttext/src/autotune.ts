import { type Corpus, isWordmillError, WordmillError } from '@wordmill/core';
import { withText } from '@wordmill/core/internal';
import { type AutotuneOptions, type AutotuneTrial, checkAutotuneOptions, metricOf } from './autotune-options.js';
import { type Attempt, nextAttempt, randomNumbers } from './autotune-search.js';
import type { FastTextClassifier } from './classifier.js';
import type { ClassifierOptions, LabelledSource } from './classifier-options.js';
import { checkClassifierOptions, newClassifierSettings } from './classifier-settings.js';
import { asText } from './labelled-lines.js';

/** What {@link FastTextClassifier.autotune} found. */
export interface AutotuneResult {
  readonly classifier: FastTextClassifier;
  /** of the classifier, on the validation lines */
  readonly score: number;
  readonly trials: readonly AutotuneTrial[];
}

/** How attempts are made: with the class itself, which this module cannot import. */
export interface Workshop {
  train(corpus: Corpus, options: ClassifierOptions): Promise<FastTextClassifier>;
}

const TRIED = [
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
const PIECE_LENGTH = 2;
/** Fewer words and n-grams than centroids are not worth having. */
const LEAST_ROWS = 256;

/** Tries options out until the time is over. */
export async function autotune(
  source: LabelledSource,
  options: AutotuneOptions,
  workshop: Workshop,
): Promise<AutotuneResult> {
  const {
    validation,
    metric: metricText,
    predictions,
    duration,
    maxModelBytes,
    onTrial,
    onAbort,
    ...training
  } = options;
  const search = checkAutotuneOptions({
    ...{ metric: metricText, predictions, duration, maxModelBytes, onTrial, onAbort },
    ...{ threads: training.threads, signal: training.signal },
  });
  const { lowercase, invalidUtf8, maxTokenBytes, memoryLimit, signal, ...own } = training;
  const given = checkClassifierOptions(own);
  const first = newClassifierSettings(given);
  const metric = metricOf(search.metric);
  if (validation === undefined || validation === null) {
    throw new WordmillError('ERR_WORDMILL_OPTION', 'option validation is missing: give labelled lines to test on', {
      option: 'validation',
    });
  }
  const reading = { lowercase, invalidUtf8, maxTokenBytes, memoryLimit, threads: given.threads, signal };
  const read = (lines: LabelledSource, work: (corpus: Corpus) => Promise<AutotuneResult>): Promise<AutotuneResult> =>
    withText(asText(lines, first.labelPrefix), reading, work);

  return read(validation, (validationText) =>
    read(source, async (text) => {
      const begun = performance.now();
      const elapsed = (): number => (performance.now() - begun) / 1000;
      const deadline = AbortSignal.timeout(Math.min(2 ** 31 - 1, Math.ceil(search.duration * 1000)));
      const stop = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
      const random = randomNumbers(first.seed);
      const fixed = new Set<string>(TRIED.filter((name) => given[name] !== undefined));
      if (given.maxNgramLength !== undefined || given.minNgramLength !== undefined) {
        fixed.add('minNgramLength').add('maxNgramLength');
      }
      const trials: AutotuneTrial[] = [];
      let best: { classifier: FastTextClassifier; score: number; attempt: Attempt } | undefined;
      // fastText's number of buckets, also where the first attempt has no n-grams.
      const { epochs, learningRate, vectorSize, wordNgrams, minNgramLength, maxNgramLength } = first;
      const start: Attempt = {
        ...{ epochs, learningRate, vectorSize, wordNgrams, minNgramLength, maxNgramLength },
        buckets: given.buckets ?? 2_000_000,
        pieceLength: PIECE_LENGTH,
      };

      const make = async (attempt: Attempt): Promise<{ classifier: FastTextClassifier; score: number }> => {
        const { pieceLength, ...tried } = attempt;
        const trained = await workshop.train(text, { ...own, ...tried, signal: stop });
        const { maxModelBytes } = search;
        const classifier =
          maxModelBytes === undefined ? trained : await shrink(trained, maxModelBytes, pieceLength, stop);
        try {
          if (metric.label !== undefined && !classifier.labels.some(({ label }) => label === metric.label)) {
            throw new WordmillError('ERR_WORDMILL_OPTION', `option metric: there is no label ${metric.label}`, {
              option: 'metric',
            });
          }
          const asked = { k: search.predictions, threads: search.threads, signal: stop };
          return { classifier, score: metric.score(await classifier.test(validationText, asked)) };
        } catch (error) {
          classifier.dispose();
          throw error;
        }
      };

      while (elapsed() < search.duration) {
        const attempt =
          best === undefined && trials.length === 0
            ? start
            : nextAttempt(best?.attempt ?? start, fixed, elapsed() / search.duration, random);
        const trialBegun = elapsed();
        const { pieceLength: _, ...wanted } = attempt;
        const tried = newClassifierSettings({ ...given, ...wanted });
        const report = (score: number, isBest: boolean, error?: WordmillError): void => {
          const trial = {
            trial: trials.length + 1,
            options: tried,
            score,
            isBest,
            seconds: elapsed() - trialBegun,
            error,
          };
          trials.push(trial);
          search.onTrial?.(trial);
        };
        try {
          const made = await make(attempt);
          const isBest = best === undefined || made.score > best.score || Number.isNaN(best.score);
          if (isBest) {
            best?.classifier.dispose();
            best = { ...made, attempt };
          } else {
            made.classifier.dispose();
          }
          report(made.score, isBest);
        } catch (error) {
          if (signal?.aborted && search.onAbort === 'throw') {
            best?.classifier.dispose();
            throw signal.reason;
          }
          if (stop.aborted) break;
          if (!isWordmillError(error) || !BEARABLE.has(error.code)) {
            best?.classifier.dispose();
            throw error;
          }
          report(Number.NaN, false, error);
        }
      }
      if (best !== undefined) return { classifier: best.classifier, score: best.score, trials };
      if (signal?.aborted) throw signal.reason;
      const [failed] = trials;
      throw new WordmillError(
        'ERR_WORDMILL_LIMIT',
        failed?.error === undefined
          ? `no attempt was finished within ${search.duration} seconds: give more time`
          : `no attempt succeeded: ${failed.error.message}`,
        { option: 'duration', cause: failed?.error },
      );
    }),
  );
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
      // Long words: come nearer from above.
      cutoff = Math.min(cutoff - 1, Math.floor((cutoff * maxModelBytes) / small.fileBytes));
      small.dispose();
    }
    throw new WordmillError(
      'ERR_WORDMILL_LIMIT',
      `the labels and centroids alone take about ${maxModelBytes} bytes: raise maxModelBytes`,
      {
        option: 'maxModelBytes',
      },
    );
  } finally {
    classifier.dispose();
  }
}

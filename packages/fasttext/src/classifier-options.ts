import type { CorpusOptions, KeyedVectors, TextSource } from '@wordmill/core';
import type { RunOptions } from './options.js';

/**
 * How a line's labels are predicted while training: all labels compete (`softmax`), the same along a Huffman tree, which is fast
 * with many labels and less exact (`hierarchical-softmax`), against a few random labels (`negative-sampling`), or each label by
 * itself, for lines that have several (`one-vs-all`).
 */
export type ClassifierObjective = 'softmax' | 'hierarchical-softmax' | 'negative-sampling' | 'one-vs-all';

/** A text and the labels that it has. */
export interface LabelledText {
  readonly text: string;
  /** With or without the prefix; the model has them with it. They cannot contain white space. */
  readonly labels: readonly string[];
}

/** Labelled lines: those of a {@link TextSource}, in which words that begin with the prefix are labels, or records. */
export type LabelledSource = TextSource | Iterable<LabelledText> | AsyncIterable<LabelledText>;

/** What a classifier learns and how; all of it is kept in the model's file. */
export interface ClassifierModelOptions {
  /** Words that begin so are labels. Default `__label__` (fastText `-label`). */
  readonly labelPrefix?: string | undefined;
  /** Numbers in a vector; 1 to 65536. Default 100, or that of `initialVectors` (fastText `-dim`). */
  readonly vectorSize?: number | undefined;
  /** Default `softmax` (fastText `-loss`). */
  readonly objective?: ClassifierObjective | undefined;
  /** Noise labels for each true one; 1 to 1000. Default 5 (fastText `-neg`). Only with negative sampling. */
  readonly negativeSamples?: number | undefined;
  /** Runs of up to that many words are features too; 1 to 1000. Default 1: none (fastText `-wordNgrams`). */
  readonly wordNgrams?: number | undefined;
  /** Least length of character n-grams; default 3 where there are any, else 0 (fastText `-minn`). */
  readonly minNgramLength?: number | undefined;
  /** Greatest length of character n-grams; default 0: none (fastText `-maxn`). */
  readonly maxNgramLength?: number | undefined;
  /** N-grams of either kind are hashed into that many rows. Default 2000000 (fastText `-bucket`). Only used ones take memory. */
  readonly buckets?: number | undefined;
  /** Step of gradient descent at the first line; it falls to 0 at the last. Default 0.1 (fastText `-lr`). */
  readonly learningRate?: number | undefined;
  /** Passes over the lines, each in another order. Default 5 (fastText `-epoch`). */
  readonly epochs?: number | undefined;
  /** Rarer words are no features. Default 1 (fastText `-minCount`). */
  readonly minCount?: number | undefined;
  /** Rarer labels are ignored. Default 0 (fastText `-minCountLabel`). */
  readonly minCountLabel?: number | undefined;
  /** Of all random numbers. Default 1 (fastText `-seed`). On one thread of the processor, the same seed gives the same model, byte by byte. */
  readonly seed?: number | undefined;
}

/** Options of {@link FastTextClassifier.train}. Those of a corpus are only for a source that is not yet a Corpus. */
export interface ClassifierOptions
  extends ClassifierModelOptions,
    RunOptions,
    Pick<CorpusOptions, 'lowercase' | 'invalidUtf8' | 'maxTokenBytes' | 'memoryLimit'> {
  /** Vectors that the rows of words start from, where both have the word (fastText `-pretrainedVectors`). */
  readonly initialVectors?: KeyedVectors | undefined;
}

/** Options of {@link FastTextClassifier.continueTraining}; what is not given is as the model was trained. */
export interface ClassifierContinueOptions
  extends Pick<ClassifierModelOptions, 'learningRate' | 'epochs' | 'seed' | 'negativeSamples'>,
    RunOptions,
    Pick<CorpusOptions, 'lowercase' | 'invalidUtf8' | 'maxTokenBytes' | 'memoryLimit'> {}

/** Which labels are wanted. */
export interface PredictOptions {
  /** At most that many, the most probable ones; `Infinity`: all. Default 1. */
  readonly k?: number | undefined;
  /** Only labels that are at least that probable; 0 to 1. Default 0. */
  readonly threshold?: number | undefined;
  /**
   * How a probability is computed with negative sampling and one-vs-all, which alone take this option: `exact` (default), or by fastText's
   * `table` of 512 steps, for the numbers of its program, which are up to 0.008 lower.
   */
  readonly sigmoid?: 'exact' | 'table' | undefined;
}

/** How long predictions are run. */
export interface BatchOptions extends PredictOptions {
  /** Engine threads; 0, the default: as many as the process may run on. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A label of a text. */
export interface Prediction {
  /** with its prefix */
  readonly label: string;
  /** at most 1; with softmax and hierarchical softmax those of all labels sum to 1 */
  readonly probability: number;
}

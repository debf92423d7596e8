import type { Workplace } from '@wordmill/core';
import {
  type Classifier,
  type Isa,
  type Keys,
  native,
  type QuantizedParts,
  type Subwords,
  type Table,
} from '@wordmill/native';
import type { ClassifierSettings } from './classifier-settings.js';

/** What the training of a classifier did. */
export interface ClassifierReport extends Workplace {
  /** words, labels and line ends that were worked on, over all epochs */
  readonly tokens: number;
  /** of the training alone, without reading the text */
  readonly seconds: number;
  readonly tokensPerSecond: number;
  /** mean loss of all training examples */
  readonly loss: number;
  /** lines with a label and a word */
  readonly examples: number;
  /** other lines that are not empty */
  readonly skippedLines: number;
  readonly vocabulary: number;
  readonly labels: number;
  /** n-grams of words and characters that have a row */
  readonly ngrams: number;
  /** the instruction set that the engine used */
  readonly isa: Isa;
  readonly threads: number;
  /** false when it was aborted with `onAbort: 'return'` */
  readonly finished: boolean;
}

/** All that belongs to a classifier, trained here or read from a file. */
export interface StoredClassifier {
  readonly settings: ClassifierSettings;
  readonly words: Keys;
  readonly wordCounts: BigUint64Array;
  readonly labels: Keys;
  readonly labelCounts: BigUint64Array;
  /** of the text, in one pass */
  readonly tokens: number;
  /** a row for each word, then one for each n-gram that has one */
  readonly input: Table;
  /** a row for each label, or for each inner node of the Huffman tree */
  readonly output: Table;
  readonly subwords: Subwords;
  /** whether n-grams without a row count for nothing, rather than as zeros */
  readonly isPruned: boolean;
  /** what `input`, and perhaps `output` as it stands in files, were decoded from */
  readonly quantized: { readonly input: QuantizedParts; readonly output: QuantizedParts | undefined } | undefined;
  /** undefined for a model of fastText's program */
  readonly report: ClassifierReport | undefined;
}

export const hasTree = ({ objective }: ClassifierSettings): boolean => objective === 'hierarchical-softmax';

export function nativeClassifier(model: StoredClassifier): Classifier {
  const { settings, words, labels, labelCounts, subwords, input, output } = model;
  const { labelPrefix, wordNgrams, objective } = settings;
  return native().createClassifier({
    ...{ words, labels, labelCounts, labelPrefix, wordNgrams, subwords, input, output, objective },
  });
}

export function disposeClassifier({ words, labels, input, output, subwords }: StoredClassifier): void {
  for (const handle of [words, labels, input, output, subwords]) handle.dispose();
}

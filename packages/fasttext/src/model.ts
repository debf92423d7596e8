import { KeyedVectors, type TokenizerFingerprint, type Workplace } from '@wordmill/core';
import { copyKeys, tokenizerMetadata } from '@wordmill/core/internal';
import type { Isa, Keys, QuantizedParts, Subwords, Table } from '@wordmill/native';
import type { FastTextSettings } from './settings.js';
import { disposeWeights, type Weights } from './weights.js';

/** What a training did. */
export interface TrainingReport extends Workplace {
  /** tokens of the vocabulary that were worked on, before subsampling, over all epochs */
  readonly tokens: number;
  /** of the training alone, without reading the text */
  readonly seconds: number;
  readonly tokensPerSecond: number;
  /** mean loss of all training examples; NaN when there were none */
  readonly loss: number;
  /** words */
  readonly vocabulary: number;
  /** n-grams of these words that have a row of their own */
  readonly ngrams: number;
  /** the instruction set that the engine used */
  readonly isa: Isa;
  readonly threads: number;
  /** false when it was aborted with `onAbort: 'return'` */
  readonly finished: boolean;
}

/** All that belongs to a model, trained here or read from a file. */
export interface StoredModel {
  readonly settings: FastTextSettings;
  readonly keys: Keys;
  readonly counts: BigUint64Array;
  /** of the text, in one pass */
  readonly tokens: number;
  readonly weights: Weights;
  /** rows of n-grams in `weights.input` */
  readonly subwords: Subwords;
  /** the vectors of words: each the mean of its own row and its n-grams' */
  readonly composed: Table;
  /** whether n-grams without a row count for nothing, rather than as zeros */
  readonly isPruned: boolean;
  /** what `input`, and perhaps the output layer as it stands in files, were decoded from */
  readonly quantized: { readonly input: QuantizedParts; readonly output: QuantizedParts | undefined } | undefined;
  /** whose ids the rows of words are; undefined for words, and where a file does not say */
  readonly tokenizer: TokenizerFingerprint | undefined;
  /** undefined for a model of fastText's program */
  readonly report: TrainingReport | undefined;
}

export const hasNgrams = (subwords: Subwords): boolean => subwords.describe().rows > 0;

export function vectorsOf({ composed, keys, counts, subwords, weights, tokenizer }: StoredModel): KeyedVectors {
  return KeyedVectors.fromNative({
    table: composed,
    keys: copyKeys(keys),
    counts,
    metadata: tokenizerMetadata(tokenizer),
    subwords: hasNgrams(subwords) ? { index: subwords, table: weights.input } : undefined,
  });
}

export function disposeModel({ keys, weights, subwords, composed }: StoredModel): void {
  for (const handle of [keys, subwords, composed]) handle.dispose();
  disposeWeights(weights);
}

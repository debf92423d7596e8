import { WordmillError } from '@wordmill/core';
import {
  checkOptions,
  copyKeys,
  finite,
  flag,
  Handles,
  integer,
  type Scope,
  signal,
  threads,
  withScope,
  withText,
} from '@wordmill/core/internal';
import { native } from '@wordmill/native';
import * as v from 'valibot';
import { treeOf } from './binary-file.js';
import { outputMatrix } from './classifier-binary.js';
import { trainFurther } from './classifier-continuation.js';
import { hasTree, type StoredClassifier } from './classifier-model.js';
import type { LabelledSource } from './classifier-options.js';
import { continuedClassifierSettings, featureRules } from './classifier-settings.js';
import { checkCoding, codeRows } from './coded-rows.js';
import { asTable, firstRows, joined } from './copied-rows.js';
import { asText } from './labelled-lines.js';
import type { FastTextProgress } from './options.js';

/** How a classifier is made small; see {@link FastTextClassifier.quantize}. */
export interface QuantizeOptions {
  /** Numbers that share a byte; 1 to all. Default 2 (fastText `-dsub`). */
  readonly pieceLength?: number | undefined;
  /** Code the lengths of rows apart from their directions: a byte more a row. Default false (fastText `-qnorm`). */
  readonly normalize?: boolean | undefined;
  /** Quantise the rows of labels too, two numbers a byte. Default false (fastText `-qout`). */
  readonly output?: boolean | undefined;
  /** Keep only so many words and n-grams, those with the longest vectors. Default 0: all (fastText `-cutoff`). */
  readonly cutoff?: number | undefined;
  /** Lines to train what is left on, after a cutoff (fastText `-retrain`, with the text in `-input`). */
  readonly retrain?: LabelledSource | undefined;
  /** Of that training. Default: that of the model (fastText `-lr`). */
  readonly learningRate?: number | undefined;
  /** Of that training. Default: those of the model (fastText `-epoch`). */
  readonly epochs?: number | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called while what is left is trained. */
  readonly onProgress?: ((progress: FastTextProgress) => void) | undefined;
}

const schema = v.strictObject({
  pieceLength: v.optional(integer(1, 65536), 2),
  normalize: v.optional(flag, false),
  output: v.optional(flag, false),
  cutoff: v.optional(integer(0), 0),
  retrain: v.optional(v.custom<LabelledSource>((value) => value !== null)),
  learningRate: v.optional(finite(Number.MIN_VALUE)),
  epochs: v.optional(integer(1, 1_000_000)),
  threads,
  signal,
  onProgress: v.optional(v.custom<(progress: FastTextProgress) => void>((value) => typeof value === 'function')),
});

type Checked = v.InferOutput<typeof schema>;

/** Numbers a byte of the output: the reference's, whatever `-dsub` says. */
const OUTPUT_PIECE = 2;

/** A small copy of a classifier. */
export async function quantizeClassifier(
  model: StoredClassifier,
  options?: QuantizeOptions,
): Promise<StoredClassifier> {
  const { retrain, ...checked } = checkOptions(schema, options);
  const { labelPrefix } = model.settings;
  checkCoding(model, checked.pieceLength);
  if (retrain !== undefined && checked.cutoff === 0) {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      'option retrain needs a cutoff, after which there is something to mend',
      {
        option: 'retrain',
      },
    );
  }
  if (retrain === undefined) return withScope(checked, (scope) => quantize(model, checked, scope));
  const reading = { threads: checked.threads, signal: checked.signal, onProgress: checked.onProgress };
  return withText(asText(retrain, labelPrefix), reading, (corpus, scope) =>
    quantize(model, checked, scope, async (pruned) => {
      const settings = continuedClassifierSettings(pruned.settings, checked);
      const run = { threads: checked.threads, device: 'cpu', onAbort: 'throw', onEpoch: undefined } as const;
      await trainFurther(pruned, corpus, settings, run, scope);
    }),
  );
}

async function quantize(
  model: StoredClassifier,
  options: Checked,
  { cancellation }: Scope<FastTextProgress>,
  retrain?: (pruned: StoredClassifier) => Promise<void>,
): Promise<StoredClassifier> {
  const scratch = new Handles();
  const made = new Handles();
  try {
    const pruned = await prune(model, options, made, scratch, cancellation.signal);
    await retrain?.(pruned);
    const { parts: inputParts, decoded: input } = await codeRows(pruned.input, options, cancellation);
    made.keep(input);
    if (!options.output) return { ...pruned, input, quantized: { input: inputParts, output: undefined } };
    const { vectorSize } = model.settings;
    const stored = scratch.keep(await asTable(outputMatrix(pruned), vectorSize, cancellation.signal));
    const ofOutput = { ...options, pieceLength: Math.min(OUTPUT_PIECE, vectorSize) };
    const { parts: outputParts, decoded } = await codeRows(stored, ofOutput, cancellation);
    pruned.output.dispose();
    const output = made.keep(hasTree(model.settings) ? await treeOf(decoded) : decoded);
    return { ...pruned, input, output, quantized: { input: inputParts, output: outputParts } };
  } catch (error) {
    made.dispose();
    throw error;
  } finally {
    scratch.dispose();
  }
}

/** A copy with the rows that are kept. N-grams that were never seen have none, unless all buckets have. */
async function prune(
  model: StoredClassifier,
  { cutoff, threads }: Pick<Checked, 'cutoff' | 'threads'>,
  made: Handles,
  scratch: Handles,
  signal: AbortSignal,
): Promise<StoredClassifier> {
  const { words, wordCounts, subwords, settings, input, output, labels } = model;
  const buckets = subwords.buckets();
  const rows = words.size + buckets.length;
  const isWhole = cutoff === 0 || cutoff >= rows;
  const kept = isWhole ? firstRows(rows) : await longestRows(model, rows, cutoff, threads);
  const keptWords = kept.filter((row) => row < words.size);
  const bucketOf = (row: number): number => buckets[row - words.size]!;
  const keptNgrams = kept.filter((row) => row >= words.size).sort((a, b) => bucketOf(a) - bucketOf(b));
  const isPruned = keptNgrams.length < settings.buckets;
  const keptBuckets = isPruned ? keptNgrams.map(bucketOf) : undefined;
  const columns = settings.vectorSize;
  const outputRows = firstRows(output.describe().rows);
  return {
    ...model,
    isPruned,
    words: made.keep(
      isWhole ? copyKeys(words) : native().createKeysFrom(Array.from(keptWords, (row) => words.at(row))),
    ),
    labels: made.keep(copyKeys(labels)),
    wordCounts: BigUint64Array.from(keptWords, (row) => wordCounts[row]!),
    subwords: made.keep(native().createSubwords(featureRules(settings), keptWords.length, keptBuckets, isPruned)),
    input: scratch.keep(await asTable({ table: input, rows: joined(keptWords, keptNgrams) }, columns, signal)),
    output: made.keep(await asTable({ table: output, rows: outputRows }, columns, signal)),
  };
}

/** The line end and the rows with the longest vectors, in their old order. */
async function longestRows(
  { words, input }: StoredClassifier,
  rows: number,
  cutoff: number,
  threads: number,
): Promise<Uint32Array> {
  const norms = await input.norms(threads);
  const lineEnd = words.find('</s>');
  const order = firstRows(rows);
  const weight = (row: number): number => (row === lineEnd ? Number.POSITIVE_INFINITY : norms[row]!);
  order.sort((a, b) => weight(b) - weight(a) || a - b);
  return order.subarray(0, cutoff).sort();
}

import { type Corpus, WordmillError } from '@wordmill/core';
import { copyRows, eventLoopTurn, type Scope, updatedVocabulary, viewOfVocabulary } from '@wordmill/core/internal';
import type { Subwords, Table } from '@wordmill/native';
import type { StoredModel } from './model.js';
import type { FastTextProgress } from './options.js';
import type { CheckedContinueOptions, FastTextSettings } from './settings.js';
import { trainView } from './training.js';

/** fastText's line end; where it is a word of the model, it is one of further text too. */
const LINE_END = '</s>';

/** N-grams whose rows are copied at once. */
const SLICE = 4096;

/** Trains copies of a model's weights on more text, so that the model stays as it is should that fail. */
export async function trainOn(
  model: StoredModel,
  corpus: Corpus,
  settings: FastTextSettings,
  options: CheckedContinueOptions,
  scope: Scope<FastTextProgress>,
): Promise<StoredModel> {
  if (model.quantized !== undefined) {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      'a quantised model cannot be trained on: train the one that it was made of, and quantise that',
    );
  }
  const { maxSentenceLength } = options;
  const { tokenizer } = model;
  const lineEndToken = tokenizer === undefined && model.keys.find(LINE_END) >= 0;
  const vocabulary = options.updateVocabulary
    ? await updatedVocabulary(corpus, model, { minCount: settings.minCount, lineEndToken })
    : model;
  try {
    const view = await viewOfVocabulary(corpus, vocabulary, { sentence: 'line', maxSentenceLength, lineEndToken });
    try {
      const tokens = options.updateVocabulary ? model.tokens + view.describe().tokens : model.tokens;
      const trained = await trainView(view, tokens, settings, options, scope, async ({ subwords, weights }, signal) => {
        await copyRows(model.weights.input, weights.input, model.keys.size, signal);
        await copyNgrams(model, subwords, weights.input, signal);
        for (const name of ['output', 'tree'] as const) {
          const [from, to] = [model.weights[name], weights[name]];
          if (from !== undefined && to !== undefined) await copyRows(from, to, from.describe().rows, signal);
        }
      });
      return { ...trained, tokenizer };
    } finally {
      view.dispose();
    }
  } finally {
    if (vocabulary.keys !== model.keys) vocabulary.keys.dispose();
  }
}

/** Copies the rows of those n-grams that the model has rows for, which may lie elsewhere. */
async function copyNgrams(model: StoredModel, subwords: Subwords, input: Table, signal: AbortSignal): Promise<void> {
  const { columns } = input.describe();
  const { firstRow } = subwords.describe();
  const buckets = subwords.buckets();
  for (let first = 0; first < buckets.length; first += SLICE) {
    signal.throwIfAborted();
    const slice = buckets.subarray(first, first + SLICE);
    const old = Array.from(slice, (bucket) => model.subwords.rowOf(bucket));
    const values = new Float32Array(slice.length * columns);
    input.read(firstRow + first, slice.length, 'f32', values);
    const known = Uint32Array.from(old.filter((row) => row >= 0));
    const copied = new Float32Array(known.length * columns);
    model.weights.input.gather(known, copied);
    let next = 0;
    for (const [i, row] of old.entries()) {
      if (row < 0) continue;
      values.set(copied.subarray(next, next + columns), i * columns);
      next += columns;
    }
    input.write(firstRow + first, slice.length, 'f32', values);
    await eventLoopTurn();
  }
}

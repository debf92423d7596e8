import { type Sentence, WordmillError } from '@wordmill/core';
import { Cancellation } from '@wordmill/core/internal';
import { native } from '@wordmill/native';
import type { StoredModel } from './model-file.js';
import { type Word2VecSettings, windowOptions } from './settings.js';

const MISSING = 0xffffffff;
const LINE_END = 0xffffffff;

/** The engine's limit; the parts of a longer sentence are scored by themselves and added. */
const LONGEST_SENTENCE = 1 << 20;

/** What separates the tokens of a line in a corpus. */
const SEPARATORS = /[ \t\r\n\v\f\0]+/;

export interface ScoreOptions {
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

/** The log likelihood of each sentence; 0 for one without a known word. */
export async function scoreSentences(
  model: StoredModel,
  sentences: Iterable<Sentence> | AsyncIterable<Sentence>,
  options: ScoreOptions,
): Promise<Float64Array> {
  const { keys } = model;
  const ids: number[] = [];
  const pieces: number[] = [];
  for await (const sentence of sentences) {
    options.signal?.throwIfAborted();
    const known = keys.findMany(tokensOf(sentence, model)).filter((row) => row !== MISSING);
    pieces.push(Math.ceil(known.length / LONGEST_SENTENCE));
    for (const id of known) ids.push(id);
    if (known.length > 0) ids.push(LINE_END);
  }
  if (ids.length === 0) return new Float64Array(pieces.length);
  const scores = await scoreIds(Uint32Array.from(ids), model, options);
  let next = 0;
  return Float64Array.from(pieces, (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += scores[next++]!;
    return sum;
  });
}

function tokensOf(sentence: Sentence, { settings: { lowercase }, tokenizer }: StoredModel): string[] {
  if (tokenizer !== undefined) {
    if (typeof sentence !== 'string') return [...sentence];
    throw new WordmillError(
      'ERR_WORDMILL_TOKENIZER',
      `the model was trained on the tokens of ${JSON.stringify(tokenizer.name)}: give each sentence as the list of its tokens' keys`,
      { option: 'sentences' },
    );
  }
  const tokens = typeof sentence === 'string' ? sentence.split(SEPARATORS) : [...sentence];
  return lowercase ? tokens.map((token) => token.toLowerCase()) : tokens;
}

async function scoreIds(
  ids: Uint32Array,
  { keys, counts, settings, weights }: StoredModel,
  { threads, signal }: ScoreOptions,
): Promise<Float64Array> {
  const { input, output, tree } = weights;
  // With both objectives, the tree is the one that gives probabilities.
  const scored: Word2VecSettings = { ...settings, objective: tree ? 'hierarchical-softmax' : 'softmax' };
  const tables = { input, ...(tree ? { tree } : output && { output }) };
  const reading = { invalidUtf8: 'escape', threads, maxTokenBytes: settings.maxTokenBytes, memoryLimit: 0 } as const;
  const corpus = native().corpusFromIds(ids, keys, reading);
  const cancellation = new Cancellation(signal);
  try {
    const view = await corpus.view({
      minCount: 0,
      maxVocabulary: 0,
      sentence: 'line',
      maxSentenceLength: LONGEST_SENTENCE,
      lineEndToken: false,
      vocabulary: keys,
      vocabularyCounts: counts,
    });
    try {
      const options = windowOptions(scored, threads);
      return await cancellation.run((raised) => view.windowScore(tables, options, raised));
    } finally {
      view.dispose();
    }
  } finally {
    cancellation.close();
    corpus.dispose();
  }
}

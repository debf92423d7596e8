import { Corpus, type Sentence, WordmillError } from '@wordmill/core';
import { Cancellation } from '@wordmill/core/internal';
import type { Word2VecProgress } from './options.js';
import type { CheckedPlanOptions } from './settings.js';

/**
 * Text to train on: a path or `file:` URL (a file or a folder), sentences (each a line of text, or its tokens), or a ready
 * {@link Corpus}. A string is always a path; several paths go through {@link Corpus.fromFile}.
 */
export type TextSource = Corpus | string | URL | Iterable<Sentence> | AsyncIterable<Sentence>;

type ReadingOptions = Pick<
  CheckedPlanOptions,
  'lowercase' | 'invalidUtf8' | 'maxTokenBytes' | 'memoryLimit' | 'threads'
>;

/** What long work is watched and stopped by. */
export interface Scope {
  readonly cancellation: Cancellation;
  readonly onProgress: ((progress: Word2VecProgress) => void) | undefined;
}

/** Reads the text, works on it, and frees it when it was made here. */
export async function withText<Result>(
  source: TextSource,
  options: ReadingOptions & Pick<CheckedPlanOptions, 'signal' | 'onProgress'>,
  work: (corpus: Corpus, scope: Scope) => Promise<Result>,
): Promise<Result> {
  const cancellation = new Cancellation(options.signal);
  const scope = { cancellation, onProgress: cancellation.observer(options.onProgress) };
  try {
    cancellation.throwIfAborted();
    if (source instanceof Corpus) {
      refuseReadingOptions(options);
      return await work(source, scope);
    }
    const corpus = await readSource(source, options, scope);
    try {
      return await work(corpus, scope);
    } finally {
      corpus.dispose();
    }
  } finally {
    cancellation.close();
  }
}

async function readSource(
  source: Exclude<TextSource, Corpus>,
  options: ReadingOptions,
  { cancellation: { signal }, onProgress }: Scope,
): Promise<Corpus> {
  const { lowercase, invalidUtf8, maxTokenBytes, memoryLimit, threads } = options;
  const corpusOptions = { lowercase, invalidUtf8, maxTokenBytes, memoryLimit, threads, signal, onProgress };
  return typeof source === 'string' || source instanceof URL
    ? Corpus.fromFile(source, corpusOptions)
    : Corpus.fromSentences(source, corpusOptions);
}

function refuseReadingOptions({ lowercase, invalidUtf8, maxTokenBytes, memoryLimit }: ReadingOptions): void {
  for (const [name, value] of Object.entries({ lowercase, invalidUtf8, maxTokenBytes, memoryLimit })) {
    if (value === undefined) continue;
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `option ${name} says how to read text, and this Corpus has been read: give it to the Corpus`,
      { option: name },
    );
  }
}

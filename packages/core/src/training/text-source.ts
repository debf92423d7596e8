import { Cancellation } from '../cancellation.js';
import { Corpus } from '../corpus/corpus.js';
import type { Sentence } from '../corpus/feed.js';
import type { CorpusOptions } from '../corpus/options.js';
import { WordmillError } from '../errors.js';
import type { CorpusProgress } from '../progress.js';

/**
 * Text to train on: a path or `file:` URL (a file or a folder), sentences (each a line of text, or its tokens), or a ready
 * {@link Corpus}. A string is always a path; several paths go through {@link Corpus.fromFile}.
 */
export type TextSource = Corpus | string | URL | Iterable<Sentence> | AsyncIterable<Sentence>;

/** How text is read that is not yet a Corpus; any of them is an error with one that is. */
export type ReadingOptions = Pick<
  CorpusOptions,
  'lowercase' | 'invalidUtf8' | 'maxTokenBytes' | 'memoryLimit' | 'tokenizer'
>;

/** What long work is watched and stopped by. `Event`: what it tells of its progress. */
export interface Scope<Event> {
  readonly cancellation: Cancellation;
  readonly onProgress: ((progress: Event) => void) | undefined;
}

/** What the caller watches and stops the work by. */
export interface Watch<Event> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Event) => void) | undefined;
}

/** Runs work within a scope of its own. */
export async function withScope<Event, Result>(
  { signal, onProgress }: Watch<Event>,
  work: (scope: Scope<Event>) => Promise<Result>,
): Promise<Result> {
  const cancellation = new Cancellation(signal);
  try {
    cancellation.throwIfAborted();
    return await work({ cancellation, onProgress: cancellation.observer(onProgress) });
  } finally {
    cancellation.close();
  }
}

/** Reads the text, works on it, and frees it when it was made here. */
export function withText<Event, Result>(
  source: TextSource,
  options: ReadingOptions & Watch<Event | CorpusProgress> & { readonly threads: number },
  work: (corpus: Corpus, scope: Scope<Event | CorpusProgress>) => Promise<Result>,
): Promise<Result> {
  return withScope(options, async (scope) => {
    if (source instanceof Corpus) {
      refuseReadingOptions(options);
      return work(source, scope);
    }
    const corpus = await readSource(source, options, scope);
    try {
      return await work(corpus, scope);
    } finally {
      corpus.dispose();
    }
  });
}

async function readSource<Event>(
  source: Exclude<TextSource, Corpus>,
  options: ReadingOptions & { readonly threads: number },
  { cancellation: { signal }, onProgress }: Scope<Event | CorpusProgress>,
): Promise<Corpus> {
  const { lowercase, invalidUtf8, maxTokenBytes, memoryLimit, tokenizer, threads } = options;
  const corpusOptions = { lowercase, invalidUtf8, maxTokenBytes, memoryLimit, tokenizer, threads, signal, onProgress };
  return typeof source === 'string' || source instanceof URL
    ? Corpus.fromFile(source, corpusOptions)
    : Corpus.fromSentences(source, corpusOptions);
}

function refuseReadingOptions({ lowercase, invalidUtf8, maxTokenBytes, memoryLimit, tokenizer }: ReadingOptions): void {
  for (const [name, value] of Object.entries({ lowercase, invalidUtf8, maxTokenBytes, memoryLimit, tokenizer })) {
    if (value === undefined) continue;
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `option ${name} says how to read text, and this Corpus has been read: give it to the Corpus`,
      { option: name },
    );
  }
}

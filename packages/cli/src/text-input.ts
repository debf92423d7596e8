import { Corpus, type CorpusProgress, loadTokenizer, type Tokenizer } from '@wordmill/core';
import { choice, file, flag, integer, type Values } from './option-types.js';
import { UsageError } from './usage-error.js';

/** How text is read, for every command that reads some. */
export const textOptions = {
  lowercase: flag({ help: 'lowercase the text, by the rules of Unicode' }),
  invalidUtf8: choice(['strict', 'replace', 'escape'], {
    help: 'bytes that are not UTF-8: an error, U+FFFD, or kept as they are',
    fallback: 'escape, as the reference tools; with --lowercase strict',
  }),
  maxTokenBytes: integer({ help: 'longer words are cut there', fallback: '1024' }),
  memoryLimit: integer({
    value: 'BYTES',
    help: 'keep at most that much of the encoded text (4 bytes a word) in memory, else in a temporary file; 0: no limit',
    fallback: 'half of the free memory',
  }),
} as const;

export const trainOption = file({
  help: 'text to read; a folder is read file by file, .gz and .zst are unpacked, - is standard input. Operands are more of it',
});

export const tokenizerOption = file({
  help: 'tokenizer.json whose tokens take the place of words, row i for id i (takes the package @huggingface/tokenizers)',
});

/** The tokenizer that was asked for, if any. */
export const readTokenizer = (path: string | undefined): Promise<Tokenizer> | undefined =>
  path === undefined ? undefined : loadTokenizer(path);

export const threadsOption = integer({
  help: 'threads of the engine; 0: as many as this process may run on',
  fallback: '0',
});

/** The files named by `--train` and the operands, of which there must be one. */
export function textSources(train: string | undefined, operands: readonly string[]): string[] {
  const sources = train === undefined ? [...operands] : [train, ...operands];
  if (sources.length === 0) throw new UsageError('there is no text: give -train FILE, or - for standard input');
  if (sources.includes('-') && sources.length > 1)
    throw new UsageError('standard input (-) cannot go with other files');
  return sources;
}

/**
 * The library's options for reading. Bytes that are not UTF-8 are kept, as the reference tools do, but have no case and no tokens.
 */
export function readingOptions(
  { lowercase, invalidUtf8, maxTokenBytes, memoryLimit }: Values<typeof textOptions>,
  tokenizer?: Tokenizer | undefined,
) {
  return {
    lowercase,
    invalidUtf8: invalidUtf8 ?? (lowercase || tokenizer !== undefined ? 'strict' : 'escape'),
    maxTokenBytes,
    memoryLimit,
    ...(tokenizer !== undefined && { tokenizer }),
  } as const;
}

interface Run {
  readonly threads: number | undefined;
  readonly tokenizer?: Tokenizer | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CorpusProgress) => void;
}

export function readText(sources: readonly string[], options: Values<typeof textOptions>, run: Run): Promise<Corpus> {
  const reading = { ...readingOptions(options, run.tokenizer), ...run };
  return sources[0] === '-' ? Corpus.fromStandardInput(reading) : Corpus.fromFile(sources, reading);
}

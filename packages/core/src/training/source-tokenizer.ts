import { Corpus } from '../corpus/corpus.js';
import { WordmillError } from '../errors.js';
import { requireTokenizer } from '../tokenizers/checks.js';
import {
  describeTokenizer,
  refuseOtherTokenizer,
  type TokenizerFingerprint,
  tokenizerFingerprint,
} from '../tokenizers/fingerprint.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';
import type { ReadingOptions } from './text-source.js';

/** The fingerprint of the tokenizer whose tokens a corpus holds; undefined for words. */
export function corpusTokenizer({ tokenizer }: Corpus): TokenizerFingerprint | undefined {
  return tokenizer === undefined ? undefined : tokenizerFingerprint(tokenizer);
}

/** Refuses a model of another tokenizer than the one it was asked for with. */
export function checkModelTokenizer(
  made: TokenizerFingerprint | undefined,
  tokenizer: Tokenizer | undefined,
  path: string | URL,
): void {
  if (tokenizer === undefined) return;
  const given = tokenizerFingerprint(requireTokenizer(tokenizer, 'tokenizer'));
  if (made === undefined)
    throw other(`${path}: the model was trained on words, not on the tokens of ${describeTokenizer(given)}`);
  refuseOtherTokenizer(made, given, `${path}: the rows`);
}

/**
 * How more text for a model is read: as the model's was, unless it has been read. ERR_WORDMILL_TOKENIZER where it would be other
 * tokens than the model's.
 */
export function readingOfModel<Options extends ReadingOptions>(
  source: unknown,
  options: Options,
  model: Required<Pick<ReadingOptions, 'lowercase' | 'invalidUtf8' | 'maxTokenBytes'>> & {
    readonly tokenizer: TokenizerFingerprint | undefined;
  },
): Options {
  refuseOtherTokens(model.tokenizer, source, options.tokenizer);
  if (source instanceof Corpus) return options;
  const { lowercase, invalidUtf8, maxTokenBytes } = model;
  if (options.tokenizer !== undefined) return { ...options, lowercase, invalidUtf8 };
  return { ...options, lowercase, invalidUtf8, maxTokenBytes };
}

/** ERR_WORDMILL_TOKENIZER where a source is, or would be read as, other tokens than those a model was trained on. */
export function refuseOtherTokens(
  expected: TokenizerFingerprint | undefined,
  source: unknown,
  option: Tokenizer | undefined,
): void {
  const given = source instanceof Corpus ? source.tokenizer : option;
  const fingerprint = given === undefined ? undefined : tokenizerFingerprint(given);
  if (expected !== undefined && fingerprint !== undefined) {
    refuseOtherTokenizer(expected, fingerprint, 'the rows of the model');
  } else if (expected !== undefined) {
    // Ready ids may be the tokenizer's: whose they are is not known.
    if (source instanceof Corpus && source.info.externalIds) return;
    throw other(
      `the model was trained on the tokens of ${describeTokenizer(expected)}, and this text would be read as words: give option tokenizer`,
    );
  } else if (fingerprint !== undefined) {
    throw other(
      `the model was trained on words, not on the tokens of ${describeTokenizer(fingerprint)}: leave the tokenizer out, or train a new model`,
    );
  }
}

function other(message: string): WordmillError {
  return new WordmillError('ERR_WORDMILL_TOKENIZER', message, { option: 'tokenizer' });
}

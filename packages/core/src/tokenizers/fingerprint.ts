import { createHash } from 'node:crypto';
import { encodeText } from '../corpus/text-bytes.js';
import { WordmillError } from '../errors.js';
import { checkVocabulary, encodeChecked, requireTokenizer } from './checks.js';
import type { Tokenizer } from './tokenizer.js';

/** What tells one tokenizer from another. */
export interface TokenizerFingerprint {
  /** as the tokenizer calls itself; it does not count when two are compared */
  readonly name: string;
  /** tokens in the vocabulary */
  readonly size: number;
  /** SHA-256 in hexadecimal */
  readonly fingerprint: string;
}

/** Names of the metadata that say with which tokenizer vectors were made. */
const NAME = 'tokenizer.name';
const SIZE = 'tokenizer.size';
const FINGERPRINT = 'tokenizer.fingerprint';

/** What is digested is versioned, so that a change of it cannot look like a change of a tokenizer. */
const VERSION = 'wordmill tokenizer 1';

/**
 * Texts whose ids are part of the fingerprint: tokenizers may share a vocabulary and cut, normalise or merge differently. They
 * hold what is known to be treated differently: case, accents, numbers, runs of spaces, apostrophes, scripts without spaces,
 * characters beyond the first plane, long words.
 */
const PROBES = [
  "Hello, World! It's 3.14159 o'clock, isn't it?",
  ' leading  and   trailing spaces\tand tabs  ',
  'naïve café, Straße, Ærø, ﬁne, e\u0301',
  'unbelievably antidisestablishmentarianism',
  'x_1 = y[i] += 1_000_000; // TODO <|endoftext|> [CLS] </s>',
  '中文字符 日本語のテスト 한국어 Привет мир',
  '🙂👩‍👩‍👧 ½ ①',
] as const;

/** Keys of the vocabulary that are encoded as well, so that the order of merges counts, of which a text may show little. */
const SAMPLED_KEYS = 1024;

const known = new WeakMap<Tokenizer, TokenizerFingerprint>();

/**
 * Identifies a tokenizer by its vocabulary (the bytes of each key, in the order of ids) and the ids that it gives some fixed
 * texts and a sample of its keys. The same tokenizer has the same fingerprint in every version of this package. Throws ERR_WORDMILL_TOKENIZER for one
 * whose vocabulary or ids are not as they must be.
 */
export function tokenizerFingerprint(tokenizer: Tokenizer): TokenizerFingerprint {
  const found = known.get(requireTokenizer(tokenizer, 'tokenizer'));
  if (found !== undefined) return found;
  checkVocabulary(tokenizer);
  const { name, vocabulary } = tokenizer;
  const hash = createHash('sha256').update(`${VERSION}\n${vocabulary.length}\n`);
  for (const key of vocabulary) {
    const bytes = encodeText(key, 'escape');
    hash.update(`${bytes.length}:`).update(bytes);
  }
  for (const probe of [...PROBES, sampleOf(vocabulary)]) {
    const ids = encodeChecked(tokenizer, probe, `the text ${JSON.stringify(probe.slice(0, 60))}`);
    hash.update(`\n${Array.from(ids).join(' ')}`);
  }
  const fingerprint = { name, size: vocabulary.length, fingerprint: hash.digest('hex') };
  known.set(tokenizer, fingerprint);
  return fingerprint;
}

function sampleOf(vocabulary: readonly string[]): string {
  const step = Math.ceil(vocabulary.length / SAMPLED_KEYS);
  const text = vocabulary.filter((_, id) => id % step === 0).join(' ');
  // Bytes that are not UTF-8 are no text: U+FFFD stands for them.
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** The fingerprint as metadata of a file. */
export function tokenizerMetadata(tokenizer: TokenizerFingerprint | undefined): Record<string, string> {
  if (tokenizer === undefined) return {};
  const { name, size, fingerprint } = tokenizer;
  return { [NAME]: name, [SIZE]: String(size), [FINGERPRINT]: fingerprint };
}

/** The fingerprint that the metadata of a file holds, if any. */
export function readTokenizerMetadata(
  metadata: Readonly<Record<string, string>> | undefined,
): TokenizerFingerprint | undefined {
  const fingerprint = metadata?.[FINGERPRINT];
  if (fingerprint === undefined) return undefined;
  return { name: metadata?.[NAME] ?? 'unnamed', size: Number(metadata?.[SIZE] ?? 0), fingerprint };
}

/** Metadata without the fingerprint, for vectors whose rows are no longer the tokenizer's ids. */
export function withoutTokenizer(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const names = [NAME, SIZE, FINGERPRINT];
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !names.includes(name)));
}

/** A tokenizer in a message. */
export function describeTokenizer({ name, size, fingerprint }: TokenizerFingerprint): string {
  return `${JSON.stringify(name)} (${size} tokens, fingerprint ${fingerprint.slice(0, 12)})`;
}

/** Refuses one tokenizer where another is needed. `what` was made with the expected one. */
export function refuseOtherTokenizer(expected: TokenizerFingerprint, given: TokenizerFingerprint, what: string): void {
  if (expected.fingerprint === given.fingerprint) return;
  throw new WordmillError(
    'ERR_WORDMILL_TOKENIZER',
    `${what} belong to the tokenizer ${describeTokenizer(expected)}, and this is ${describeTokenizer(given)}: ` +
      'give the tokenizer that they were made with, or take vectors to another one with transferVectors()',
    { option: 'tokenizer' },
  );
}

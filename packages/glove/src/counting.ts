import {
  Corpus,
  type CorpusProgress,
  type TextSource,
  type TokenizerFingerprint,
  WordmillError,
  type Workplace,
} from '@wordmill/core';
import { copyKeys, corpusTokenizer, onDevice, type Scope } from '@wordmill/core/internal';
import { type Cooccurrence as CountMatrix, type Keys, native, type View } from '@wordmill/native';
import { runWatched } from './native-progress.js';
import type { CountingProgress } from './options.js';
import {
  type CheckedCountOptions,
  type CheckedStorageOptions,
  type CountSettings,
  countSettings,
  engineStorage,
} from './settings.js';

/** A line is a sentence, and longer ones are cut there; GloVe's cooccur never cuts. */
const LONGEST_SENTENCE = 1 << 20;

const UNKNOWN = '<unk>';

/** A matrix of counts, and the words that its rows stand for. */
export interface CountedWords {
  readonly matrix: CountMatrix;
  readonly keys: Keys;
  /** frequencies of the words */
  readonly counts: BigUint64Array;
  /** how it was counted, where that is known */
  readonly settings: CountSettings | undefined;
  /** whose ids the rows are; undefined for words */
  readonly tokenizer: TokenizerFingerprint | undefined;
  /** what counted them; undefined where they came from elsewhere */
  readonly workplace?: Workplace | undefined;
}

export type CountingScope = Scope<CorpusProgress | CountingProgress>;

/** Options for reading a source; the memory limit is for counting too, and so no mistake with a text that has been read. */
export const readingOf = <Options extends { readonly memoryLimit?: number | undefined }>(
  source: TextSource,
  options: Options,
): Options => (source instanceof Corpus ? { ...options, memoryLimit: undefined } : options);

type CountingRun = CheckedStorageOptions & Pick<CheckedCountOptions, 'threads' | 'device'>;

/** Counts a corpus by the rules of its options. */
export async function countCorpus(
  corpus: Corpus,
  options: CheckedCountOptions,
  scope: CountingScope,
): Promise<CountedWords> {
  const { minCount, maxVocabulary, keep, drop, vocabulary } = options;
  const rules = { minCount, maxVocabulary, keep, drop, vocabulary };
  const view = await corpus.view({ ...rules, sentence: 'line', maxSentenceLength: LONGEST_SENTENCE });
  return countView(view.native, corpusTokenizer(corpus), countSettings(options), options, scope);
}

/** Counts a text for words that are known; words of ready token ids that were left out before, of count 0, are again. */
export async function countKnownWords(
  corpus: Corpus,
  words: Pick<CountedWords, 'keys' | 'counts' | 'tokenizer'>,
  settings: CountSettings,
  run: CountingRun,
  scope: CountingScope,
): Promise<CountedWords> {
  const { keys, counts } = words;
  const known = corpus.info.externalIds
    ? { drop: native().createKeysFrom(keys.slice(0, keys.size).filter((_, row) => counts[row] === 0n)) }
    : { vocabulary: keys };
  try {
    const view = await corpus.native.view({
      minCount: 0,
      maxVocabulary: 0,
      sentence: 'line',
      maxSentenceLength: LONGEST_SENTENCE,
      lineEndToken: false,
      ...known,
    });
    return await countView(view, words.tokenizer, settings, run, scope);
  } finally {
    known.drop?.dispose();
  }
}

/** Counts a view and disposes of it. */
async function countView(
  view: View,
  tokenizer: TokenizerFingerprint | undefined,
  settings: CountSettings,
  run: CountingRun,
  { cancellation, onProgress }: CountingScope,
): Promise<CountedWords> {
  const keys = view.keys();
  try {
    // Of a tokenizer it is a token like others.
    if (tokenizer === undefined) refuseUnknown(keys);
    const { windowSize, symmetric, distanceWeighting } = settings;
    const options = { windowSize, symmetric, distanceWeighting, threads: run.threads, ...engineStorage(run) };
    const total = view.describe().tokens;
    const { result: matrix, workplace } = await onDevice(run.device, (device) =>
      runWatched(
        cancellation,
        onProgress && ((done) => onProgress({ phase: 'counting', done: Math.min(done, total), total })),
        (signal) => view.countCooccurrences({ ...options, device }, signal),
      ),
    );
    return { matrix, keys: copyKeys(keys), counts: view.counts(), settings, tokenizer, workplace };
  } finally {
    keys.dispose();
    view.dispose();
  }
}

/** As GloVe's vocab_count: the word stands for words that are left out. */
export function refuseUnknown(keys: Keys): void {
  if (keys.find(UNKNOWN) < 0) return;
  throw new WordmillError(
    'ERR_WORDMILL_CORPUS',
    `the word ${UNKNOWN} is in the vocabulary, where GloVe keeps it for the words that are left out: leave it out with option ` +
      `drop: ['${UNKNOWN}'], or rename it in the text`,
    { option: 'drop' },
  );
}

import { type CorpusProgress, type TextSource, WordmillError } from '@wordmill/core';
import { readingOfModel, refuseOtherTokenizer, type Scope, withText } from '@wordmill/core/internal';
import { Cooccurrence } from './cooccurrence.js';
import {
  type CountedWords,
  type CountingScope,
  countCorpus,
  countKnownWords,
  readingOf,
  refuseUnknown,
} from './counting.js';
import type { CountingProgress } from './options.js';
import {
  type CheckedPlanOptions,
  type CheckedStorageOptions,
  COUNTING_OPTIONS,
  type CountSettings,
} from './settings.js';

/** Counts to train on, and whether they were made here and are to be freed here. */
export interface Counts {
  readonly words: CountedWords;
  release(): void;
}

/** The counts of a source by the options of a training. */
export async function countsOf(
  source: TextSource | Cooccurrence,
  options: CheckedPlanOptions,
  scope: CountingScope,
): Promise<Counts> {
  if (source instanceof Cooccurrence) {
    refuseCountingOptions(options);
    if (source.native.tokenizer === undefined) refuseUnknown(source.native.keys);
    return { words: source.native, release: () => {} };
  }
  const words = await withText(source, { ...readingOf(source, options), ...watching(scope) }, (corpus, inner) =>
    countCorpus(corpus, options, inner),
  );
  return ownCounts(words);
}

/** The counts of a source for the words of a model, made as the model's were. */
export async function countsFor(
  source: TextSource | Cooccurrence,
  model: Pick<CountedWords, 'keys' | 'counts' | 'settings' | 'tokenizer'>,
  options: CheckedStorageOptions & Pick<CheckedPlanOptions, 'threads' | 'device' | 'tokenizer'>,
  scope: CountingScope,
): Promise<Counts> {
  if (source instanceof Cooccurrence) {
    if (options.tokenizer !== undefined) throw counted('tokenizer');
    refuseOtherWords(source.native, model);
    return { words: source.native, release: () => {} };
  }
  const settings = requireSettings(model.settings);
  const { memoryLimit, threads, tokenizer } = options;
  const given = readingOf(source, { memoryLimit, threads, tokenizer });
  const reading = readingOfModel(source, given, { ...settings, tokenizer: model.tokenizer });
  const words = await withText(source, { ...reading, ...watching(scope) }, (corpus, inner) =>
    countKnownWords(corpus, model, settings, options, inner),
  );
  return ownCounts(words);
}

const watching = ({ cancellation, onProgress }: Scope<CorpusProgress | CountingProgress>) => ({
  signal: cancellation.signal,
  onProgress,
});

function ownCounts(words: CountedWords): Counts {
  return {
    words,
    release: () => {
      words.matrix.dispose();
      words.keys.dispose();
    },
  };
}

function refuseCountingOptions(options: CheckedPlanOptions): void {
  for (const name of COUNTING_OPTIONS) {
    if (options[name] === undefined) continue;
    throw counted(name);
  }
}

function counted(option: string): WordmillError {
  return new WordmillError(
    'ERR_WORDMILL_OPTION',
    `option ${option} says how text is counted, and this Cooccurrence has been counted: give it to countCooccurrences()`,
    { option },
  );
}

function requireSettings(settings: CountSettings | undefined): CountSettings {
  if (settings !== undefined) return settings;
  throw new WordmillError(
    'ERR_WORDMILL_UNSUPPORTED',
    'the model was trained on records of another program, which do not say how they were counted: give a Cooccurrence instead of text',
    { option: 'source' },
  );
}

function refuseOtherWords({ keys, tokenizer }: CountedWords, model: Pick<CountedWords, 'keys' | 'tokenizer'>): void {
  if (model.tokenizer !== undefined && tokenizer !== undefined) {
    refuseOtherTokenizer(model.tokenizer, tokenizer, 'the rows of the model');
  }
  const wrong = (what: string): WordmillError =>
    new WordmillError('ERR_WORDMILL_OPTION', `the counts are of another vocabulary than the model's: ${what}`, {
      option: 'source',
    });
  if (keys.size !== model.keys.size) throw wrong(`${keys.size} words instead of ${model.keys.size}`);
  const step = 1 << 12;
  for (let first = 0; first < keys.size; first += step) {
    const count = Math.min(step, keys.size - first);
    const theirs = model.keys.slice(first, count);
    const at = keys.slice(first, count).findIndex((word, i) => word !== theirs[i]);
    if (at >= 0) throw wrong(`word ${first + at} is ${JSON.stringify(keys.at(first + at))}, not "${theirs[at]}"`);
  }
}

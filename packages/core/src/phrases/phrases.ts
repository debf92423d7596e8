import { readFile } from 'node:fs/promises';
import { type Keys, native } from '@wordmill/native';
import * as v from 'valibot';
import { Cancellation } from '../cancellation.js';
import { Corpus } from '../corpus/corpus.js';
import { fileError, WordmillError } from '../errors.js';
import { filePath, writeFiles } from '../files.js';
import { checkOptions, finite, integer, oneOf, signal, threads } from '../options.js';
import { phraseScore, type Scoring } from './scoring.js';

/** How phrases are found. */
export interface PhrasesOptions {
  /** Pairs that occur less often are no phrase; also the discount of the default score. Default 5 (word2phrase `-min-count`). */
  readonly minCount?: number | undefined;
  /** Pairs that score above this are joined. Default 100 (word2phrase `-threshold`); 0.5 for `npmi`, where it is from -1 to 1. */
  readonly threshold?: number | undefined;
  /** Default `default`, which is word2phrase's. */
  readonly scoring?: Scoring | undefined;
  /** What the words of a phrase are joined by. Default `_`. */
  readonly delimiter?: string | undefined;
  /** How often to look for pairs; each pass joins what the one before it found, so two give phrases of up to four words. Default 1. */
  readonly passes?: number | undefined;
  /** Engine threads; 0, the default: as many as the process may run on. */
  readonly threads?: number | undefined;
  /** Stops the work; the promise then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A pair of tokens that is a phrase. */
export interface Phrase {
  /** either may be a phrase of an earlier pass */
  readonly first: string;
  readonly second: string;
  /** the two joined by the delimiter */
  readonly phrase: string;
  readonly score: number;
  /** in which pass it was found, from 1 */
  readonly pass: number;
}

const schema = v.strictObject({
  minCount: v.optional(integer(1), 5),
  threshold: v.optional(finite()),
  scoring: v.optional(oneOf('default', 'npmi'), 'default'),
  delimiter: v.optional(
    v.pipe(
      v.string('must be a string'),
      v.minLength(1, 'must not be empty'),
      v.regex(/^[^\s\0]*$/, 'must not hold white space'),
    ),
    '_',
  ),
  passes: v.optional(integer(1, 16), 1),
  threads,
  signal,
});

const fileSchema = v.object({
  format: v.literal('wordmill-phrases'),
  version: v.literal(1),
  delimiter: v.pipe(v.string(), v.minLength(1)),
  phrases: v.array(
    v.tuple([v.string(), v.string(), v.number(), v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16))]),
  ),
});

/** The scores of the phrases of one pass, by their first and then their second word. */
type Pairs = Map<string, Map<string, number>>;

/**
 * Pairs of words that belong together, found in a text (word2phrase; Mikolov et al. 2013, section 4) and joined in that text
 * or another: `new york` becomes `new_york`.
 */
export class Phrases {
  readonly delimiter: string;
  readonly #passes: readonly Pairs[];

  private constructor(delimiter: string, passes: readonly Pairs[]) {
    this.delimiter = delimiter;
    this.#passes = passes;
  }

  /** Finds the phrases of a corpus. One in which there are none gives an empty set of them. */
  static async learn(corpus: Corpus, options?: PhrasesOptions): Promise<Phrases> {
    const { signal, ...checked } = checkOptions(schema, options);
    const threshold = thresholdOf(checked);
    if (!(corpus instanceof Corpus)) {
      throw new WordmillError(
        'ERR_WORDMILL_OPTION',
        'phrases are learned from a Corpus; make one with Corpus.fromFile()',
        {
          option: 'corpus',
        },
      );
    }
    const cancellation = new Cancellation(signal);
    const passes: Pairs[] = [];
    let current = corpus;
    try {
      for (;;) {
        const pairs = await countPairs(current, { ...checked, threshold }, cancellation);
        passes.push(pairs);
        if (passes.length === checked.passes || pairs.size === 0) break;
        const joined = await joinPairs(current, pairs, checked.delimiter, cancellation);
        if (current !== corpus) current.dispose();
        current = joined;
      }
    } finally {
      if (current !== corpus) current.dispose();
      cancellation.close();
    }
    return new Phrases(checked.delimiter, passes);
  }

  /** Reads what {@link save} wrote. */
  static async load(path: string | URL): Promise<Phrases> {
    const file = filePath(path);
    try {
      return Phrases.#fromFile(await readFile(file, 'utf8'));
    } catch (error) {
      throw fileError(error, file);
    }
  }

  static #fromFile(text: string): Phrases {
    const json = parseJson(text);
    const result = v.safeParse(fileSchema, json, { abortEarly: true });
    if (!result.success) {
      const [issue] = result.issues;
      throw new WordmillError(
        'ERR_WORDMILL_FORMAT',
        `not a file of phrases: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`,
      );
    }
    const passes: Pairs[] = [];
    for (const [first, second, score, pass] of result.output.phrases) {
      while (passes.length < pass) passes.push(new Map());
      addPair(passes[pass - 1]!, first, second, score);
    }
    return new Phrases(result.output.delimiter, passes);
  }

  /** Number of phrases. */
  get size(): number {
    let size = 0;
    for (const pass of this.#passes) for (const seconds of pass.values()) size += seconds.size;
    return size;
  }

  /** All phrases, the best of each pass first. */
  export(): Phrase[] {
    return this.#passes.flatMap((pairs, i) => {
      const phrases: Phrase[] = [];
      for (const [first, seconds] of pairs) {
        for (const [second, score] of seconds) {
          phrases.push({ first, second, phrase: first + this.delimiter + second, score, pass: i + 1 });
        }
      }
      return phrases.sort((a, b) => b.score - a.score);
    });
  }

  /** A new corpus in which the phrases are single tokens; the given one stays as it is. */
  async apply(corpus: Corpus, options: { signal?: AbortSignal | undefined } = {}): Promise<Corpus> {
    const cancellation = new Cancellation(options.signal);
    let current = corpus;
    try {
      for (const pairs of this.#passes.length === 0 ? [new Map() as Pairs] : this.#passes) {
        const joined = await joinPairs(current, pairs, this.delimiter, cancellation);
        if (current !== corpus) current.dispose();
        current = joined;
      }
      return current;
    } catch (error) {
      if (current !== corpus) current.dispose();
      throw error;
    } finally {
      cancellation.close();
    }
  }

  /** The tokens of one line with the phrases joined, from left to right in each pass. */
  transform(tokens: readonly string[]): string[] {
    let current = [...tokens];
    for (const pairs of this.#passes) {
      const joined: string[] = [];
      for (let i = 0; i < current.length; i++) {
        const [first, second] = [current[i]!, current[i + 1]];
        if (second !== undefined && pairs.get(first)?.has(second)) {
          joined.push(first + this.delimiter + second);
          i++;
        } else joined.push(first);
      }
      current = joined;
    }
    return current;
  }

  /** Writes the phrases as JSON; a file of that name is replaced when all is written. */
  async save(path: string | URL): Promise<void> {
    const phrases = this.export().map(({ first, second, score, pass }) => [first, second, score, pass]);
    const json = JSON.stringify({ format: 'wordmill-phrases', version: 1, delimiter: this.delimiter, phrases });
    await writeFiles([{ path: filePath(path), write: (file) => file.write(Buffer.from(`${json}\n`)) }]);
  }
}

function thresholdOf({ scoring, threshold }: { scoring: Scoring; threshold?: number | undefined }): number {
  if (threshold === undefined) return scoring === 'npmi' ? 0.5 : 100;
  if (scoring === 'npmi' && (threshold < -1 || threshold > 1)) {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `option threshold: must be from -1 to 1 with scoring 'npmi', not ${threshold}`,
      {
        option: 'threshold',
      },
    );
  }
  return threshold;
}

interface Rule {
  readonly minCount: number;
  readonly threshold: number;
  readonly scoring: Scoring;
  readonly threads: number;
}

async function countPairs(corpus: Corpus, rule: Rule, cancellation: Cancellation): Promise<Pairs> {
  // Nothing is pruned: with rare words gone, words that are not neighbours in the text would become so.
  const view = await corpus.view({ minCount: 1, maxSentenceLength: 1 << 20 });
  const keys = view.native.keys();
  const pairs: Pairs = new Map();
  try {
    const counts = view.native.counts();
    const bigrams = await cancellation.run((signal) => view.native.bigrams(rule.minCount, rule.threads, signal));
    for (let i = 0; i < bigrams.counts.length; i++) {
      const [first, second] = [bigrams.first[i]!, bigrams.second[i]!];
      const frequencies = { pair: bigrams.counts[i]!, first: Number(counts[first]), second: Number(counts[second]) };
      const score = phraseScore(rule.scoring, frequencies, view.info.tokens, rule.minCount);
      if (score > rule.threshold) addPair(pairs, keys.at(first), keys.at(second), score);
    }
  } finally {
    keys.dispose();
    view.dispose();
  }
  return pairs;
}

function addPair(pairs: Pairs, first: string, second: string, score: number): void {
  const seconds = pairs.get(first);
  if (seconds === undefined) pairs.set(first, new Map([[second, score]]));
  else seconds.set(second, score);
}

async function joinPairs(corpus: Corpus, pairs: Pairs, delimiter: string, cancellation: Cancellation): Promise<Corpus> {
  const firsts: string[] = [];
  const seconds: string[] = [];
  for (const [first, partners] of pairs) {
    for (const second of partners.keys()) {
      firsts.push(first);
      seconds.push(second);
    }
  }
  const handles: Keys[] = [];
  try {
    handles.push(native().createKeysFrom(firsts), native().createKeysFrom(seconds));
    const [first, second] = handles as [Keys, Keys];
    return new Corpus(await cancellation.run((signal) => corpus.native.join(first, second, delimiter, signal)));
  } finally {
    for (const keys of handles) keys.dispose();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WordmillError('ERR_WORDMILL_FORMAT', 'not a file of phrases: it is not JSON', { cause });
  }
}

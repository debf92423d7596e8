import { native } from '@wordmill/native';
import * as v from 'valibot';
import { Cancellation } from '../cancellation.js';
import { WordmillError } from '../errors.js';
import { requireMemory } from '../formats/limits.js';
import { rowBytes, writableType } from '../formats/numbers.js';
import { KeyedVectors } from '../keyed-vectors/keyed-vectors.js';
import { toFloat32, type Vector } from '../keyed-vectors/rows.js';
import { callback, checkOptions, integer, signal } from '../options.js';
import type { Progress } from '../progress.js';
import { eventLoopTurn } from '../training/rows.js';
import { requireTokenizer } from './checks.js';
import { describeTokenizer, refuseOtherTokenizer, tokenizerFingerprint, tokenizerMetadata } from './fingerprint.js';
import { PieceFinder } from './pieces.js';
import { RandomRows } from './random-rows.js';
import { textsOf } from './token-texts.js';
import type { Tokenizer } from './tokenizer.js';

/** What a token's vector is to be: a vector, that of an old token (by its key), or the mean of several old ones. */
export type TransferOverride = Vector | string | readonly string[];

/** How vectors are taken to another tokenizer. */
export interface TransferOptions {
  /** The tokenizer whose ids the rows of the old vectors are. */
  readonly from: Tokenizer;
  /** The tokenizer whose ids the rows of the new vectors are to be. */
  readonly to: Tokenizer;
  /** For tokens of `to`, by their keys, what to take instead of what would be found. */
  readonly overrides?: Readonly<Record<string, TransferOverride>> | ReadonlyMap<string, TransferOverride> | undefined;
  /** Of the random rows. Default 1; the same seed gives the same rows. */
  readonly seed?: number | undefined;
  /** Stops the work; the promise then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the tokens that are done. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Where the vector of a new token is from. */
export type TransferOrigin = 'copied' | 'composed' | 'overridden' | 'random';

/** Where the vectors of the new tokens are from. */
export interface TransferReport {
  /** tokens that the old vocabulary has too */
  readonly copied: number;
  /** tokens whose vector is the mean of the old tokens that spell them */
  readonly composed: number;
  readonly overridden: number;
  /** tokens that old ones cannot spell, and special tokens that the old vocabulary has not */
  readonly random: number;
  /** which these are, by their keys, in the order of ids */
  readonly tokens: Readonly<Record<TransferOrigin, readonly string[]>>;
}

const schema = v.strictObject({
  from: v.optional(v.unknown()),
  to: v.optional(v.unknown()),
  overrides: v.optional(
    v.custom<NonNullable<TransferOptions['overrides']>>(
      (value) => typeof value === 'object' && value !== null,
      'must be a record or map from tokens to vectors or old tokens',
    ),
  ),
  seed: v.optional(integer(0), 1),
  signal,
  onProgress: v.optional(callback<(progress: Progress) => void>()),
});

/** Tokens that are looked for before the event loop gets its turn. */
const SLICE = 256;

/** A new row: the mean of old ones, a given one, or a random one. */
type Source = { readonly origin: TransferOrigin; readonly rows?: readonly number[]; readonly vector?: Float32Array };

/**
 * Makes vectors for the tokens of another tokenizer, to begin a training with. A token that both vocabularies have keeps its
 * vector; another one gets the mean of the old tokens that spell its text; what they cannot spell, and a special token that the old
 * vocabulary has not, is random, each column normal with the mean and variance of the old rows. Tokens are compared by the text that
 * they stand for, so it does not matter how the vocabularies mark the beginning or the inside of words (`Ġ`, `▁`, `##`); case and
 * accents that a tokenizer takes away are no obstacle.
 *
 * Rejects with ERR_WORDMILL_TOKENIZER where the vectors are not those of `from`, ERR_WORDMILL_OOV for an override of or by an unknown
 * token.
 */
export async function transferVectors(
  vectors: KeyedVectors,
  options: TransferOptions,
): Promise<{ readonly vectors: KeyedVectors; readonly report: TransferReport }> {
  const checked = checkOptions(schema, options);
  const from = requireTokenizer(checked.from, 'from');
  const to = requireTokenizer(checked.to, 'to');
  refuseOtherVectors(vectors, from);
  const fingerprint = tokenizerFingerprint(to);
  const overrides = overridesOf(checked.overrides, vectors.dimension, from, to);
  const cancellation = new Cancellation(checked.signal);
  const observe = cancellation.observer(checked.onProgress);
  const { dimension } = vectors;
  const size = to.vocabulary.length;
  const dtype = writableType(vectors.dtype);
  requireMemory(size * rowBytes(dtype, dimension), `a table of ${size} x ${dimension}`, 'take a smaller vocabulary');
  const table = native().createTable(dtype, size, dimension);
  try {
    cancellation.throwIfAborted();
    const old = vectors.native.table;
    const random = await RandomRows.like(old, checked.seed, cancellation.signal);
    const sourceOf = sources(from, to, overrides);
    const tokens: Record<TransferOrigin, string[]> = { copied: [], composed: [], overridden: [], random: [] };
    const row = new Float32Array(dimension);
    for (let id = 0; id < size; id++) {
      const { origin, rows, vector } = sourceOf(id);
      if (vector !== undefined) row.set(vector);
      else if (rows !== undefined) meanOf(rows, (ids, out) => old.gather(ids, out), row);
      else random.fill(id, row);
      table.write(id, 1, 'f32', row);
      tokens[origin].push(to.vocabulary[id]!);
      if ((id + 1) % SLICE !== 0 && id + 1 < size) continue;
      observe?.({ phase: 'transfer', done: id + 1, total: size });
      cancellation.throwIfAborted();
      await eventLoopTurn();
    }
    const { copied, composed, overridden } = tokens;
    const counts = { copied: copied.length, composed: composed.length, overridden: overridden.length };
    return {
      vectors: KeyedVectors.fromNative({
        table,
        keys: native().createKeysFrom(to.vocabulary),
        metadata: tokenizerMetadata(fingerprint),
      }),
      report: { ...counts, random: tokens.random.length, tokens },
    };
  } catch (error) {
    table.dispose();
    throw error;
  } finally {
    cancellation.close();
  }
}

function refuseOtherVectors(vectors: KeyedVectors, from: Tokenizer): void {
  if (!(vectors instanceof KeyedVectors)) {
    throw new WordmillError('ERR_WORDMILL_OPTION', 'the vectors must be KeyedVectors', { option: 'vectors' });
  }
  const given = tokenizerFingerprint(from);
  if (vectors.tokenizer !== undefined) refuseOtherTokenizer(vectors.tokenizer, given, 'the vectors');
  if (vectors.size === from.vocabulary.length) return;
  throw new WordmillError(
    'ERR_WORDMILL_TOKENIZER',
    `there are ${vectors.size} vectors for the ${from.vocabulary.length} tokens of ${describeTokenizer(given)}: give the tokenizer that they ` +
      'belong to, and where further rows follow its own, leave them out with option limit of KeyedVectors.load()',
    { option: 'from' },
  );
}

/** Says of each new id where its vector is from. */
function sources(
  from: Tokenizer,
  to: Tokenizer,
  overrides: ReadonlyMap<number, Float32Array | readonly number[]>,
): (id: number) => Source {
  const finder = new PieceFinder(from);
  const texts = textsOf(to);
  const oldIds = idsOf(from);
  return (id) => {
    const override = overrides.get(id);
    if (override instanceof Float32Array) return { origin: 'overridden', vector: override };
    if (override !== undefined) return { origin: 'overridden', rows: override };
    const text = texts[id];
    // A special token is known by its name, and its name is no text.
    const same = text === undefined ? oldIds.get(to.vocabulary[id]!) : finder.same(text);
    if (same !== undefined) return { origin: 'copied', rows: [same] };
    const rows = text === undefined ? undefined : finder.spelling(text);
    return rows === undefined ? { origin: 'random' } : { origin: 'composed', rows };
  };
}

const idsOf = ({ vocabulary }: Tokenizer): Map<string, number> => new Map(vocabulary.map((key, id) => [key, id]));

/** By id of the new token: a vector, or old ids. */
function overridesOf(
  given: TransferOptions['overrides'],
  dimension: number,
  from: Tokenizer,
  to: Tokenizer,
): Map<number, Float32Array | readonly number[]> {
  const entries = given instanceof Map ? [...given] : Object.entries(given ?? {});
  const found = new Map<number, Float32Array | readonly number[]>();
  if (entries.length === 0) return found;
  const [oldIds, newIds] = [idsOf(from), idsOf(to)];
  const idOf = (key: string, ids: ReadonlyMap<string, number>, { name }: Tokenizer): number => {
    const id = ids.get(key);
    if (id !== undefined) return id;
    throw new WordmillError(
      'ERR_WORDMILL_OOV',
      `option overrides: the tokenizer ${JSON.stringify(name)} has no token ${JSON.stringify(key)}`,
      { option: 'overrides' },
    );
  };
  for (const [key, value] of entries as [string, TransferOverride][]) {
    const id = idOf(key, newIds, to);
    const names = typeof value === 'string' ? [value] : isNames(value) ? value : undefined;
    found.set(id, names?.map((name) => idOf(name, oldIds, from)) ?? toFloat32(value as Vector, dimension));
  }
  return found;
}

const isNames = (value: TransferOverride): value is readonly string[] =>
  Array.isArray(value) && typeof value[0] === 'string';

function meanOf(
  rows: readonly number[],
  gather: (rows: Uint32Array, out: Float32Array) => void,
  out: Float32Array,
): void {
  const values = rows.length === 1 ? out : new Float32Array(rows.length * out.length);
  gather(Uint32Array.from(rows), values);
  if (values === out) return;
  for (let c = 0; c < out.length; c++) {
    let sum = 0;
    for (let i = c; i < values.length; i += out.length) sum += values[i]!;
    out[c] = sum / rows.length;
  }
}

import type { SearchOptions, SearchResult } from '@wordmill/native';
import * as v from 'valibot';
import { Cancellation } from '../cancellation.js';
import { type DeviceOptions, device, onDevice, refuseDevice } from '../device.js';
import { WordmillError } from '../errors.js';
import { callback, checkOptions, integer, signal, threads } from '../options.js';
import { type KeyOrVector, type Rows, toFloat32 } from './rows.js';
import { add, normalize } from './vector-math.js';

/** A key found by a search. */
export interface Neighbour {
  readonly key: string;
  /** cosine similarity, -1 to 1, unless the method says otherwise */
  readonly score: number;
  /** row of the key */
  readonly index: number;
}

/** A key or vector, with the factor by which it counts. */
export type Weighted = KeyOrVector | readonly [item: KeyOrVector, weight: number];

/** What to be similar to. */
export interface Query {
  /** Keys or vectors to be near to; a tuple gives one a weight (default 1). */
  readonly positive?: readonly Weighted[] | KeyOrVector | undefined;
  /** Keys or vectors to be far from; a tuple gives one a weight (default -1, taken as it is otherwise). */
  readonly negative?: readonly Weighted[] | KeyOrVector | undefined;
}

/** Which rows a search may return. */
export interface NeighbourOptions extends DeviceOptions {
  /** How many. Default 10 (gensim `topn`). */
  readonly topN?: number | undefined;
  /** Keys that are not returned, besides those of the query. */
  readonly exclude?: readonly string[] | undefined;
  /** Only the first so many rows, which are the most frequent words in most files. Default: all. */
  readonly restrictVocab?: number | undefined;
  /** Only keys for which it returns true. Asked for the best rows first, and for all only when too few of those pass. */
  readonly filter?: ((key: string, index: number) => boolean) | undefined;
  /** Engine threads; 0, the default: as many as the process may run on. */
  readonly threads?: number | undefined;
  /** Stops the search; the promise then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

const schema = v.strictObject({
  topN: v.optional(integer(1), 10),
  exclude: v.optional(v.array(v.string())),
  restrictVocab: v.optional(integer(1)),
  filter: v.optional(callback<(key: string, index: number) => boolean>()),
  threads,
  device,
  signal,
});

/** {@link NeighbourOptions} with their defaults. */
export type CheckedNeighbourOptions = v.InferOutput<typeof schema>;

export function checkNeighbourOptions(options: NeighbourOptions | undefined): CheckedNeighbourOptions {
  return checkOptions(schema, options);
}

/** A query as the engine takes it: one vector, and the rows of its keys, which are not returned. */
export interface PreparedQuery {
  readonly vector: Float32Array;
  readonly exclude: readonly number[];
}

/** The mean of the normalised, weighted vectors of a query, as gensim's most_similar takes it. */
export function prepareQuery(rows: Rows, query: KeyOrVector | Query): PreparedQuery {
  if (typeof query === 'string') {
    return { vector: rows.vector(query), exclude: excluded(rows, query) };
  }
  if (isVector(query)) return { vector: toFloat32(query, rows.dimension), exclude: [] };
  const parts = [...weighted(query.positive, 1), ...weighted(query.negative, -1)];
  if (parts.length === 0) {
    throw new WordmillError('ERR_WORDMILL_OPTION', 'a query needs at least one positive or negative key or vector', {
      option: 'positive',
    });
  }
  const vector = new Float32Array(rows.dimension);
  const exclude: number[] = [];
  for (const [item, weight] of parts) {
    if (typeof item === 'string') exclude.push(...excluded(rows, item));
    add(vector, normalize(rows.vector(item)), weight);
  }
  return { vector, exclude };
}

/** The row of a word of the query; a word whose vector is inferred has none to leave out. */
export function excluded(rows: Rows, word: string): number[] {
  const row = rows.find(word);
  return row < 0 ? [] : [row];
}

function isVector(value: unknown): value is Exclude<KeyOrVector, string> {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

/** Items of one side with their weights. A list of numbers is one vector, a pair of item and number has a weight. */
export function weighted(side: Query['positive'], weight: number): [item: KeyOrVector, weight: number][] {
  if (side === undefined) return [];
  if (typeof side === 'string' || ArrayBuffer.isView(side) || typeof side[0] === 'number')
    return [[side as KeyOrVector, weight]];
  return (side as readonly Weighted[]).map((entry) => {
    const isPair =
      Array.isArray(entry) && entry.length === 2 && typeof entry[0] !== 'number' && typeof entry[1] === 'number';
    if (!isPair) return [entry as KeyOrVector, weight];
    if (Number.isFinite(entry[1])) return entry as [KeyOrVector, number];
    throw new WordmillError('ERR_WORDMILL_OPTION', `a weight must be a finite number, not ${entry[1]}`, {
      option: 'weight',
    });
  });
}

/** Queries searched at once: bounds the memory of vectors and results. */
const BATCH = 4096;
/** With a filter, so many times more rows are asked for at first. */
const FILTER_FACTOR = 5;

/** The best rows for each query, best first, ties by row. */
export async function search(
  rows: Rows,
  queries: readonly PreparedQuery[],
  options: CheckedNeighbourOptions,
): Promise<Neighbour[][]> {
  const cancellation = new Cancellation(options.signal);
  const found: Neighbour[][] = [];
  try {
    cancellation.throwIfAborted();
    for (let first = 0; first < queries.length; first += BATCH) {
      const steps = searchSteps(rows, queries.slice(first, first + BATCH), options);
      let step = steps.next();
      while (!step.done) {
        const call = step.value;
        const { result } = await onDevice(options.device, (device) =>
          cancellation.run((signal) => rows.table.search(call.vectors, { ...call.options, device, signal })),
        );
        step = steps.next(result);
      }
      found.push(...step.value);
    }
    return found;
  } finally {
    cancellation.close();
  }
}

/** The same on this thread, for one query. */
export function searchSync(rows: Rows, query: PreparedQuery, options: CheckedNeighbourOptions): Neighbour[] {
  refuseDevice(options.device, 'a search that the thread waits for is done');
  const steps = searchSteps(rows, [query], options);
  let step = steps.next();
  while (!step.done) step = steps.next(rows.table.searchSync(step.value.vectors, step.value.options));
  return step.value[0]!;
}

interface SearchCall {
  readonly vectors: Float32Array;
  readonly options: SearchOptions;
}

/** Yields the searches that the engine shall do, one after the other, and returns what they found. */
function* searchSteps(
  rows: Rows,
  queries: readonly PreparedQuery[],
  options: CheckedNeighbourOptions,
): Generator<SearchCall, Neighbour[][], SearchResult> {
  const { filter, threads } = options;
  const lastRow = Math.min(rows.size, options.restrictVocab ?? rows.size);
  const topN = Math.min(options.topN, lastRow);
  if (topN === 0) return queries.map(() => []);
  const call = searchCall(rows, queries, options.exclude, { metric: 'cosine', k: topN, lastRow, threads });
  if (filter === undefined) return neighbours(rows, queries.length, yield call);
  const passes = ({ key, index }: Neighbour): boolean => filter(key, index);
  const k = Math.min(lastRow, topN * FILTER_FACTOR + 50);
  const best = neighbours(rows, queries.length, yield { ...call, options: { ...call.options, k } });
  const passed = best.map((list) => list.filter(passes).slice(0, topN));
  if (best.every((list, i) => passed[i]!.length === topN || list.length < k)) return passed;
  const allowed = allowedRows(rows, lastRow, filter);
  return neighbours(rows, queries.length, yield { ...call, options: { ...call.options, allowed } });
}

function searchCall(
  rows: Rows,
  queries: readonly PreparedQuery[],
  excludedKeys: readonly string[] | undefined,
  options: SearchOptions,
): SearchCall {
  const excluded = (excludedKeys ?? []).map((key) => rows.find(key)).filter((row) => row >= 0);
  const vectors = new Float32Array(queries.length * rows.dimension);
  const exclude: number[] = [];
  const excludeOffsets = new Uint32Array(queries.length + 1);
  queries.forEach((query, i) => {
    vectors.set(query.vector, i * rows.dimension);
    exclude.push(...query.exclude, ...excluded);
    excludeOffsets[i + 1] = exclude.length;
  });
  return { vectors, options: { ...options, exclude: Uint32Array.from(exclude), excludeOffsets } };
}

function allowedRows(rows: Rows, lastRow: number, filter: (key: string, index: number) => boolean): Uint8Array {
  const allowed = new Uint8Array(rows.size);
  const step = 1 << 14;
  for (let first = 0; first < lastRow; first += step) {
    rows.keys.slice(first, Math.min(step, lastRow - first)).forEach((key, i) => {
      allowed[first + i] = filter(key, first + i) ? 1 : 0;
    });
  }
  return allowed;
}

/** What the engine gives for a place without a result. */
const NO_ROW = 0xffffffff;

function neighbours(rows: Rows, queries: number, result: SearchResult): Neighbour[][] {
  const k = result.rows.length / queries;
  return Array.from({ length: queries }, (_, query) => {
    const list: Neighbour[] = [];
    for (let i = query * k; i < (query + 1) * k; i++) {
      const index = result.rows[i]!;
      if (index !== NO_ROW) list.push({ key: rows.keys.at(index), score: result.scores[i]!, index });
    }
    return list;
  });
}

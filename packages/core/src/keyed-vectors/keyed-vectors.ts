import type { DType } from '@wordmill/native';
import { WordmillError } from '../errors.js';
import type { LoadedVectors, NativeVectors } from '../formats/format.js';
import { type LoadOptions, type LoadReport, loadVectors } from '../formats/load.js';
import type { TableType } from '../formats/numbers.js';
import type { LongWork } from '../formats/safetensors.js';
import { type SaveOptions, saveVectors } from '../formats/save.js';
import { readTokenizerMetadata, type TokenizerFingerprint, withoutTokenizer } from '../tokenizers/fingerprint.js';
import { type AxisOptions, type AxisPosition, axisPositions, type Pole } from './axis.js';
import { buildVectors, selectRows, type VectorColumns, type VectorEntries, withEntries } from './build.js';
import { type AnalogyEvaluation, type AnalogyEvaluationOptions, evaluateAnalogies } from './evaluate-analogies.js';
import { evaluatePairs, type PairEvaluation, type PairEvaluationOptions } from './evaluate-pairs.js';
import type { LineSource } from './evaluation-lines.js';
import { type ExpressionOptions, evaluateExpression, VectorExpression, wordExpression } from './expression.js';
import { type MeanVectorOptions, meanVector } from './mean-vector.js';
import { closerThan, doesntMatch, mostSimilarCosMul, norms, similarities, type WorkOptions } from './ranking.js';
import { type KeyOrVector, Rows, toFloat32, type Vector } from './rows.js';
import {
  checkNeighbourOptions,
  type Neighbour,
  type NeighbourOptions,
  prepareQuery,
  type Query,
  search,
  searchSync,
} from './search.js';
import { cosine } from './vector-math.js';
import { verifyVectors } from './verify.js';
import { type WordMoversOptions, wordMoversDistance } from './word-movers-distance.js';

/** A query with its options in one object. */
export type MostSimilarOptions = Query & NeighbourOptions;

/** How an analogy is answered. */
export interface AnalogyOptions extends NeighbourOptions {
  /**
   * `3CosAdd` (default): the cosine with b - a + c; `3CosMul`: the product of Levy and Goldberg (2014), which no single term
   * can dominate.
   */
  readonly method?: '3CosAdd' | '3CosMul' | undefined;
}

/**
 * Words (or other keys) and their vectors: what every training gives and every file of vectors is read into. Immutable. Row i has
 * key i; in most files the rows are in order of falling frequency.
 *
 * Work on a few vectors is synchronous; work on all rows returns a promise and takes a `signal`, whose reason it rejects with.
 * A key that is not there is `undefined`, -1 or `false` where it is looked up, and ERR_WORDMILL_OOV where it is computed with.
 */
export class KeyedVectors {
  readonly #rows: Rows;
  readonly #counts: BigUint64Array | undefined;
  readonly #checksums: ReadonlyMap<string, number>;

  /** Number of keys. */
  readonly size: number;
  /** Length of each vector; the papers' d. */
  readonly dimension: number;
  /** Number type in memory: `i8` is signed bytes and a scale for each row, `q8_0` and `q4_0` are GGUF's blocks. */
  readonly dtype: DType;
  /** Names and values that are saved with the vectors in the safetensors format. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What was found while loading; undefined where the vectors are from no file. */
  readonly loadReport: LoadReport | undefined;

  private constructor(vectors: NativeVectors | LoadedVectors, loadReport?: LoadReport) {
    this.#rows = new Rows(vectors.table, vectors.keys, vectors.subwords);
    this.#counts = vectors.counts;
    this.#checksums = ('checksums' in vectors && vectors.checksums) || new Map();
    this.size = this.#rows.size;
    this.dimension = this.#rows.dimension;
    this.dtype = vectors.table.describe().dtype;
    this.metadata = vectors.metadata ?? {};
    this.loadReport = loadReport;
  }

  /**
   * Makes vectors of what is in memory: a Map, an object or pairs of key and vector, or `{ keys, vectors, counts }`. The numbers
   * are copied; `dtype` is their type in memory, by default `f32`.
   *
   * @example
   * KeyedVectors.from({ cat: [1, 0], dog: [0.9, 0.1] });
   */
  static from(
    entries: VectorEntries | VectorColumns,
    options: { readonly dtype?: TableType | undefined; readonly metadata?: Record<string, string> | undefined } = {},
  ): KeyedVectors {
    return new KeyedVectors({ ...buildVectors(entries, options.dtype), metadata: options.metadata });
  }

  /**
   * Reads a file of vectors, recognised by its content: safetensors (saved by this package), fastText models (`.bin`, with inference
   * for unknown words), word2vec text and binary, fastText `.vec`, GloVe text (these four also packed, `.gz` or `.zst`), `.npy` with a list of words, TensorFlow
   * Projector, and of a language model (safetensors of other programs, their index of shards, GGUF) the token embedding. Throws
   * ERR_WORDMILL_IO, FORMAT, TRUNCATED, LIMIT, CHECKSUM or MEMORY with the file and offset, and UNSUPPORTED with the command that
   * converts what is not read.
   */
  static async load(path: string | URL, options?: LoadOptions | undefined): Promise<KeyedVectors> {
    const { report, ...loaded } = await loadVectors(path, options);
    return new KeyedVectors(loaded, report);
  }

  /** The tokenizer whose ids the rows are, as far as the vectors' metadata tell; undefined where they do not. */
  get tokenizer(): TokenizerFingerprint | undefined {
    return readTokenizerMetadata(this.metadata);
  }

  /** For algorithm packages: takes over a table and keys of the engine. */
  static fromNative(vectors: NativeVectors): KeyedVectors {
    return new KeyedVectors(vectors);
  }

  /** For algorithm packages: the table and keys of the engine, which stay this object's. */
  get native(): NativeVectors {
    const { table, keys, subwords } = this.#open;
    return { table, keys, counts: this.#counts, metadata: this.metadata, subwords };
  }

  // ---- keys and vectors

  /** Whether the key is in the vocabulary. */
  has(key: string): boolean {
    return this.#open.find(key) >= 0;
  }

  /**
   * Whether a vector can be had for the key: a word of the vocabulary, or with subwords (fastText) any word of which an n-gram
   * is known. Without subwords that is the same as {@link has}.
   */
  canInfer(key: string): boolean {
    return this.#open.vectorOf(key) !== undefined;
  }

  /** Row of the key, or -1. */
  indexOf(key: string): number {
    return this.#open.find(key);
  }

  /** Key of the row, or undefined beyond the last. */
  keyAt(index: number): string | undefined {
    const { keys, size } = this.#open;
    return Number.isInteger(index) && index >= 0 && index < size ? keys.at(index) : undefined;
  }

  /** All keys, in the order of their rows. */
  *keys(): Generator<string, void, void> {
    const step = 4096;
    for (let row = 0; row < this.size; row += step) yield* this.#open.keys.slice(row, Math.min(step, this.size - row));
  }

  /** Frequency of the key in the text that it was trained on; undefined where that or the key is not known. */
  count(key: string): number | undefined {
    const row = this.#open.find(key);
    const count = row < 0 ? undefined : this.#counts?.[row];
    return count === undefined ? undefined : Number(count);
  }

  /**
   * A copy of the key's vector (into `out`, where given), or undefined. With subwords (fastText) a word that is not in the
   * vocabulary has the mean of its n-grams' vectors.
   */
  get(key: string, out?: Float32Array | undefined): Float32Array | undefined {
    if (out !== undefined && out.length !== this.dimension) {
      throw new WordmillError('ERR_WORDMILL_OPTION', `out has length ${out.length} and vectors ${this.dimension}`, {
        option: 'out',
      });
    }
    return this.#open.vectorOf(key, out);
  }

  /** Copies of the vectors of some keys, one after the other. Throws ERR_WORDMILL_OOV for an unknown key. */
  getMany(keys: readonly string[]): Float32Array {
    const rows = this.#open.keys.findMany(keys);
    const isKnown = rows.every((row) => row < this.size);
    if (isKnown) return this.#rows.gather(rows);
    const out = new Float32Array(keys.length * this.dimension);
    for (const [i, key] of keys.entries()) out.set(this.#rows.vector(key), i * this.dimension);
    return out;
  }

  /** A copy of all vectors, one after the other: `size` times `dimension` numbers. */
  toFloat32Array(): Float32Array {
    const out = new Float32Array(this.size * this.dimension);
    this.#open.table.read(0, this.size, 'f32', out);
    return out;
  }

  /** Euclidean length of every vector. */
  async norms(options: WorkOptions = {}): Promise<Float32Array> {
    return this.#rows.during((rows) => norms(rows, options));
  }

  /**
   * The weighted mean of vectors, for instance of the words of a sentence. Keys that are not known are left out; where none is
   * known the result is zero. Throws ERR_WORDMILL_OPTION for no keys at all.
   */
  getMeanVector(keys: readonly KeyOrVector[], options?: MeanVectorOptions | undefined): Float32Array {
    return meanVector(this.#open, keys, options);
  }

  // ---- similarity of a few

  /** Cosine similarity of two keys or vectors, -1 to 1. */
  similarity(a: KeyOrVector, b: KeyOrVector): number {
    return cosine(this.#open.vector(a), this.#open.vector(b));
  }

  /** 1 less the cosine similarity, 0 to 2. */
  distance(a: KeyOrVector, b: KeyOrVector): number {
    return 1 - this.similarity(a, b);
  }

  /** Cosine similarity of the means of two sets of keys. */
  nSimilarity(a: readonly string[], b: readonly string[]): number {
    const mean = (keys: readonly string[]): Float32Array =>
      meanVector(this.#open, keys, { preNormalize: false, ignoreMissing: false });
    return cosine(mean(a), mean(b));
  }

  /** The word that goes least with the others: the one farthest from their mean. Unknown words are left out. */
  doesntMatch(words: readonly string[]): string {
    return doesntMatch(this.#open, words);
  }

  /**
   * The Word Mover's Distance between two documents, each a list of words: the least distance that the words of one must travel to
   * become the other. Unknown words are left out; Infinity where nothing is left. Time grows with the cube of the number of
   * different words.
   */
  wordMoversDistance(a: readonly string[], b: readonly string[], options?: WordMoversOptions | undefined): number {
    return wordMoversDistance(this.#open, [a, b], options);
  }

  /**
   * Puts words on the axis from one pole to the other, in ascending order: position 0 is that of pole `from`, 1 that of pole `to`,
   * and a word w is at (w - from) . d / d . d with d = to - from. A pole is a word, or several of which the mean is taken.
   * Without `words`: the whole vocabulary. Throws ERR_WORDMILL_OOV for an unknown word, ERR_WORDMILL_OPTION for poles that are
   * the same.
   *
   * @example
   * await vectors.axis('bad', 'good', ['best', 'better', 'worse']);
   */
  async axis(
    from: Pole,
    to: Pole,
    words?: readonly string[] | undefined,
    options?: AxisOptions | undefined,
  ): Promise<AxisPosition[]> {
    return this.#rows.during((rows) => axisPositions(rows, [from, to], words, options));
  }

  // ---- search

  /**
   * The keys whose vectors have the highest cosine similarity with a key, a vector, or the mean of the normalised `positive` less
   * `negative` ones. Keys of the query are not returned. Best first, ties in the order of rows.
   *
   * @example
   * await vectors.mostSimilar('frog', { topN: 5 });
   * await vectors.mostSimilar({ positive: ['woman', ['king', 0.8]], negative: ['man'] });
   */
  async mostSimilar(
    query: KeyOrVector | MostSimilarOptions,
    options?: NeighbourOptions | undefined,
  ): Promise<Neighbour[]> {
    const request = splitQuery(query, options);
    return this.#rows.during(async (rows) => {
      const [found] = await search(rows, [prepareQuery(rows, request.query)], request.options);
      return found!;
    });
  }

  /** {@link mostSimilar} on this thread, which waits. */
  mostSimilarSync(query: KeyOrVector | MostSimilarOptions, options?: NeighbourOptions | undefined): Neighbour[] {
    const request = splitQuery(query, options);
    return searchSync(this.#open, prepareQuery(this.#open, request.query), request.options);
  }

  /** {@link mostSimilar} for many queries at once, which is much faster than one after the other. */
  async mostSimilarBatch(
    queries: readonly (KeyOrVector | Query)[],
    options?: NeighbourOptions | undefined,
  ): Promise<Neighbour[][]> {
    const checked = checkNeighbourOptions(options);
    return this.#rows.during((rows) =>
      search(
        rows,
        queries.map((query) => prepareQuery(rows, query)),
        checked,
      ),
    );
  }

  /** Like {@link mostSimilar} by 3CosMul: scores are products of shifted cosines (gensim `most_similar_cosmul`). */
  async mostSimilarCosMul(options: MostSimilarOptions): Promise<Neighbour[]> {
    const { positive, negative, ...rest } = options;
    return this.#rows.during((rows) => mostSimilarCosMul(rows, { positive, negative }, rest));
  }

  /**
   * Answers "a is to b as c is to ?". The three are not returned.
   *
   * @example
   * await vectors.analogy('man', 'king', 'woman');
   */
  async analogy(a: KeyOrVector, b: KeyOrVector, c: KeyOrVector, options: AnalogyOptions = {}): Promise<Neighbour[]> {
    const { method = '3CosAdd', ...rest } = options;
    const query = { positive: [b, c], negative: [a] };
    if (method === '3CosAdd') return this.mostSimilar(query, rest);
    if (method === '3CosMul') return this.#rows.during((rows) => mostSimilarCosMul(rows, query, rest));
    throw new WordmillError('ERR_WORDMILL_OPTION', `method must be '3CosAdd' or '3CosMul', not ${String(method)}`, {
      option: 'method',
    });
  }

  /** Cosine similarity of a key or vector with every row. */
  async similarities(to: KeyOrVector, options: WorkOptions = {}): Promise<Float32Array> {
    return this.#rows.during((rows) => similarities(rows, [rows.vector(to)], options));
  }

  /** 1 and how many keys are more similar to `from` than `to` is. */
  async rank(from: string, to: string, options: WorkOptions = {}): Promise<number> {
    return (await this.closerThan(from, to, options)).length + 1;
  }

  /** The keys that are more similar to `from` than `to` is. */
  async closerThan(from: string, to: string, options: WorkOptions = {}): Promise<string[]> {
    return this.#rows.during((rows) => closerThan(rows, from, to, options));
  }

  /** Similarity of two keys relative to the sum of those of the `topN` keys most similar to `a` (Leeuwenberg et al. 2016). */
  async relativeCosineSimilarity(a: string, b: string, options: WorkOptions & { topN?: number } = {}): Promise<number> {
    const neighbours = await this.mostSimilar(a, options);
    return this.similarity(a, b) / neighbours.reduce((sum, { score }) => sum + score, 0);
  }

  // ---- semantic expressions

  /**
   * The value of a semantic expression of words: `+`, `-`, elementwise `*` and `/`, multiples (`1.5 * good`), parentheses and
   * a minus in front. A minus between words needs white space, since words may contain hyphens; words with other signs are
   * quoted ('new york', "c++"). Errors are ERR_WORDMILL_OPTION or OOV and name the column.
   *
   * @example
   * await vectors.expression('king - man + woman').nearest({ topN: 3 });
   */
  expression(text: string, options?: ExpressionOptions | undefined): VectorExpression {
    return evaluateExpression(this.#open, text, options);
  }

  /** One word as an expression, to go on from: `vectors.word('king').minus('man').plus('woman').nearest()`. */
  word(word: string, options?: ExpressionOptions | undefined): VectorExpression {
    return wordExpression(this.#open, word, options);
  }

  /** The keys nearest to the value of an expression, given as text or made with {@link word}, or to a vector. */
  async nearest(of: string | VectorExpression | Vector, options?: NeighbourOptions | undefined): Promise<Neighbour[]> {
    if (typeof of === 'string') return this.expression(of).nearest(options);
    if (of instanceof VectorExpression) return of.nearest(options);
    return this.mostSimilar(toFloat32(of, this.dimension), options);
  }

  // ---- evaluation

  /**
   * Answers the questions of a file (or of lines) such as word2vec's `questions-words.txt` by 3CosAdd, with semantic and syntactic
   * totals. As in gensim, case does not matter and only the first 300000 rows take part, unless said otherwise.
   */
  async evaluateWordAnalogies(
    source: LineSource,
    options?: AnalogyEvaluationOptions | undefined,
  ): Promise<AnalogyEvaluation> {
    return this.#rows.during((rows) => evaluateAnalogies(rows, source, options));
  }

  /** Correlates cosine similarities with the judgements of a file (or of lines) such as WordSim353. */
  async evaluateWordPairs(source: LineSource, options?: PairEvaluationOptions | undefined): Promise<PairEvaluation> {
    return this.#rows.during((rows) => evaluatePairs(rows, source, options));
  }

  // ---- new vectors from these

  /**
   * The vectors of some keys, in their order, with their counts. Unknown and repeated keys are left out. The new
   * vectors infer none for unknown words.
   */
  async subset(keys: Iterable<string>, options: WorkOptions = {}): Promise<KeyedVectors> {
    const found = [...new Set(keys)].map((key) => this.#open.find(key)).filter((row) => row >= 0);
    if (found.length === 0) throw new WordmillError('ERR_WORDMILL_OOV', 'none of the keys is in the vocabulary');
    const selected = Uint32Array.from(found);
    const vectors = await this.#rows.during((rows) => selectRows(rows, selected, this.#counts, options));
    // Its rows are no longer the ids of a tokenizer.
    return new KeyedVectors({ ...vectors, metadata: withoutTokenizer(this.metadata) });
  }

  /**
   * These vectors with some replaced and others, whose keys are new, appended (with count 0, where there are counts). The new
   * vectors infer none for unknown words.
   */
  async with(entries: VectorEntries, options: WorkOptions = {}): Promise<KeyedVectors> {
    const vectors = await this.#rows.during((rows) => withEntries(rows, entries, this.#counts, options));
    return new KeyedVectors({ ...vectors, metadata: this.metadata });
  }

  // ---- files and memory

  /**
   * Writes a file in the format that its name ends with, or of option `format`. One of that name is replaced when all is
   * written, so that a failure leaves it as it was, and also the file that these vectors are mapped from may be saved over.
   */
  async save(path: string | URL, options?: SaveOptions | undefined): Promise<void> {
    const { native } = this;
    await this.#rows.during(() => saveVectors(native, path, options));
  }

  /**
   * Compares the vectors with the checksums of the safetensors file that they were loaded from, which takes as long as reading
   * them; returns the names of the tensors that were compared. Throws ERR_WORDMILL_CHECKSUM where they differ, and
   * ERR_WORDMILL_UNSUPPORTED where there are no checksums, as in other formats and after a conversion.
   */
  async verify(options: LongWork = {}): Promise<string[]> {
    const { native } = this;
    if (this.#checksums.size === 0) {
      throw new WordmillError(
        'ERR_WORDMILL_UNSUPPORTED',
        'there are no checksums: save the vectors as safetensors first',
      );
    }
    const { file } = this.loadReport!;
    return this.#rows.during(() => verifyVectors(native, this.#checksums, file, options));
  }

  /** Frees the memory, or the mapping; waits for work in progress. Using the vectors afterwards is ERR_WORDMILL_DISPOSED. */
  dispose(): void {
    this.#rows.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  get #open(): Rows {
    return this.#rows.open;
  }
}

/** One object for both, or a key or vector and the options beside it. */
function splitQuery(query: KeyOrVector | MostSimilarOptions, options: NeighbourOptions | undefined) {
  if (typeof query === 'string' || Array.isArray(query) || ArrayBuffer.isView(query)) {
    return { query: query as KeyOrVector, options: checkNeighbourOptions(options) };
  }
  const { positive, negative, ...rest } = (query ?? {}) as MostSimilarOptions;
  return { query: { positive, negative }, options: checkNeighbourOptions({ ...rest, ...options }) };
}

/**
 * The type of the compiled addon, written by hand beside the C++ that implements it (`native/node`).
 *
 * Every class wraps one handle of `wordmill.h`; what a call means is documented there. Methods that return a promise
 * run on the engine's own threads; `signal` cancels them. Handles free their memory in `dispose()` (idempotent; waits
 * for running work to rest); using one afterwards throws ERR_WORDMILL_DISPOSED.
 * Strings cross as UTF-8, in which U+DCNN stands for a single byte 0xNN that is not valid UTF-8.
 */

/** What the engine reports of an error; the addon passes it to the factory given to {@link Binding.setErrorFactory}. */
export interface NativeErrorFields {
  /** `FORMAT`, `TRUNCATED`, `LIMIT`, `IO`, `MEMORY`, `OPTION`, `CORPUS`, `DIVERGED`, `DEVICE`, `UNSUPPORTED`, `CANCELLED`, `DISPOSED` or `NATIVE` */
  readonly code: string;
  readonly message: string;
  /** name of the errno (`ENOSPC`), where the operating system refused */
  readonly system?: string;
  readonly offset?: number;
  readonly block?: number;
  readonly option?: string;
  /** `MEMORY` of a device: bytes that were asked for, and that were free */
  readonly needed?: number;
  readonly free?: number;
}

export type Isa = 'scalar' | 'avx2' | 'avx512' | 'neon';
/** `q8_0` and `q4_0`: GGUF's blocks, read and never made. */
export type DType = 'f32' | 'f16' | 'bf16' | 'i8' | 'q8_0' | 'q4_0';

export interface RuntimeInfo {
  /** WM_ABI_VERSION of the header that the addon was compiled with */
  readonly abiVersion: number;
  readonly isa: Isa;
  readonly available: readonly Isa[];
  readonly threads: number;
  /** bytes that this process may still take; 0 where unknown */
  readonly memory: number;
  readonly version: string;
  readonly compiler: string;
  readonly processor: string;
}

/** An accelerator module. */
export interface ModuleInfo {
  /** `cuda` */
  readonly name: string;
  readonly version: string;
  /** how many it can use */
  readonly devices: number;
  /** why there are none; else empty */
  readonly reason: string;
}

export interface DeviceInfo {
  readonly name: string;
  /** major * 10 + minor */
  readonly capability: number;
  readonly multiprocessors: number;
  /** bytes */
  readonly memory: number;
  readonly free: number;
  /** highest version of the runtime that the driver serves, and the one in the module: major * 1000 + minor * 10 */
  readonly driver: number;
  readonly runtime: number;
}

/** An accelerator, ready for work: the `device` of options; undefined there is the processor. */
export interface Device {
  /** As it was when it was opened. */
  describe(): DeviceInfo;
  dispose(): void;
}

/** Cancels native work, and tells how far it has come. */
export interface Signal {
  raise(): void;
  /** what the work that it was given to has done so far, in the unit that `wordmill.h` names; else 0 */
  done(): number;
}

export interface TableInfo {
  readonly dtype: DType;
  readonly owner: 'native' | 'borrowed' | 'mapped';
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly bytes: number;
}

export interface Table {
  describe(): TableInfo;
  fillUniform(firstRow: number, rows: number, low: number, high: number, seed: bigint): void;
  /** With the mean and deviation of each column; undefined: 0 and 1. */
  fillNormal(
    firstRow: number,
    rows: number,
    means: Float32Array | undefined,
    deviations: Float32Array | undefined,
    seed: bigint,
    threads: number,
  ): void;
  /** Of each column over all rows but one. */
  moments(
    leftOut: number | undefined,
    threads: number,
  ): { readonly means: Float32Array; readonly deviations: Float32Array };
  /** Gather: row `rows[i]` to `out[i * columns ...]`, as f32; on the calling thread. */
  gather(rows: Uint32Array, out: Float32Array): void;
  /** The same on several engine threads. The memory of `out` must not be transferred to another thread until then. */
  gatherAsync(rows: Uint32Array, out: Float32Array, threads: number): Promise<void>;
  /** Dense rows of `dtype` as bytes. */
  read(firstRow: number, count: number, dtype: DType, out: Uint8Array | Float32Array): void;
  /** An error while running work reads this table. */
  write(firstRow: number, count: number, dtype: DType, values: Uint8Array | Float32Array): void;
  /**
   * Rows as signed bytes and scales apart: number = byte * scale. What is undefined is left out; other types are
   * converted.
   */
  readScaled(firstRow: number, count: number, values: Uint8Array | undefined, scales: Float32Array | undefined): void;
  /** Converted to the table's type. An error while running work reads this table. */
  writeScaled(firstRow: number, count: number, values: Uint8Array, scales: Float32Array): void;
  norms(threads: number, signal?: Signal): Promise<Float32Array>;
  /** -1: all values are finite. */
  firstNotFinite(threads: number): Promise<number>;
  search(queries: Float32Array, options: SearchOptions): Promise<SearchResult>;
  searchSync(queries: Float32Array, options: SearchOptions): SearchResult;
  /** `queries.length / columns` times `rows` scores. */
  scores(queries: Float32Array, metric: Metric, threads: number, signal?: Signal): Promise<Float32Array>;
  scoresSync(queries: Float32Array, metric: Metric, threads: number): Float32Array;
  dispose(): void;
}

export type Metric = 'cosine' | 'dot';

export interface SearchOptions {
  readonly metric: Metric;
  readonly k: number;
  readonly firstRow?: number;
  /** exclusive */
  readonly lastRow?: number;
  /** rows never returned, for query i those from `excludeOffsets[i]` to `excludeOffsets[i + 1]` */
  readonly exclude?: Uint32Array;
  readonly excludeOffsets?: Uint32Array;
  /** one byte for each row of the table; 0 = never returned */
  readonly allowed?: Uint8Array;
  /** 0: all */
  readonly threads?: number;
  readonly signal?: Signal;
  readonly device?: Device | undefined;
}

/** k places for each query, best first; a place without a result has row 0xffffffff and score -Infinity. */
export interface SearchResult {
  readonly rows: Uint32Array;
  readonly scores: Float32Array;
}

export interface Keys {
  readonly size: number;
  readonly duplicates: number;
  /** -1: not there */
  find(key: string): number;
  /** row or 0xffffffff for each */
  findMany(keys: readonly string[]): Uint32Array;
  at(row: number): string;
  /** Keys of rows first .. first + count. */
  slice(firstRow: number, count: number): string[];
  /** Lengths in bytes of what {@link part} copies. */
  partSizes(): { readonly bytes: number; readonly offsets: number; readonly slots: number };
  /** Copies a range of bytes of one part, as stored in files: key bytes, u64 offsets or u32 slots. */
  part(part: 'bytes' | 'offsets' | 'slots', firstByte: number, out: Uint8Array): void;
  dispose(): void;
}

export interface DecoderOptions {
  readonly layout: 'word2vec-binary' | 'text';
  readonly dtype: DType;
  /** undefined: until the end of the file */
  readonly rows?: number;
  readonly columns: number;
  readonly limit?: number;
  /** file offset of the first byte fed */
  readonly base: number;
  /** bytes that will be fed, where known */
  readonly totalBytes?: number;
  readonly maxKeyBytes: number;
  readonly separator?: ' ' | '\t';
  /** default true */
  readonly hasKeys?: boolean;
}

export interface Decoder {
  /** Resolves when the bytes were taken; false: no more are needed. One call at a time. `bytes` must stay unchanged until then. */
  feed(bytes: Uint8Array): Promise<boolean>;
  finish(): Promise<{ readonly table: Table; readonly keys: Keys | undefined }>;
  dispose(): void;
}

export interface EncodeOptions {
  readonly style: 'binary' | 'fixed6' | 'shortest';
  readonly separator?: ' ' | '\t';
  readonly trailingSeparator?: boolean;
}

export interface CorpusOptions {
  readonly invalidUtf8: 'strict' | 'replace' | 'escape';
  readonly threads: number;
  readonly maxTokenBytes: number;
  /** bytes; 0: no limit */
  readonly memoryLimit: number;
  readonly temporaryFolder?: string;
}

export interface CorpusInfo {
  readonly tokens: number;
  readonly lines: number;
  readonly distinct: number;
  readonly inputBytes: number;
  readonly cutTokens: number;
  readonly replaced: number;
  readonly streamBytes: number;
  readonly spilled: boolean;
  readonly externalIds: boolean;
}

export interface CorpusBuilder {
  /** Back-pressure: resolves when the bytes were taken. One call at a time. `bytes` must stay unchanged until then. */
  append(bytes: Uint8Array): Promise<void>;
  endInput(): Promise<void>;
  appendFile(path: string, signal?: Signal): Promise<void>;
  /** Token bytes and lengths; a length of 0xffffffff ends a line. */
  appendTokens(bytes: Uint8Array, lengths: Uint32Array): Promise<void>;
  bytesDone(): number;
  finish(signal?: Signal): Promise<Corpus>;
  dispose(): void;
}

export interface IdBuilder {
  /** Takes a copy; 0xffffffff ends a line. One call at a time. `ids` must stay unchanged until it resolves. */
  append(ids: Uint32Array): Promise<void>;
  /** For the info: the length of the text that the ids stand for (0: none), and how much broken UTF-8 was replaced in it. */
  finish(inputBytes: number, replaced: number): Promise<Corpus>;
  dispose(): void;
}

export interface Corpus {
  describe(): CorpusInfo;
  view(options: ViewOptions): Promise<View>;
  join(first: Keys, second: Keys, delimiter: string, signal?: Signal): Promise<Corpus>;
  /** Lines as text from a position (0 at the start); `next` is the position to go on from, `streamBytes / 4` at the end. */
  text(position: number, out: Uint8Array): Promise<{ readonly bytes: number; readonly next: number }>;
  dispose(): void;
}

export interface ViewOptions {
  readonly minCount: number;
  /** 0: no limit */
  readonly maxVocabulary: number;
  readonly sentence: 'line' | 'fixed';
  readonly maxSentenceLength: number;
  readonly lineEndToken: boolean;
  readonly keep?: Keys;
  readonly drop?: Keys;
  readonly vocabulary?: Keys;
  readonly vocabularyCounts?: BigUint64Array;
}

export interface ViewInfo {
  readonly rows: number;
  readonly tokens: number;
  readonly sentences: number;
  readonly droppedWords: number;
  readonly segments: number;
  readonly blocks: number;
}

export interface Bigrams {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
  readonly counts: Float64Array;
}

export interface View {
  describe(): ViewInfo;
  /** A new handle on the vocabulary; dispose of it by itself. */
  keys(): Keys;
  counts(): BigUint64Array;
  /** Row ids of segments first .. first + count, 0xffffffff after each sentence. */
  read(firstSegment: number, count: number): Uint32Array;
  bigrams(minCount: number, threads: number, signal?: Signal): Promise<Bigrams>;
  /** `signal.done()`: tokens of the view */
  countCooccurrences(options: CountOptions, signal?: Signal): Promise<Cooccurrence>;
  /** Rows for the n-grams of its words and no others, after one for each word. */
  subwords(rules: SubwordRules): Promise<Subwords>;
  /** `heldOut` of the sentences apart from the others, by the seed: either those, or the others. */
  sequence(
    options: { readonly heldOut: number; readonly seed: bigint; readonly takeHeldOut: boolean },
    signal?: Signal,
  ): Promise<Sequence>;
  windowJob(tables: WindowTables, options: WindowOptions): Promise<Job>;
  windowScore(tables: WindowTables, options: WindowOptions, signal?: Signal): Promise<Float64Array>;
  dispose(): void;
}

export type ClassifierObjective = 'softmax' | 'hierarchical-softmax' | 'negative-sampling' | 'one-vs-all';

export interface ExamplesOptions {
  readonly labelPrefix: string;
  readonly minCount: number;
  readonly minCountLabel: number;
  readonly wordNgrams: number;
  /** word n-grams fall into the same buckets */
  readonly rules: SubwordRules;
  /** those of a model there is, in place of those of the text */
  readonly features?: {
    readonly words: Keys;
    readonly labels: Keys;
    readonly labelCounts: BigUint64Array;
    readonly subwords: Subwords;
  };
}

export interface ExamplesInfo {
  readonly examples: number;
  readonly skipped: number;
  readonly tokens: number;
  readonly words: number;
  readonly labels: number;
  /** words and n-grams */
  readonly rows: number;
}

export interface ClassifierTraining {
  readonly objective: ClassifierObjective;
  readonly negativeSamples: number;
  readonly learningRate: number;
  readonly epochs: number;
  readonly seed: bigint;
  readonly threads: number;
  readonly device?: Device | undefined;
}

/** Lines with labels, as features. */
export interface Examples {
  describe(): ExamplesInfo;
  /** New handles; dispose of them by themselves. */
  words(): Keys;
  labels(): Keys;
  wordCounts(): BigUint64Array;
  labelCounts(): BigUint64Array;
  subwords(): Subwords;
  classifierJob(input: Table, output: Table, options: ClassifierTraining): Promise<Job>;
  dispose(): void;
}

export interface ClassifierParts {
  readonly words: Keys;
  readonly labels: Keys;
  readonly labelCounts: BigUint64Array;
  readonly labelPrefix: string;
  readonly wordNgrams: number;
  readonly subwords: Subwords;
  readonly input: Table;
  readonly output: Table;
  readonly objective: ClassifierObjective;
}

export interface Predictions {
  /** k a text, best first, of which `found` are meant */
  readonly labels: Uint32Array;
  readonly probabilities: Float32Array;
  readonly found: Uint32Array;
}

export interface PredictOptions {
  readonly k: number;
  readonly threshold: number;
  /** of 512 steps, with negative sampling and one-vs-all, instead of exact sigmoids */
  readonly sigmoidTable: boolean;
  readonly threads: number;
}

/** A trained classifier. Text i is the bytes from ends[i - 1] to ends[i]. */
export interface Classifier {
  predict(text: Uint8Array, ends: BigUint64Array, options: PredictOptions, signal?: Signal): Promise<Predictions>;
  predictSync(text: Uint8Array, ends: BigUint64Array, options: PredictOptions): Predictions;
  textVector(text: string, out: Float32Array): void;
  dispose(): void;
}

/** Rows cut into pieces of `pieceLength` numbers, each of which is one of 256 centroids. */
export interface QuantizedParts {
  readonly rows: number;
  readonly columns: number;
  readonly pieceLength: number;
  /** rows x pieces */
  readonly codes: Uint8Array;
  /** columns x 256 */
  readonly centroids: Float32Array;
  /** where lengths are coded apart from directions: one a row, and 256 */
  readonly normCodes?: Uint8Array;
  readonly normCentroids?: Float32Array;
}

export interface Quantized {
  parts(): QuantizedParts;
  decode(): Promise<Table>;
  dispose(): void;
}

export interface QuantizeOptions {
  readonly pieceLength: number;
  readonly norms: boolean;
  readonly seed: bigint;
  readonly threads: number;
}

/** Character n-grams of `minLength` to `maxLength` code points; 0: none. */
export interface SubwordRules {
  readonly minLength: number;
  readonly maxLength: number;
  readonly buckets: number;
  /** 1 to 4 of floret's hashes for each n-gram, of which the word is one; 0, the default: fastText's hash */
  readonly hashes?: number;
}

export interface SubwordsInfo extends Required<SubwordRules> {
  readonly firstRow: number;
  /** of n-grams */
  readonly rows: number;
}

export interface Ngram {
  readonly text: string;
  readonly bucket: number;
  /** -1: none */
  readonly row: number;
}

/** Which rows of a table belong to a word's n-grams. */
export interface Subwords {
  describe(): SubwordsInfo;
  /** of each row */
  buckets(): Uint32Array;
  /** -1: none */
  rowOf(bucket: number): number;
  ngrams(word: string): Ngram[];
  /** Vectors of some keys, composed of their own row and their n-grams'; on the calling thread. */
  gather(table: Table, keys: Keys, rows: Uint32Array, out: Float32Array): void;
  /** Vectors of all keys. */
  compose(table: Table, keys: Keys, threads: number, signal?: Signal): Promise<Table>;
  /** The same at once: rows are composed when they are first asked for. */
  composeLater(table: Table, keys: Keys): Table;
  /** The vector of a word without a row of its own, and how many of its n-grams have one. */
  infer(table: Table, word: string, out: Float32Array): number;
  dispose(): void;
}

export type OptimizerRule = 'sgd' | 'adagrad' | 'adam' | 'adamw';

/** All of them, whether the rule reads them or not. */
export interface OptimizerOptions {
  readonly optimizer: OptimizerRule;
  readonly momentum: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

export type ScheduleShape = 'constant' | 'linear' | 'cosine';

export interface ScheduleOptions {
  readonly schedule: ScheduleShape;
  readonly warmupSteps: number;
  readonly totalSteps: number;
  readonly learningRate: number;
  readonly finalRate: number;
}

export interface EmbeddingOptions {
  readonly paddingIndex?: number | undefined;
  /** 0: none */
  readonly maxNorm: number;
  readonly normType: number;
  readonly scaleByFrequency: boolean;
  readonly threads: number;
}

export type BagMode = 'sum' | 'mean' | 'max';

/** Bag b holds the ids from `offsets[b]` to `offsets[b + 1]`, the last one all that are left. */
export interface Bags {
  readonly mode: BagMode;
  readonly ids: Uint32Array;
  readonly offsets: Uint32Array;
  /** sum only: one for each id */
  readonly weights?: Float32Array | undefined;
}

export interface EmbeddingInfo {
  readonly rows: number;
  readonly columns: number;
  readonly gradientRows: number;
  readonly steps: number;
  /** beside the table */
  readonly bytes: number;
}

/** A look-up table that is trained by gradients; all on the calling thread and as many others as `threads` says. */
export interface Embedding {
  describe(): EmbeddingInfo;
  forward(ids: Uint32Array, out: Float32Array): void;
  backward(ids: Uint32Array, gradient: Float32Array): void;
  bag(bags: Bags, out: Float32Array): void;
  bagBackward(bags: Bags, gradient: Float32Array, weightGradients: Float32Array | undefined): void;
  logits(hidden: Float32Array, out: Float32Array): void;
  logitsBackward(hidden: Float32Array, gradient: Float32Array, hiddenGradient: Float32Array | undefined): void;
  step(options: OptimizerOptions, learningRate: number): void;
  zeroGradient(): void;
  freeze(frozen: boolean): void;
  /** Copies of the rows that have a gradient. */
  gradient(): { readonly rows: Uint32Array; readonly values: Float32Array };
  dispose(): void;
}

export interface StorageOptions {
  /** bytes; 0: no limit */
  readonly memoryLimit: number;
  readonly temporaryFolder?: string;
}

export interface CountOptions extends StorageOptions {
  readonly windowSize: number;
  readonly symmetric: boolean;
  readonly distanceWeighting: boolean;
  readonly threads: number;
  readonly device?: Device | undefined;
}

export interface CooccurrenceInfo {
  readonly rows: number;
  /** entries of the whole matrix */
  readonly nonzeros: number;
  /** entries held: of a symmetric matrix only those with column <= row */
  readonly stored: number;
  readonly symmetric: boolean;
  readonly spilled: boolean;
  /** a value held is a count times this */
  readonly unit: number;
  readonly bytes: number;
}

/** `rows + 1` u64, `stored` u32, `stored` f64. */
export type CooccurrencePart = 'offsets' | 'columns' | 'values';

/** How often words stand near each other: a square matrix. */
export interface Cooccurrence {
  describe(): CooccurrenceInfo;
  /** 0: never */
  at(row: number, column: number): number;
  /** A whole row by ascending column. */
  row(row: number): { readonly columns: Uint32Array; readonly counts: Float64Array };
  add(other: Cooccurrence, storage: StorageOptions, signal?: Signal): Promise<Cooccurrence>;
  /** Lengths in bytes of what {@link part} copies. */
  partSizes(): Readonly<Record<CooccurrencePart, number>>;
  part(part: CooccurrencePart, firstByte: number, out: Uint8Array): void;
  sortedRecords(): RecordReader;
  /** `memory` bytes, at least 2^20, are shuffled at a time. */
  shuffledRecords(seed: bigint, memory: number): RecordReader;
  /** Resolves when the job has its own form of the matrix; `signal.done()`: entries in it. */
  gloveJob(tables: GloveTables, options: GloveOptions, signal?: Signal): Promise<Job>;
  dispose(): void;
}

/** Where the parts of a matrix begin in a file, in bytes. */
export interface CooccurrenceFile {
  readonly path: string;
  readonly rows: number;
  readonly stored: number;
  readonly symmetric: boolean;
  readonly unit: number;
  readonly offsetsAt: number;
  readonly columnsAt: number;
  readonly valuesAt: number;
}

/** The 16-byte records of GloVe's programs, pushed in any order. */
export interface Records {
  /** whole records */
  readonly size: number;
  /** One call at a time, none after the two below. `bytes` must stay unchanged until then. */
  append(bytes: Uint8Array): Promise<void>;
  cooccurrence(rows: number, threads: number, storage: StorageOptions, signal?: Signal): Promise<Cooccurrence>;
  shuffled(seed: bigint, memory: number): RecordReader;
  dispose(): void;
}

export interface RecordReader {
  /** Whole records into `out`; resolves to their bytes, 0 at the end. One call at a time. */
  read(out: Uint8Array, signal?: Signal): Promise<number>;
  dispose(): void;
}

export interface GloveTables {
  readonly words: Table;
  readonly contexts: Table;
  readonly wordSquares: Table;
  readonly contextSquares: Table;
  /** 4 x rows: biases of words, of contexts, and the sums of squares of both */
  readonly biases: Table;
}

export interface GloveOptions {
  readonly learningRate: number;
  readonly xMax: number;
  readonly alpha: number;
  readonly gradientClip: number;
  readonly epochs: number;
  readonly seed: bigint;
  readonly threads: number;
  readonly device?: Device | undefined;
}

export interface WindowTables {
  readonly input: Table;
  readonly output?: Table;
  readonly tree?: Table;
  /** one for each row; 0 = frozen */
  readonly locks?: Float32Array;
  /** of the view's vocabulary; its n-grams' rows follow those of the words in `input` */
  readonly subwords?: Subwords;
}

export interface WindowOptions {
  readonly architecture: 'skip-gram' | 'cbow';
  readonly objective: 'negative-sampling' | 'hierarchical-softmax' | 'both' | 'softmax';
  readonly mean: boolean;
  readonly dynamicWindow: boolean;
  readonly windowSize: number;
  readonly negativeSamples: number;
  readonly negativeExponent: number;
  readonly sample: number;
  readonly learningRate: number;
  readonly learningRateEnd: number;
  readonly epochs: number;
  readonly seed: bigint;
  readonly threads: number;
  readonly device?: Device | undefined;
}

export interface SequenceInfo {
  readonly tokens: number;
  readonly sentences: number;
  readonly rows: number;
}

/** Sums of -log p over the tokens of a sequence. */
export interface Baselines {
  readonly unigram: number;
  readonly bigram: number;
  readonly bigramK: number;
}

export interface NextTokenTables {
  readonly input: Table;
  /** needed for a concatenated context */
  readonly map?: Table;
  /** undefined: tied to `input` */
  readonly output?: Table;
  readonly bias: Table;
  /** for the tree, for samples, and for `countedOnly` */
  readonly counts?: BigUint64Array;
  /** rows of count 0 have no part in the softmax */
  readonly countedOnly: boolean;
}

export interface NextTokenOptions {
  readonly context: 'mean' | 'concatenated';
  readonly contextSize: number;
  readonly objective: 'softmax' | 'hierarchical-softmax' | 'sampled-softmax';
  readonly negativeSamples: number;
  readonly negativeExponent: number;
  readonly batchSize: number;
  readonly optimizer: 'sgd' | 'adagrad' | 'adam' | 'adamw';
  readonly momentum: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly schedule: 'constant' | 'linear' | 'cosine';
  /** share of all steps */
  readonly warmup: number;
  readonly learningRate: number;
  readonly learningRateEnd: number;
  readonly epochs: number;
  readonly seed: bigint;
  readonly threads: number;
  readonly device?: Device | undefined;
}

/** Sentences of a view, ready for next-token training. */
export interface Sequence {
  describe(): SequenceInfo;
  counts(): BigUint64Array;
  /** What counted unigrams and bigrams of this sequence lose on another. */
  baselines(heldOut: Sequence, signal?: Signal): Promise<Baselines>;
  nextTokenJob(tables: NextTokenTables, options: NextTokenOptions): Promise<Job>;
  nextTokenLoss(tables: NextTokenTables, options: NextTokenOptions, signal?: Signal): Promise<number>;
  dispose(): void;
}

export interface JobProgress {
  readonly state: 'idle' | 'running' | 'cancelled' | 'failed';
  readonly threads: number;
  readonly blocks: number;
  readonly blocksDone: number;
  readonly tokensTotal: number;
  readonly tokensDone: number;
  readonly lossSum: number;
  readonly examples: number;
  readonly learningRate: number;
  readonly seconds: number;
}

export interface Job {
  submit(firstBlock: number, count: number): void;
  poll(): JobProgress;
  /** Resolves when everything submitted is done or the job was paused; rejects when it was cancelled or failed. */
  rest(): Promise<void>;
  pause(): void;
  cancel(): void;
  dispose(): void;
}

export interface Binding {
  setErrorFactory(factory: (fields: NativeErrorFields) => Error): void;
  runtime(): RuntimeInfo;
  /** By its absolute path. It stays in the process. */
  loadModule(path: string): Promise<ModuleInfo>;
  describeDevice(path: string, index: number): Promise<DeviceInfo>;
  openDevice(path: string, index: number): Promise<Device>;
  createSignal(): Signal;
  createTable(dtype: DType, rows: number, columns: number): Table;
  /** `data` stays in use until the table is disposed of, and must not be transferred or resized until then. */
  wrapTable(dtype: DType, rows: number, columns: number, rowStride: number, data: ArrayBufferView): Table;
  mapTable(path: string, offset: number, dtype: DType, rows: number, columns: number, rowStride: number): Table;
  createKeys(bytes: Uint8Array, offsets: BigUint64Array): Keys;
  /** From strings, in order. */
  createKeysFrom(keys: readonly string[]): Keys;
  /** The parts of {@link Keys.part} in a file; `offsets.count` is one more than there are keys. */
  mapKeys(
    path: string,
    bytes: { readonly offset: number; readonly length: number },
    offsets: { readonly offset: number; readonly count: number },
    slots: { readonly offset: number; readonly count: number },
  ): Keys;
  createDecoder(options: DecoderOptions): Decoder;
  /** Encodes whole rows into `out`; keys undefined: numbers only. */
  encodeRows(
    table: Table,
    keys: Keys | undefined,
    firstRow: number,
    options: EncodeOptions,
    out: Uint8Array,
  ): { readonly rows: number; readonly bytes: number };
  beginCorpus(options: CorpusOptions): CorpusBuilder;
  beginIds(keys: Keys, options: CorpusOptions): IdBuilder;
  corpusFromIds(ids: Uint32Array, keys: Keys, options: CorpusOptions): Corpus;
  loadCooccurrence(file: CooccurrenceFile, storage: StorageOptions, signal?: Signal): Promise<Cooccurrence>;
  createRecords(storage: StorageOptions): Records;
  /** Bucket `buckets[i]` has row `firstRow + i`; undefined: bucket b has row `firstRow + b`. */
  createSubwords(
    rules: SubwordRules,
    firstRow: number,
    buckets: Uint32Array | undefined,
    skipAbsent: boolean,
  ): Subwords;
  createExamples(corpus: Corpus, options: ExamplesOptions, signal?: Signal): Promise<Examples>;
  createClassifier(parts: ClassifierParts): Classifier;
  /** Rows of a table; 0xffffffff stands for zeros. */
  quantizeRows(table: Table, rows: Uint32Array, options: QuantizeOptions, signal?: Signal): Promise<Quantized>;
  createQuantized(parts: QuantizedParts): Quantized;
  /** On a native f32 table, which must not be read by running work while the embedding is called. */
  createEmbedding(table: Table, options: EmbeddingOptions): Embedding;
  /** The learning rate of the step that `step` others precede. */
  scheduledRate(schedule: ScheduleOptions, step: number): number;
  /** Of each row, after some tokens. */
  nextTokenProbabilities(
    tables: NextTokenTables,
    options: NextTokenOptions,
    tokens: Uint32Array,
  ): Promise<Float32Array>;
}

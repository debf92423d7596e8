import type {
  CheckpointOptions,
  CorpusOptions,
  CorpusProgress,
  DeviceOptions,
  KeyedVectors,
  LongWork,
  Progress,
  ViewOptions,
} from '@wordmill/core';

/** Which words count as neighbours, and how much. */
export interface WindowOptions {
  /** Words to the left of a word (and to the right); 1 to 65535. Default 15 (cooccur `-window-size`). */
  readonly windowSize?: number | undefined;
  /** Default true: both sides count. false: entry (a, b) is how often b came after a (cooccur `-symmetric 0`). */
  readonly symmetric?: boolean | undefined;
  /** Default true: a pair at distance d counts 1/d. false: it counts 1 (cooccur `-distance-weighting`). */
  readonly distanceWeighting?: boolean | undefined;
}

/** Where counts are held while they are made. */
export interface StorageOptions {
  /**
   * Bytes for counting, and as many for the encoded text; what does not fit goes to temporary files. The counts are the same
   * with any limit. 0: no limit. Default 4 GiB (cooccur `-memory`).
   */
  readonly memoryLimit?: number | undefined;
  /** For temporary files, which have no name and vanish with the process. Default: TMPDIR or /tmp. */
  readonly temporaryFolder?: string | undefined;
}

/** How text is read that is not yet a Corpus, and which of its words count. */
export interface TextOptions
  extends Pick<ViewOptions, 'minCount' | 'maxVocabulary' | 'keep' | 'drop' | 'vocabulary'>,
    Pick<CorpusOptions, 'lowercase' | 'invalidUtf8' | 'maxTokenBytes' | 'tokenizer'> {}

/** Options of {@link countCooccurrences}. */
export interface CountOptions extends WindowOptions, StorageOptions, TextOptions, DeviceOptions {
  /** Engine threads; 0, the default: as many as the process may run on. */
  readonly threads?: number | undefined;
  /** Stops the work within about a tenth of a second. */
  readonly signal?: AbortSignal | undefined;
  /** Called about ten times a second. What it throws stops the work and becomes its error. */
  readonly onProgress?: ((progress: CorpusProgress | CountingProgress) => void) | undefined;
}

/** Options of {@link Cooccurrence.extend}. */
export interface ExtendOptions
  extends StorageOptions,
    Pick<CountOptions, 'threads' | 'device' | 'signal' | 'onProgress' | 'tokenizer'> {}

/** Options of {@link Cooccurrence.load}. */
export interface LoadCountsOptions extends StorageOptions, LongWork {}

/** Options of {@link Cooccurrence.loadRecords}. */
export interface LoadRecordsOptions extends LoadCountsOptions {
  /** Engine threads; 0, the default: as many as the process may run on. */
  readonly threads?: number | undefined;
}

/** Options of {@link Cooccurrence.saveRecords}. */
export interface SaveRecordsOptions extends LongWork {
  /** `sorted` (default), by row and column as cooccur writes them, or `shuffled`, as shuffle does. */
  readonly order?: 'sorted' | 'shuffled' | undefined;
  /** Of the random order. Default 1. */
  readonly seed?: number | undefined;
  /** Bytes of records that are shuffled at a time, at least 2^20; default 2 GiB (shuffle `-memory`). */
  readonly memory?: number | undefined;
}

/** Options of {@link shuffleRecords}. */
export interface ShuffleOptions extends StorageOptions, Pick<SaveRecordsOptions, 'seed' | 'memory'> {
  readonly signal?: AbortSignal | undefined;
}

/**
 * What the vectors of a model are made of: `word+context`, the sum of both vectors of a word (glove `-model 2`); `word`
 * (`-model 1`); `context`; `concatenated`, the word's numbers and then the context's; `parameters`, the same with the bias
 * after each (`-model 0`).
 */
export type ResultKind = 'word+context' | 'word' | 'context' | 'concatenated' | 'parameters';

/** What a model learns and how; all of it is kept in the model's file. */
export interface ModelOptions {
  /** Numbers in a vector, d in the paper; 1 to 65536. Default 50, or that of `initialVectors` (glove `-vector-size`). */
  readonly vectorSize?: number | undefined;
  /** Counts of that much have full weight, x_max in the paper. Default 100 (glove `-x-max`). */
  readonly xMax?: number | undefined;
  /** Below xMax the weight is (count / xMax) ^ alpha. Default 0.75 (glove `-alpha`). */
  readonly alpha?: number | undefined;
  /** Step of AdaGrad. Default 0.05 (glove `-eta`). */
  readonly learningRate?: number | undefined;
  /** Each component of a gradient is cut to plus or minus this. Default 100 (glove `-grad-clip`). */
  readonly gradientClip?: number | undefined;
  /** Passes over the counts. Default 25 (glove `-iter`). */
  readonly epochs?: number | undefined;
  /** Of all random numbers. Default 1. The same seed gives the same vectors, byte by byte, on any number of threads of the processor. */
  readonly seed?: number | undefined;
  /** Default `word+context`. */
  readonly result?: ResultKind | undefined;
  /**
   * Adds a vector for `<unk>`, a stand-in for rare words: the mean of the last 100 words' vectors, as in glove's text files.
   * Default false.
   */
  readonly unknownVector?: boolean | undefined;
}

/** How and where a training is run, watched and stopped; none of it changes what is learned, but for rounding. */
export interface RunOptions extends DeviceOptions {
  /** Engine threads; 0, the default: as many as the process may run on (glove: 8). */
  readonly threads?: number | undefined;
  /** Stops the work within about a tenth of a second. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What an abort does once training has begun: `throw` (default) rejects with the signal's reason, `return` gives the model
   * as it is, with `report.finished` false.
   */
  readonly onAbort?: 'throw' | 'return' | undefined;
  /** Called about ten times a second. What it throws stops the work and becomes its error. */
  readonly onProgress?: ((progress: GloveProgress) => void) | undefined;
  /** Called and waited for before the first step. What it throws stops the work. */
  readonly onStart?: ((state: GloveState) => void | Promise<void>) | undefined;
  /** Called and waited for after each epoch, while training stands still. What it throws stops the work. */
  readonly onEpoch?: ((epoch: GloveEpoch) => void | Promise<void>) | undefined;
  /** Saves the model with all that {@link Glove.resume} needs to go on, while training stands still. */
  readonly checkpoint?: CheckpointOptions | undefined;
}

/** How far the counting has come. */
export interface CountingProgress extends Progress {
  readonly phase: 'counting';
  /** tokens of the vocabulary */
  readonly done: number;
  readonly total: number;
}

/** How far the counts have been put into the order in which they are trained. */
export interface PreparingProgress extends Progress {
  readonly phase: 'preparing';
  /** counts */
  readonly done: number;
  readonly total: number;
}

/** How far a training has come. */
export interface GloveTrainingProgress extends Progress {
  readonly phase: 'training';
  /** counts that were worked on (nonzero entries of the matrix, times epochs) */
  readonly done: number;
  /** the same after the last epoch */
  readonly total: number;
  /** the epoch being worked on, from 1 */
  readonly epoch: number;
  readonly epochs: number;
  /** mean cost of all entries so far; NaN before the first */
  readonly cost: number;
  readonly nonzerosPerSecond: number;
  /** seconds until the end at this speed; undefined before there is one */
  readonly eta: number | undefined;
}

/** Text is read and counted (unless that was done), counts are ordered, and the training runs. */
export type GloveProgress = CorpusProgress | CountingProgress | PreparingProgress | GloveTrainingProgress;

/** A model while it is trained; its methods work only while the callback runs that it was given to. */
export interface GloveState {
  /** A copy of the vectors as they are now, of the kind that option `result` says or another one; yours to dispose of. */
  snapshot(result?: ResultKind): Promise<KeyedVectors>;
  /** As {@link Glove.saveParameters}. */
  saveParameters(path: string | URL): Promise<void>;
  /** As {@link Glove.saveSquaredGradients}. */
  saveSquaredGradients(path: string | URL): Promise<void>;
  /** As {@link Glove.squaredGradients}. */
  squaredGradients(): Promise<KeyedVectors>;
}

/** What {@link RunOptions.onEpoch} is told. */
export interface GloveEpoch extends GloveState {
  /** from 1 */
  readonly epoch: number;
  readonly epochs: number;
  /** half the weighted squared error, mean of this epoch's entries, as glove prints it */
  readonly cost: number;
}

/** Options of {@link Glove.train}. Those of text and counting are only for a source that has not been read or counted. */
export interface GloveOptions extends ModelOptions, RunOptions, WindowOptions, StorageOptions, TextOptions {
  /** Word vectors to start from, for words that the vocabulary has too; other words, and all contexts, start at random. */
  readonly initialVectors?: KeyedVectors | undefined;
  /** A file of all parameters to start from, as glove's `-save-init-param` and `-binary 1` write it (`-init-param-file`). */
  readonly initialParameters?: string | URL | undefined;
  /** A file of the sums of squared gradients to start from, as glove's `-save-gradsq` writes it (`-init-gradsq-file`). */
  readonly initialSquares?: string | URL | undefined;
}

/** Options of {@link Glove.plan}. */
export type PlanOptions = Omit<
  GloveOptions,
  'onAbort' | 'onStart' | 'onEpoch' | 'checkpoint' | 'initialVectors' | 'initialParameters' | 'initialSquares'
>;

/** Options of {@link Glove.continueTraining}; what is not given is as the model was trained. */
export interface ContinueOptions
  extends Pick<ModelOptions, 'xMax' | 'alpha' | 'learningRate' | 'gradientClip' | 'epochs' | 'seed'>,
    RunOptions,
    StorageOptions,
    Pick<TextOptions, 'tokenizer'> {}

/** Options of {@link Glove.resume}; everything else is as in the checkpoint. */
export interface ResumeOptions extends RunOptions, StorageOptions, Pick<TextOptions, 'tokenizer'> {
  /** Default: the file that is resumed, as often as before. */
  readonly checkpoint?: CheckpointOptions | undefined;
}

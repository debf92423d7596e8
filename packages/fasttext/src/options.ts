import type {
  CorpusOptions,
  CorpusProgress,
  DeviceOptions,
  EpochEnd,
  KeyedVectors,
  TrainingProgress,
  ViewOptions,
} from '@wordmill/core';

/** What predicts what. `skip-gram`: each word its neighbours; `cbow`: the neighbours together the word. */
export type Architecture = 'skip-gram' | 'cbow';

/** How the predictions are scored while training. */
export type Objective = 'negative-sampling' | 'hierarchical-softmax' | 'softmax';

/** What a model learns and how; all of it is kept in the model's file. */
export interface ModelOptions {
  /** Default `skip-gram` (fastText's commands `skipgram` and `cbow`). */
  readonly architecture?: Architecture | undefined;
  /** Numbers in a vector; 1 to 65536. Default 100, or that of `initialVectors` (fastText `-dim`). */
  readonly vectorSize?: number | undefined;
  /** Words on each side of the centre; 1 to 1000. Each centre draws its window from 1 to that. Default 5 (fastText `-ws`). */
  readonly windowSize?: number | undefined;
  /** `negative-sampling` (default), `hierarchical-softmax`, or the full `softmax`, which is exact and slow (fastText `-loss`). */
  readonly objective?: Objective | undefined;
  /** Noise words for each true one; 1 to 1000. Default 5 (fastText `-neg`). Only with negative sampling. */
  readonly negativeSamples?: number | undefined;
  /** Noise words are drawn in proportion to count ^ this; -10 to 10. Default 0.5, as fastText. Only with negative sampling. */
  readonly negativeExponent?: number | undefined;
  /** Least length of n-grams in characters (code points), marks `<` and `>` counted; default 3 (fastText `-minn`). */
  readonly minNgramLength?: number | undefined;
  /** Greatest length of n-grams; 0: none, as word2vec. Default 6 (fastText `-maxn`). */
  readonly maxNgramLength?: number | undefined;
  /** N-grams are hashed into that many rows; 1 to 2147483647. Default 2000000 (fastText `-bucket`). Only used ones take memory. */
  readonly buckets?: number | undefined;
  /** Words more frequent than that share of the text are skipped at random; 0 to 1, 0 = never. Default 1e-4 (fastText `-t`). */
  readonly sample?: number | undefined;
  /** Step of gradient descent at the first token. Default 0.05 (fastText `-lr`). It falls to 0 at the last, linearly. */
  readonly learningRate?: number | undefined;
  /** Passes over the text. Default 5 (fastText `-epoch`). */
  readonly epochs?: number | undefined;
  /** Of all random numbers. Default 1 (fastText `-seed`). On one thread of the processor, the same seed gives the same vectors, byte by byte. */
  readonly seed?: number | undefined;
}

/** How and where a training is run, watched and stopped; none of it changes what is learned, but for rounding. */
export interface RunOptions extends DeviceOptions {
  /** Engine threads; 0, the default: as many as the process may run on (fastText `-thread`: 12). */
  readonly threads?: number | undefined;
  /** Stops the work within about a tenth of a second. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What an abort does once training has begun: `throw` (default) rejects with the signal's reason, `return` gives the model
   * as it is, with `report.finished` false.
   */
  readonly onAbort?: 'throw' | 'return' | undefined;
  /** Called about ten times a second. What it throws stops the work and becomes its error. */
  readonly onProgress?: ((progress: FastTextProgress) => void) | undefined;
  /** Called and waited for after each epoch, while training stands still. What it throws stops the work. */
  readonly onEpoch?: ((epoch: EpochEnd) => void | Promise<void>) | undefined;
}

/** First the text is read (unless it is a ready Corpus), then the training runs. */
export type FastTextProgress = CorpusProgress | TrainingProgress;

/** Options of {@link FastText.plan}. */
export type PlanOptions = Omit<FastTextOptions, 'onAbort' | 'onEpoch' | 'initialVectors'>;

/** Options of {@link FastText.continueTraining}; what is not given is as the model was trained. */
export interface ContinueOptions
  extends Omit<
      ModelOptions,
      'architecture' | 'objective' | 'vectorSize' | 'minNgramLength' | 'maxNgramLength' | 'buckets'
    >,
    RunOptions,
    Pick<ViewOptions, 'maxSentenceLength'>,
    Pick<CorpusOptions, 'lowercase' | 'invalidUtf8' | 'maxTokenBytes' | 'memoryLimit' | 'tokenizer'> {
  /**
   * Words of the new text that occur `minCount` times get rows of their own, after the old ones, and old frequencies grow by the new
   * text's. Default false: only words that the model has are trained, and their n-grams. Not with hierarchical softmax, whose tree
   * cannot grow.
   */
  readonly updateVocabulary?: boolean | undefined;
  /** Only with `updateVocabulary`. Default: as the model was trained. */
  readonly minCount?: number | undefined;
}

/** Options of {@link FastText.train}. Those of a corpus are only for a source that is not yet a Corpus. */
export interface FastTextOptions
  extends ModelOptions,
    RunOptions,
    Pick<ViewOptions, 'minCount' | 'maxVocabulary' | 'keep' | 'drop' | 'maxSentenceLength' | 'lineEndToken'>,
    Pick<CorpusOptions, 'lowercase' | 'invalidUtf8' | 'maxTokenBytes' | 'memoryLimit' | 'tokenizer'> {
  /** Vectors that the rows of words start from, where both have the word (fastText `-pretrainedVectors`). */
  readonly initialVectors?: KeyedVectors | undefined;
}

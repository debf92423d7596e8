import type {
  CheckpointOptions,
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
export type Objective = 'negative-sampling' | 'hierarchical-softmax' | 'both' | 'softmax';

/** What a model learns and how; all of it is kept in the model's file. */
export interface ModelOptions {
  /** Default `cbow` (word2vec.c `-cbow 1`; gensim `sg=0`). */
  readonly architecture?: Architecture | undefined;
  /** Numbers in a vector, d in the papers; 1 to 65536. Default 100, or that of `initialVectors` (word2vec.c `-size`). */
  readonly vectorSize?: number | undefined;
  /** Words on each side of the centre, c in the papers; 1 to 1000. Default 5 (word2vec.c `-window`). */
  readonly windowSize?: number | undefined;
  /** Each centre draws its window from 1 to `windowSize`, so that near words count more. Default true, as in word2vec.c. */
  readonly dynamicWindow?: boolean | undefined;
  /** CBOW only: the mean of the context's vectors, or their sum. Default true, as in word2vec.c. */
  readonly cbowMean?: boolean | undefined;
  /**
   * `negative-sampling` (default; word2vec.c `-negative`), `hierarchical-softmax` (word2vec.c `-hs 1 -negative 0`), `both`, or
   * the full `softmax` over the vocabulary, which is exact and slow.
   */
  readonly objective?: Objective | undefined;
  /** Noise words for each true one, k in the paper; 1 to 1000. Default 5. Only where the objective samples. */
  readonly negativeSamples?: number | undefined;
  /** Noise words are drawn in proportion to count ^ this; -10 to 10. Default 0.75. Only where the objective samples. */
  readonly negativeExponent?: number | undefined;
  /**
   * Words more frequent than that share of the text are skipped at random, t in the paper; 0 to 1, 0 = never. Default 1e-3
   * (word2vec.c `-sample`).
   */
  readonly sample?: number | undefined;
  /** Step of gradient descent at the first token. Default 0.025 for skip-gram, 0.05 for CBOW (word2vec.c `-alpha`). */
  readonly learningRate?: number | undefined;
  /** Step at the last token, reached linearly; 0 to `learningRate`. Default `learningRate` * 1e-4, word2vec.c's floor. */
  readonly learningRateEnd?: number | undefined;
  /** Passes over the text. Default 5 (word2vec.c `-iter`). */
  readonly epochs?: number | undefined;
  /** Of all random numbers. Default 1. On one thread of the processor, the same seed gives the same vectors, byte by byte. */
  readonly seed?: number | undefined;
}

/** How and where a training is run, watched and stopped; none of it changes what is learned, but for rounding. */
export interface RunOptions extends DeviceOptions {
  /** Engine threads; 0, the default: as many as the process may run on (word2vec.c: 12). */
  readonly threads?: number | undefined;
  /** Stops the work within about a tenth of a second. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What an abort does once training has begun: `throw` (default) rejects with the signal's reason, `return` gives the model
   * as it is, with `report.finished` false.
   */
  readonly onAbort?: 'throw' | 'return' | undefined;
  /** Called about ten times a second. What it throws stops the work and becomes its error. */
  readonly onProgress?: ((progress: Word2VecProgress) => void) | undefined;
  /** Called and waited for after each epoch, while training stands still. What it throws stops the work. */
  readonly onEpoch?: ((epoch: Word2VecEpoch) => void | Promise<void>) | undefined;
  /** Saves the model with all that {@link Word2Vec.resume} needs to go on, while training stands still. */
  readonly checkpoint?: CheckpointOptions | undefined;
}

/** First the text is read (unless it is a ready Corpus), then the training runs. */
export type Word2VecProgress = CorpusProgress | TrainingProgress;

/** What {@link RunOptions.onEpoch} is told. */
export interface Word2VecEpoch extends EpochEnd {
  /** A copy of the vectors as they are now; yours to dispose of. Only while the callback runs. */
  snapshot(): Promise<KeyedVectors>;
}

/** Vectors to start from, for words that the vocabulary has too; other words start at random. */
export interface InitialVectors {
  readonly vectors: KeyedVectors;
  /**
   * For each word, a factor on its updates from 0 (frozen) to 1 (default): one number for all words that `vectors` has, a
   * record or map from words, or a function.
   */
  readonly locks?:
    | number
    | Readonly<Record<string, number>>
    | ReadonlyMap<string, number>
    | ((word: string) => number)
    | undefined;
}

/** Options of {@link Word2Vec.train}. Those of a corpus are only for a source that is not yet a Corpus. */
export interface Word2VecOptions
  extends ModelOptions,
    RunOptions,
    ViewOptions,
    Pick<CorpusOptions, 'lowercase' | 'invalidUtf8' | 'maxTokenBytes' | 'memoryLimit' | 'tokenizer'> {
  readonly initialVectors?: InitialVectors | undefined;
}

/** Options of {@link Word2Vec.plan}. */
export type PlanOptions = Omit<Word2VecOptions, 'onAbort' | 'onEpoch' | 'checkpoint' | 'initialVectors'>;

/** Options of {@link Word2Vec.continueTraining}; what is not given is as the model was trained. */
export interface ContinueOptions
  extends Omit<ModelOptions, 'architecture' | 'objective' | 'vectorSize' | 'cbowMean'>,
    RunOptions,
    Pick<CorpusOptions, 'lowercase' | 'invalidUtf8' | 'maxTokenBytes' | 'memoryLimit' | 'tokenizer'> {
  /**
   * Words of the new text that occur `minCount` times get rows of their own, after the old ones, and old frequencies grow by
   * the new text's. Default false: only words that the model has are trained. Not with hierarchical softmax, whose tree
   * cannot grow.
   */
  readonly updateVocabulary?: boolean | undefined;
  /** Only with `updateVocabulary`. Default: as the model was trained. */
  readonly minCount?: number | undefined;
}

/** Options of {@link Word2Vec.resume}; everything else is as in the checkpoint. */
export interface ResumeOptions extends RunOptions, Pick<CorpusOptions, 'memoryLimit' | 'tokenizer'> {
  /** Default: the file that is resumed, as often as before. */
  readonly checkpoint?: CheckpointOptions | undefined;
}

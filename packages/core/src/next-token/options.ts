import type { Corpus } from '../corpus/corpus.js';
import type { CorpusOptions, ViewOptions } from '../corpus/options.js';
import type { DeviceOptions } from '../device.js';
import type { LongWork } from '../formats/safetensors.js';
import type { KeyedVectors } from '../keyed-vectors/keyed-vectors.js';
import type { CorpusProgress } from '../progress.js';
import type { EpochEnd, TrainingProgress } from '../schedule.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';

/**
 * How probabilities of the next token are found. `softmax`: over the whole vocabulary. `hierarchical-softmax`: as the product
 * of decisions on the way through the Huffman tree of the frequencies. `sampled-softmax`: trained against samples only, and
 * over the whole vocabulary wherever it is asked.
 */
export type NextTokenObjective = 'softmax' | 'hierarchical-softmax' | 'sampled-softmax';

/** How gradients become steps; as in torch.optim, for rows that have no gradient in a step as torch's SparseAdam. */
export type NextTokenOptimizer = 'sgd' | 'adagrad' | 'adam' | 'adamw';

/** What a network learns and how; all of it is kept in the model's file. */
export interface NextTokenModelOptions {
  /** Numbers in a vector, d in the papers; 1 to 65536. Default 128. */
  readonly vectorSize?: number | undefined;
  /** Tokens before the one that is predicted, n - 1 in the papers; 1 to 1024. Default 4. Fewer at the start of a line. */
  readonly contextSize?: number | undefined;
  /**
   * `concatenated` (default): the network sees which token stands where; `mean`: it sees the mean of their vectors, so that
   * their order is lost and the context costs next to nothing.
   */
  readonly context?: 'concatenated' | 'mean' | undefined;
  /** Default `softmax`. */
  readonly objective?: NextTokenObjective | undefined;
  /** Samples that each batch draws for all its tokens; 1 to 1048576. Default 1024. Only with `sampled-softmax`. */
  readonly negativeSamples?: number | undefined;
  /**
   * Samples are drawn in proportion to count ^ this; -10 to 10. Default 1. Whatever it is, the logarithm of the expected number
   * of samples is taken off the logits, so that the model learns the softmax itself. Only with `sampled-softmax`.
   */
  readonly negativeExponent?: number | undefined;
  /**
   * The output's vectors are the embedding's (Press & Wolf 2017), which halves the model. Default false. Not with
   * `hierarchical-softmax`, whose output has vectors of nodes.
   */
  readonly tied?: boolean | undefined;
  /** Keep the output in the model, to predict with; without it only `vectors` are left. Default true. */
  readonly keepOutput?: boolean | undefined;
  /**
   * Tokens of one step; 1 to 65536. Default 512. A step costs the optimiser a pass over the whole output whatever its size, and
   * larger batches make fewer steps of an epoch.
   */
  readonly batchSize?: number | undefined;
  /** Default `adam`. */
  readonly optimizer?: NextTokenOptimizer | undefined;
  /** The highest step of gradient descent. Default 0.005 for `adam` and `adamw`, 0.1 for `adagrad`, 1 for `sgd`. */
  readonly learningRate?: number | undefined;
  /** How it falls after the warm-up: not at all, evenly, or as half a wave of the cosine. Default `cosine`. */
  readonly schedule?: 'constant' | 'linear' | 'cosine' | undefined;
  /** Share of all steps in which the learning rate rises to its height; 0 to 1. Default 0.02. */
  readonly warmup?: number | undefined;
  /** The learning rate after the last step; 0 to `learningRate`. Default 0. Not with schedule `constant`. */
  readonly learningRateEnd?: number | undefined;
  /** 0 to 1, 1 excluded. Default 0. Only with `sgd`. */
  readonly momentum?: number | undefined;
  /** Memory of the running means of the gradient and its square; each 0 to 1, 1 excluded. Default [0.9, 0.999]. Only with `adam` and `adamw`. */
  readonly betas?: readonly [number, number] | undefined;
  /**
   * Decay of vectors and of the linear layer, but not of the output's biases; a row decays when it has a gradient. For `adamw` a share of the
   * learning rate, else a multiple added to the gradient. Default 0, for `adamw` 0.01.
   */
  readonly weightDecay?: number | undefined;
  /** Passes over the training text. Default 5. */
  readonly epochs?: number | undefined;
  /** Of all random numbers: first values, order of tokens, held-out lines, samples. Default 1. */
  readonly seed?: number | undefined;
}

/** How and where a training is run, watched and stopped; none of it changes what is learned, but for rounding. */
export interface NextTokenRunOptions extends DeviceOptions {
  /** Engine threads; 0, the default: as many as the process may run on. The result is the same for any number of them. */
  readonly threads?: number | undefined;
  /** Stops the work within about a tenth of a second. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What an abort does once training has begun: `throw` (default) rejects with the signal's reason, `return` gives the model
   * as it is, with `report.finished` false.
   */
  readonly onAbort?: 'throw' | 'return' | undefined;
  /** Called about ten times a second. What it throws stops the work and becomes its error. */
  readonly onProgress?: ((progress: NextTokenProgress) => void) | undefined;
  /** Called and waited for after each epoch, while training stands still. What it throws stops the work. */
  readonly onEpoch?: ((epoch: NextTokenEpoch) => void | Promise<void>) | undefined;
}

/** First the text is read (unless it is a ready Corpus), then the training runs. */
export type NextTokenProgress = CorpusProgress | TrainingProgress;

/** What {@link NextTokenRunOptions.onEpoch} is told. */
export interface NextTokenEpoch extends EpochEnd {
  /** of the tokens of this epoch, each before it was trained on; undefined with `sampled-softmax`, whose loss is over samples */
  readonly trainingPerplexity: number | undefined;
  /** of the validation text after this epoch; undefined where there is none */
  readonly validationPerplexity: number | undefined;
  /** A copy of the vectors as they are now; yours to dispose of. Only while the callback runs. */
  snapshot(): Promise<KeyedVectors>;
}

/** Options of {@link NextTokenModel.train}. Those of a corpus are only for a source that is not yet a Corpus. */
export interface NextTokenOptions
  extends NextTokenModelOptions,
    NextTokenRunOptions,
    ViewOptions,
    Pick<CorpusOptions, 'lowercase' | 'invalidUtf8' | 'maxTokenBytes' | 'memoryLimit' | 'tokenizer'> {
  /**
   * Text that is not trained on and tells how well the model predicts: a share of the lines, chosen by the seed (0 to 1, 1
   * excluded; 0: none), or a corpus of its own, of which the tokens of the vocabulary count. Default 0.05. A line that was cut
   * at `maxSentenceLength` is as many lines.
   */
  readonly validation?: number | Corpus | undefined;
}

/** Options of {@link NextTokenModel.plan}. */
export type NextTokenPlanOptions = Omit<NextTokenOptions, 'onAbort' | 'onEpoch'>;

/** Options of {@link NextTokenModel.continueTraining}; what is not given is as the model was trained. */
export interface NextTokenContinueOptions
  extends Omit<NextTokenModelOptions, 'vectorSize' | 'contextSize' | 'context' | 'objective' | 'tied' | 'keepOutput'>,
    NextTokenRunOptions,
    Pick<CorpusOptions, 'memoryLimit' | 'tokenizer'>,
    Pick<NextTokenOptions, 'validation'> {}

/** Options of {@link NextTokenModel.load}. */
export interface NextTokenLoadOptions extends LongWork {
  /** The tokenizer that the model must have been trained with; ERR_WORDMILL_TOKENIZER names both where it is another one. */
  readonly tokenizer?: Tokenizer | undefined;
}

/** Options of {@link NextTokenModel.perplexity}. Text is read as the model's was. */
export interface PerplexityOptions extends Pick<CorpusOptions, 'memoryLimit' | 'tokenizer'> {
  /** Engine threads; 0, the default: as many as the process may run on. */
  readonly threads?: number | undefined;
  /** Stops the work; the promise then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called while text is read. */
  readonly onProgress?: ((progress: CorpusProgress) => void) | undefined;
}

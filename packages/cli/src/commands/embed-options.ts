import { deviceOption } from '../device.js';
import { choice, file, flag, integer, number } from '../option-types.js';
import { textOptions, threadsOption, tokenizerOption, trainOption } from '../text-input.js';

/** Options of `wordmill embed`, named as those of NextTokenModel. */
export const embedOptions = {
  train: trainOption,
  output: file({ also: ['o'], help: 'write the whole model there, as .safetensors' }),
  vectorSize: integer({ also: ['size'], help: 'numbers in a vector', fallback: '128' }),
  contextSize: integer({ also: ['context-length'], help: 'words before that predict the next one', fallback: '4' }),
  context: choice(['concatenated', 'mean'], {
    help: 'their vectors one after another, or the mean of them, which knows no order',
    fallback: 'concatenated',
  }),
  objective: choice(['softmax', 'hierarchical-softmax', 'sampled-softmax'], {
    value: 'NAME',
    help: 'softmax, hierarchical-softmax or sampled-softmax',
    fallback: 'softmax',
  }),
  negativeSamples: integer({
    also: ['negative'],
    help: 'sampled-softmax: words drawn for each batch',
    fallback: '1024',
  }),
  negativeExponent: number({ help: 'sampled-softmax: they are drawn in proportion to count ^ X', fallback: '1' }),
  tied: flag({ help: 'the output has the vectors of the embedding' }),
  discardOutput: flag({ help: 'write the vectors without what predicts from them' }),
  batchSize: integer({ help: 'words of one step', fallback: '512' }),
  epochs: integer({ also: ['iter'], help: 'passes over the text', fallback: '5' }),
  optimizer: choice(['sgd', 'adagrad', 'adam', 'adamw'], { help: 'how gradients become steps', fallback: 'adam' }),
  learningRate: number({
    also: ['alpha', 'lr'],
    help: 'the highest step',
    fallback: '0.005 for adam and adamw, 0.1 for adagrad, 1 for sgd',
  }),
  schedule: choice(['constant', 'linear', 'cosine'], {
    help: 'how the step falls after the warm-up',
    fallback: 'cosine',
  }),
  warmup: number({ help: 'share of all steps in which it rises to its height', fallback: '0.02' }),
  learningRateEnd: number({ help: 'the last step', fallback: '0' }),
  momentum: number({ help: 'sgd: how much of the last step goes into the next', fallback: '0' }),
  weightDecay: number({ help: 'how much vectors shrink', fallback: '0, for adamw 0.01' }),
  validation: number({ help: 'share of the lines that is held out to measure with; 0: none', fallback: '0.05' }),
  validationText: file({ help: 'measure with this text instead' }),
  minCount: integer({ help: 'leave out words that are rarer', fallback: '5' }),
  maxVocabulary: integer({ help: 'at most so many words, the most frequent', fallback: 'all' }),
  lineEndToken: flag({ help: 'count line ends as a word </s>, which is predicted too' }),
  fixedSentences: flag({ help: 'ignore line ends: every --max-sentence-length words are a line' }),
  maxSentenceLength: integer({ help: 'longer lines are cut there', fallback: '1000' }),
  seed: integer({ help: 'of all random numbers; the same seed gives the same model', fallback: '1' }),
  threads: threadsOption,
  device: deviceOption,
  tokenizer: tokenizerOption,
  ...textOptions,
} as const;

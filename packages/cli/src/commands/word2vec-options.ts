import { FORMATS } from '@wordmill/core';
import { deviceOption } from '../device.js';
import { choice, file, flag, integer, number, zeroOrOne } from '../option-types.js';
import { textOptions, threadsOption, tokenizerOption, trainOption } from '../text-input.js';

/** Options of `wordmill word2vec`; those of word2vec.c have its names and its defaults. */
export const word2vecOptions = {
  train: trainOption,
  output: file({
    also: ['o'],
    help: 'write the vectors (with --classes the classes) there; - is standard output; .safetensors: the whole model',
  }),
  model: file({ help: 'write the whole model there, as .safetensors' }),
  binary: zeroOrOne({ help: 'output in word2vec binary (1) or text (0)', fallback: '0' }),
  format: choice(FORMATS, {
    value: 'FORMAT',
    help: `output in another format: ${FORMATS.join(', ')}`,
    fallback: 'word2vec-text',
  }),
  numbers: choice(['shortest', 'fixed6'], {
    help: 'numbers in text: the fewest digits that read back the same, or six decimals as word2vec.c',
    fallback: 'fixed6 in word2vec-text, shortest in others',
  }),
  vectorSize: integer({ also: ['size'], help: 'numbers in a vector', fallback: '100' }),
  windowSize: integer({ also: ['window'], help: 'words on each side that count as context', fallback: '5' }),
  architecture: choice(['skip-gram', 'cbow'], { help: 'what predicts what', fallback: 'cbow' }),
  cbow: zeroOrOne({ help: 'cbow (1) or skip-gram (0)', fallback: '1' }),
  objective: choice(['negative-sampling', 'hierarchical-softmax', 'both', 'softmax'], {
    value: 'NAME',
    help: 'negative-sampling, hierarchical-softmax, both or (full) softmax',
    fallback: 'as --hs and --negative say',
  }),
  hs: zeroOrOne({ help: 'hierarchical softmax, beside negative sampling unless --negative is 0', fallback: '0' }),
  negativeSamples: integer({ also: ['negative'], help: 'noise words for each true one; 0: none', fallback: '5' }),
  negativeExponent: number({
    also: ['ns-exponent'],
    help: 'noise words are drawn in proportion to count ^ X',
    fallback: '0.75',
  }),
  sample: number({ help: 'words more frequent than that share of the text are skipped at random', fallback: '1e-3' }),
  minCount: integer({ help: 'leave out words that are rarer', fallback: '5' }),
  maxVocabulary: integer({
    also: ['max-final-vocab'],
    help: 'at most so many words, the most frequent',
    fallback: 'all',
  }),
  epochs: integer({ also: ['iter'], help: 'passes over the text', fallback: '5' }),
  learningRate: number({
    also: ['alpha'],
    help: 'step at the beginning',
    fallback: '0.05 for cbow, 0.025 for skip-gram',
  }),
  learningRateEnd: number({
    also: ['min-alpha'],
    help: 'step at the end, reached linearly',
    fallback: 'a ten-thousandth of the first',
  }),
  fixedWindow: flag({
    help: 'all words of the window count the same; else each centre draws a window of 1 to --window-size',
  }),
  cbowSum: flag({ help: 'cbow: the sum of the context instead of its mean' }),
  fixedSentences: flag({ help: 'ignore line ends: every --max-sentence-length words are a sentence' }),
  maxSentenceLength: integer({ help: 'longer lines are cut there', fallback: '1000' }),
  noLineEndToken: flag({ help: 'do not count line ends as a word </s>, which word2vec.c does' }),
  seed: integer({
    help: 'of all random numbers; on the processor with --threads 1 the same seed gives the same vectors',
    fallback: '1',
  }),
  threads: threadsOption,
  device: deviceOption,
  classes: integer({
    help: 'write N classes of words (k-means of the vectors) as "word class" lines',
    fallback: '0: vectors',
  }),
  saveVocab: file({ help: 'write the vocabulary as "word count" lines; without -output that is all' }),
  readVocab: file({ help: 'take the vocabulary from "word count" lines instead of the text' }),
  initialVectors: file({ help: 'start from these vectors, where they have the word' }),
  initialLock: number({ help: 'factor on the updates of these words; 0 keeps them as they are', fallback: '1' }),
  checkpoint: file({ help: 'write there all that --resume needs, after each epoch' }),
  checkpointMinutes: number({ help: 'write the checkpoint every X minutes instead' }),
  resume: file({ help: 'go on from a checkpoint, on the same text' }),
  plan: flag({ help: 'only tell the vocabulary, memory and time that the training would take' }),
  debug: integer({ help: '2: progress and summary, 1: summary, 0: nothing', fallback: '2' }),
  ...textOptions,
  tokenizer: tokenizerOption,
} as const;

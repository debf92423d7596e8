import { deviceOption } from '../device.js';
import { choice, file, flag, integer, number, text } from '../option-types.js';
import { textOptions, threadsOption } from '../text-input.js';

/** Options of `wordmill fasttext skipgram` and `cbow`, with fastText's names and defaults. */
export const fasttextTrainOptions = {
  input: file({
    help: 'text to read; a folder is read file by file, .gz and .zst are unpacked, - is standard input. Operands are more of it',
  }),
  output: file({
    also: ['o'],
    help: 'write OUTPUT.bin (the model) and OUTPUT.vec (its vectors as text)',
    value: 'OUTPUT',
  }),
  model: file({ help: 'write the model there, as .safetensors or .bin' }),
  vectorSize: integer({ also: ['dim'], help: 'numbers in a vector', fallback: '100' }),
  windowSize: integer({
    also: ['ws', 'window'],
    help: 'words on each side, at most; each centre draws its own',
    fallback: '5',
  }),
  epochs: integer({ also: ['epoch'], help: 'passes over the text', fallback: '5' }),
  minCount: integer({ also: ['minCount'], help: 'leave out words that are rarer', fallback: '5' }),
  negativeSamples: integer({
    also: ['neg', 'negative'],
    help: 'with -loss ns: noise words for each true one',
    fallback: '5',
  }),
  negativeExponent: number({ help: 'noise words are drawn in proportion to count ^ X', fallback: '0.5' }),
  loss: choice(['ns', 'hs', 'softmax'], {
    help: 'negative sampling, hierarchical softmax or (full) softmax',
    fallback: 'ns',
  }),
  buckets: integer({ also: ['bucket'], help: 'n-grams are hashed into that many', fallback: '2000000' }),
  minNgramLength: integer({ also: ['minn'], help: 'least length of n-grams, in characters', fallback: '3' }),
  maxNgramLength: integer({ also: ['maxn'], help: 'greatest length of n-grams; 0: none', fallback: '6' }),
  learningRate: number({
    also: ['lr', 'alpha'],
    help: 'at the first word; it falls to 0 at the last',
    fallback: '0.05',
  }),
  lrUpdateRate: integer({
    also: ['lrUpdateRate'],
    help: "fastText's words between changes of the rate; taken for its sake: here it changes every 16384 words",
    fallback: '100',
  }),
  sample: number({
    also: ['t'],
    help: 'words more frequent than that share of the text are skipped at random',
    fallback: '1e-4',
  }),
  pretrainedVectors: file({ also: ['pretrainedVectors'], help: 'start from these vectors, where they have the word' }),
  wordNgrams: integer({ also: ['wordNgrams'], help: 'of supervised; without a meaning here', fallback: '1' }),
  minCountLabel: integer({ also: ['minCountLabel'], help: 'of supervised; without a meaning here', fallback: '0' }),
  label: text({ help: 'of supervised; here labels are words as others', fallback: '__label__' }),
  saveOutput: flag({ also: ['saveOutput'], help: 'write OUTPUT.output too: the vectors of words as contexts' }),
  seed: integer({ help: 'of all random numbers; with -thread 1 the same seed gives the same vectors', fallback: '1' }),
  threads: { ...threadsOption, also: ['thread'] },
  device: deviceOption,
  verbose: integer({ help: '2: progress and summary, 1: summary, 0: nothing', fallback: '2' }),
  ...textOptions,
} as const;

import { deviceOption } from '../device.js';
import { choice, file, flag, integer, number, text } from '../option-types.js';
import { textOptions, threadsOption } from '../text-input.js';

/** Options of `wordmill fasttext supervised`, with fastText's names and defaults. */
export const fasttextSupervisedOptions = {
  input: file({
    help: 'labelled lines to read; a folder is read file by file, .gz and .zst are unpacked, - is standard input',
  }),
  output: file({
    also: ['o'],
    help: 'write OUTPUT.bin (the model) and OUTPUT.vec (the vectors of its words as text)',
    value: 'OUTPUT',
  }),
  model: file({ help: 'write the model there, as .safetensors or .bin' }),
  label: text({ help: 'words that begin so are labels', fallback: '__label__' }),
  vectorSize: integer({ also: ['dim'], help: 'numbers in a vector', fallback: '100' }),
  windowSize: integer({ also: ['ws'], help: 'of skipgram and cbow; without a meaning here', fallback: '5' }),
  epochs: integer({ also: ['epoch'], help: 'passes over the lines', fallback: '5' }),
  minCount: integer({ also: ['minCount'], help: 'leave out words that are rarer', fallback: '1' }),
  minCountLabel: integer({ also: ['minCountLabel'], help: 'ignore labels that are rarer', fallback: '0' }),
  wordNgrams: integer({ also: ['wordNgrams'], help: 'runs of up to that many words are features', fallback: '1' }),
  negativeSamples: integer({ also: ['neg'], help: 'with -loss ns: noise labels for each true one', fallback: '5' }),
  loss: choice(['softmax', 'hs', 'ns', 'ova', 'one-vs-all'], {
    help: 'softmax, hierarchical softmax, negative sampling, or one-vs-all for lines with several labels',
    fallback: 'softmax',
  }),
  buckets: integer({ also: ['bucket'], help: 'n-grams are hashed into that many', fallback: '2000000' }),
  minNgramLength: integer({ also: ['minn'], help: 'least length of n-grams of characters', fallback: '0' }),
  maxNgramLength: integer({ also: ['maxn'], help: 'greatest length of them; 0: none', fallback: '0' }),
  learningRate: number({ also: ['lr'], help: 'at the first line; it falls to 0 at the last', fallback: '0.1' }),
  lrUpdateRate: integer({
    also: ['lrUpdateRate'],
    help: "fastText's words between changes of the rate; taken for its sake: here it changes with every few lines",
    fallback: '100',
  }),
  sample: number({ also: ['t'], help: 'of skipgram and cbow; without a meaning here', fallback: '1e-4' }),
  pretrainedVectors: file({ also: ['pretrainedVectors'], help: 'start from these vectors, where they have the word' }),
  saveOutput: flag({ also: ['saveOutput'], help: 'write OUTPUT.output too: the vectors of labels' }),
  seed: integer({ help: 'of all random numbers; with -thread 1 the same seed gives the same model', fallback: '1' }),
  threads: { ...threadsOption, also: ['thread'] },
  device: deviceOption,
  autotuneValidation: file({
    help: 'try options out and keep those that do best on these lines; options that are given stay as they are',
  }),
  autotuneMetric: text({
    help: 'what shall be high: f1, precisionAtRecall:PERCENT or recallAtPrecision:PERCENT, each perhaps with :LABEL',
    value: 'METRIC',
    fallback: 'f1',
  }),
  autotunePredictions: integer({ help: 'labels that are predicted for each line meanwhile', fallback: '1' }),
  autotuneDuration: number({ help: 'seconds to search', value: 'SECONDS', fallback: '300' }),
  autotuneModelsize: text({
    help: 'bytes that the model may have, as 2M: it is quantised for that, and written as OUTPUT.ftz',
    value: 'SIZE',
  }),
  verbose: integer({ help: '3: every attempt too, 2: progress and summary, 1: summary, 0: nothing', fallback: '2' }),
  ...textOptions,
} as const;

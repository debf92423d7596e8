import { FORMATS } from '@wordmill/core';
import { deviceOption } from '../device.js';
import { choice, file, flag, integer, number, zeroOrOne } from '../option-types.js';
import { textOptions, threadsOption, trainOption } from '../text-input.js';
import { memoryOption, verboseOption } from './glove-tools.js';

const { memoryLimit: _, ...readingOptions } = textOptions;

/** Options of `wordmill glove`; those of GloVe's programs have their names and defaults. */
export const gloveOptions = {
  train: trainOption,
  counts: file({ help: 'learn from counts that --save-counts wrote, instead of text' }),
  output: file({
    also: ['o'],
    help: 'write the vectors there; - is standard output; .safetensors: the whole model',
  }),
  model: file({ help: 'write the whole model there, as .safetensors' }),
  format: choice(FORMATS, {
    value: 'FORMAT',
    help: `output in another format: ${FORMATS.filter((format) => format !== 'glove-binary').join(', ')}`,
    fallback: 'glove-text',
  }),
  numbers: choice(['shortest', 'fixed6'], {
    help: 'numbers in text: the fewest digits that read back the same, or six decimals as glove',
    fallback: 'fixed6 in glove-text, shortest in others',
  }),
  result: choice(['word+context', 'word', 'context', 'concatenated', 'parameters'], {
    value: 'NAME',
    help: 'word+context (their sum), word, context, concatenated, or parameters (both with their biases)',
    fallback: 'word+context',
  }),
  unknownVector: flag({ help: 'add a vector for <unk>, the mean of the rarest 100 words' }),
  vectorSize: integer({ also: ['size'], help: 'numbers in a vector', fallback: '50' }),
  windowSize: integer({ also: ['window'], help: 'words on each side that count as context', fallback: '15' }),
  symmetric: zeroOrOne({ help: 'both sides count (1), or only the words after a word (0)', fallback: '1' }),
  distanceWeighting: zeroOrOne({ help: 'a pair at distance d counts 1/d (1) or 1 (0)', fallback: '1' }),
  minCount: integer({ help: 'leave out words that are rarer', fallback: '5' }),
  maxVocabulary: integer({ also: ['max-vocab'], help: 'at most so many words, the most frequent', fallback: 'all' }),
  vocabFile: file({ help: 'the words that count, as "word count" lines, instead of the text\'s' }),
  xMax: number({ help: 'counts of that much have full weight', fallback: '100' }),
  alpha: number({ help: 'counts below x-max weigh (count / x-max) ^ X', fallback: '0.75' }),
  learningRate: number({ also: ['eta'], help: 'step of AdaGrad', fallback: '0.05' }),
  gradientClip: number({ also: ['grad-clip'], help: 'each component of a gradient is cut to +- X', fallback: '100' }),
  epochs: integer({ also: ['iter'], help: 'passes over the counts', fallback: '25' }),
  seed: integer({ help: 'of all random numbers; the same seed gives the same vectors', fallback: '1' }),
  threads: threadsOption,
  device: deviceOption,
  memory: memoryOption('memory for counting; what does not fit goes to temporary files'),
  saveVocab: file({ help: 'write the vocabulary as "word count" lines' }),
  saveCounts: file({
    help: "write the counts as .safetensors, for --counts; with any other name as cooccur's records",
  }),
  initialVectors: file({ help: 'start from these word vectors, where they have the word' }),
  checkpoint: file({ help: 'write there all that --resume needs, after each epoch' }),
  checkpointMinutes: number({ help: 'write the checkpoint every X minutes instead' }),
  resume: file({ help: 'go on from a checkpoint, on the same text or counts' }),
  plan: flag({ help: 'only tell the vocabulary, counts, memory and time that the training would take' }),
  verbose: verboseOption,
  ...readingOptions,
} as const;

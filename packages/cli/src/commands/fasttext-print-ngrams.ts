import { FastText } from '@wordmill/fasttext';
import { defineCommand } from '../command.js';
import { UsageError } from '../usage-error.js';
import { vectorText } from './fasttext-numbers.js';

export const fasttextPrintNgrams = defineCommand({
  name: 'fasttext print-ngrams',
  summary: 'print the n-grams of a word and their vectors',
  usage: ['fasttext print-ngrams MODEL WORD'],
  description: `Prints a line "n-gram number number ..." for everything that the vector of a word is the mean of: the word itself,
    where it is in the vocabulary, and its character n-grams.`,
  options: {},
  examples: ['wordmill fasttext print-ngrams model.bin unbelievable'],
  async run({ operands: [path, word, ...more] }, { output, signal }) {
    if (path === undefined) throw new UsageError('MODEL is missing: give a .bin or .safetensors model of fastText');
    if (word === undefined || more.length > 0) throw new UsageError('give one word');
    const model = await FastText.load(path, { signal, onProgress: output.progress.update });
    const parts = model.getSubwords(word).map((part) => ({ ...part, vector: model.getInputVector(part.index) }));
    const plain = parts.map(({ vector, ...part }) => ({ ...part, vector: [...vector] }));
    output.result({ word, subwords: plain }, () => parts.map(({ text, vector }) => `${text} ${vectorText(vector)}`));
  },
});

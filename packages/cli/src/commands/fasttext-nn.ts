import { questionCommand } from './fasttext-neighbours.js';

export const fasttextNn = questionCommand({
  name: 'nn',
  summary: 'the nearest neighbours of words on standard input',
  description: `Asks for a word again and again and prints the K words most similar to it, 10 by default, as "word cosine" lines.
    Words that are not in the vocabulary are asked for by their n-grams. Prompts go to standard error.`,
  prompt: 'Query word? ',
  answer: (vectors, line, options) => vectors.mostSimilar(line, options),
});

import { UsageError } from '../usage-error.js';
import { questionCommand } from './fasttext-neighbours.js';

export const fasttextAnalogies = questionCommand({
  name: 'analogies',
  summary: 'A - B + C for triplets of words on standard input',
  description: `Asks for three words A B C again and again and prints the K words most similar to A - B + C, 10 by default:
    "berlin germany france" should give paris. Prompts go to standard error.`,
  prompt: 'Query triplet (A - B + C)? ',
  async answer(vectors, line, options) {
    const [a, b, c, ...more] = line.split(/\s+/);
    if (a === undefined || b === undefined || c === undefined || more.length > 0) {
      throw new UsageError('a triplet has three words, for instance: berlin germany france');
    }
    return vectors.mostSimilar({ positive: [a, c], negative: [b], ...options });
  },
});

import { defineCommand } from '../command.js';
import { loadModel, modelOptions } from '../model-input.js';
import { UsageError } from '../usage-error.js';

export const similarity = defineCommand({
  name: 'similarity',
  summary: 'cosine similarity of two words',
  usage: ['similarity MODEL A B'],
  description:
    'Prints the cosine of the angle between the vectors of two words: 1 for the same direction, 0 for none in common.',
  options: modelOptions,
  examples: ['wordmill similarity vectors.txt coffee tea'],
  async run({ options, operands: [path, a, b, ...more] }, context) {
    if (path !== undefined && (a === undefined || b === undefined || more.length > 0)) {
      throw new UsageError('similarity compares two words, for instance: wordmill similarity vectors.txt coffee tea');
    }
    const vectors = await loadModel(path, options, context);
    const score = vectors.similarity(a!, b!);
    context.output.result({ a, b, similarity: score }, () => [score.toFixed(6)]);
  },
});

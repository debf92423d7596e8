import { defineCommand } from '../command.js';
import { table } from '../figures.js';
import { loadModel, modelOptions } from '../model-input.js';
import { flag, integer } from '../option-types.js';
import { UsageError } from '../usage-error.js';

const options = {
  restrictVocab: integer({
    help: 'without WORDs: only the first N words, which are the most frequent',
    fallback: 'all',
  }),
  noNormalize: flag({ help: 'let the lengths of vectors count, not only their directions' }),
  ...modelOptions,
} as const;

export const axis = defineCommand({
  name: 'axis',
  summary: 'order words on the axis between two words',
  usage: ['axis MODEL FROM TO [WORD...]'],
  description: `Prints the words in the order in which they lie on the direction from FROM to TO, with their positions: 0 is that of
    FROM, 1 that of TO. "axis vectors.txt bad good best better worse" asks how good each of the words is. A pole may be several words with
    commas between them, whose mean is taken: bad,poor good,fine. Without WORDs: the whole vocabulary.`,
  options,
  examples: [
    'wordmill axis vectors.txt bad good best better worse',
    'wordmill axis vectors.txt cold,icy hot,boiling --restrict-vocab 10000',
  ],
  async run({ options: { restrictVocab, noNormalize, ...reading }, operands: [path, from, to, ...words] }, context) {
    if (path !== undefined && (from === undefined || to === undefined)) {
      throw new UsageError('axis takes two poles, for instance: wordmill axis vectors.txt bad good best better');
    }
    const vectors = await loadModel(path, reading, context);
    const poleOf = (text: string): string | string[] => (vectors.has(text) ? text : text.split(','));
    const positions = await vectors.axis(poleOf(from!), poleOf(to!), words.length === 0 ? undefined : words, {
      restrictVocab,
      normalize: noNormalize !== true,
      signal: context.signal,
    });
    context.output.result({ from, to, positions }, () =>
      table(positions.map(({ key, position }) => [key, position.toFixed(6)])),
    );
  },
});

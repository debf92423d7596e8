import type { DeviceOption, KeyedVectors, Neighbour } from '@wordmill/core';
import { type Context, defineCommand } from '../command.js';
import { deviceOption } from '../device.js';
import { failureOf } from '../error-report.js';
import { loadModel, modelOptions } from '../model-input.js';
import { choice, integer } from '../option-types.js';
import { promptLines } from '../prompt.js';
import { UsageError } from '../usage-error.js';
import { neighbourLines } from './nearest.js';

const options = {
  topN: integer({ also: ['top', 'topn', 'n'], help: 'how many words to show', fallback: '10' }),
  method: choice(['3CosAdd', '3CosMul'], {
    help: 'sum of the cosines (Mikolov et al. 2013) or their product (Levy and Goldberg 2014)',
    fallback: '3CosAdd',
  }),
  restrictVocab: integer({ help: 'search only the first N words, which are the most frequent', fallback: 'all' }),
  device: deviceOption,
  ...modelOptions,
} as const;

interface Query {
  readonly topN: number | undefined;
  readonly method: '3CosAdd' | '3CosMul' | undefined;
  readonly restrictVocab: number | undefined;
  readonly device: DeviceOption | undefined;
  readonly signal: AbortSignal;
}

export const analogy = defineCommand({
  name: 'analogy',
  summary: 'A is to B as C is to what?',
  usage: ['analogy MODEL A B C', 'analogy MODEL'],
  description: `Prints the words that are to C as B is to A: "man king woman" should give queen.

    Without three words it asks for them again and again, as word2vec.c's word-analogy did, until EXIT or the end of the
    input.`,
  options,
  examples: ['wordmill analogy vectors.txt man king woman', 'wordmill analogy vectors.txt --method 3CosMul'],
  async run({ options: { topN, method, restrictVocab, device, ...reading }, operands: [path, ...words] }, context) {
    if (words.length > 0) checkThree(words);
    const vectors = await loadModel(path, reading, context);
    const query = { topN, method, restrictVocab, device, signal: context.signal };
    if (words.length === 0) return converse(vectors, query, context);
    const neighbours = await answerTo(vectors, words, query);
    const [a, b, c] = words;
    context.output.result({ a, b, c, neighbours }, () => neighbourLines(neighbours));
  },
});

async function answerTo(vectors: KeyedVectors, words: readonly string[], query: Query): Promise<Neighbour[]> {
  const [a, b, c] = checkThree(words);
  return vectors.analogy(a, b, c, query);
}

function checkThree(words: readonly string[]): readonly [string, string, string] {
  const [a, b, c, ...more] = words;
  if (a !== undefined && b !== undefined && c !== undefined && more.length === 0) return [a, b, c];
  throw new UsageError(`an analogy has three words, not ${words.length}, for instance: man king woman`);
}

async function converse(vectors: KeyedVectors, query: Query, { output, signal }: Context): Promise<void> {
  const answers: object[] = [];
  for await (const line of promptLines('Three words (EXIT to end): ', signal)) {
    try {
      const words = line.split(/\s+/);
      const neighbours = await answerTo(vectors, words, query);
      const [a, b, c] = words;
      if (output.json) answers.push({ a, b, c, neighbours });
      else for (const text of ['', ...neighbourLines(neighbours), '']) output.line(text);
    } catch (error) {
      if (signal.aborted) throw error;
      output.status(failureOf(error).text);
    }
  }
  if (output.json && !signal.aborted) output.result({ answers }, () => []);
}

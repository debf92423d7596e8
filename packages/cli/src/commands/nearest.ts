import type { DeviceOption, KeyedVectors, Neighbour } from '@wordmill/core';
import { type Context, defineCommand } from '../command.js';
import { deviceOption } from '../device.js';
import { failureOf } from '../error-report.js';
import { table } from '../figures.js';
import { loadModel, modelOptions } from '../model-input.js';
import { integer } from '../option-types.js';
import { promptLines } from '../prompt.js';

const options = {
  topN: integer({ also: ['top', 'topn', 'n'], help: 'how many words to show', fallback: '10' }),
  restrictVocab: integer({ help: 'search only the first N words, which are the most frequent', fallback: 'all' }),
  device: deviceOption,
  ...modelOptions,
} as const;

interface Query {
  readonly topN: number | undefined;
  readonly restrictVocab: number | undefined;
  readonly device: DeviceOption | undefined;
  readonly signal: AbortSignal;
}

export const nearest = defineCommand({
  name: 'nearest',
  summary: 'words whose vectors are nearest to a word or expression',
  usage: ['nearest MODEL EXPRESSION', 'nearest MODEL'],
  description: `Prints the words with the highest cosine similarity to a word, or to what an expression amounts to:
    king - man + woman, 1.5 * good, (paris + rome) / 2, "quoted-word" + other. Words of the expression are left out.

    Without an expression it asks for one after the other, as word2vec.c's distance did, until EXIT or the end of the input;
    there, words without an operator between them are added up.`,
  options,
  examples: [
    'wordmill nearest vectors.txt france',
    'wordmill nearest vectors.txt "king - man + woman"',
    'wordmill nearest vectors.txt --top 40',
  ],
  async run({ options: { topN, restrictVocab, device, ...reading }, operands: [path, ...expression] }, context) {
    const vectors = await loadModel(path, reading, context);
    const query = { topN, restrictVocab, device, signal: context.signal };
    if (expression.length === 0) return converse(vectors, query, context);
    const text = expression.join(' ');
    const neighbours = await neighboursOf(vectors, text, query);
    context.output.result({ expression: text, neighbours }, () => neighbourLines(neighbours));
  },
});

/** A word by itself need be no expression: `c++` and `42` are words too where the vocabulary has them. */
function neighboursOf(vectors: KeyedVectors, text: string, query: Query): Promise<Neighbour[]> {
  const isWord = vectors.has(text) || /^[^-"'\s()+*/][^\s()+*/]*$/.test(text);
  return isWord ? vectors.mostSimilar(text, query) : vectors.nearest(text, query);
}

async function converse(vectors: KeyedVectors, query: Query, { output, signal }: Context): Promise<void> {
  const answers: { readonly expression: string; readonly neighbours: Neighbour[] }[] = [];
  for await (const line of promptLines('Word or expression (EXIT to end): ', signal)) {
    try {
      const neighbours = await neighboursOf(vectors, withOperators(line), query);
      if (output.json) answers.push({ expression: line, neighbours });
      else for (const text of ['', ...neighbourLines(neighbours), '']) output.line(text);
    } catch (error) {
      if (signal.aborted) throw error;
      output.status(failureOf(error).text);
    }
  }
  if (output.json && !signal.aborted) output.result({ answers }, () => []);
}

/** `san francisco` as `san + francisco`; what has an operator, bracket or quote stays. */
const withOperators = (line: string): string =>
  /[()+*/"]|(^|\s)[-']/.test(line) ? line : line.split(/\s+/).join(' + ');

export const neighbourLines = (neighbours: readonly Neighbour[]): Iterable<string> =>
  table(neighbours.map(({ key, score }) => [key, score.toFixed(6)]));

import type { KeyedVectors } from '@wordmill/core';
import { type Command, defineCommand } from '../command.js';
import { loadModel, modelOptions } from '../model-input.js';
import { inputLines } from '../prompt.js';
import { vectorText } from './fasttext-numbers.js';

export const fasttextPrintWordVectors = printingCommand({
  name: 'print-word-vectors',
  summary: 'print the vectors of words on standard input',
  description: `Prints a line "word number number ..." for every word on standard input, with five significant digits as fastText's
    program does. Words that are not in the vocabulary have the mean of their n-grams, or zeros without any.`,
  example: 'wordmill fasttext print-word-vectors model.bin < words.txt',
  *lines(vectors, line) {
    for (const word of words(line)) {
      const vector = vectors.get(word) ?? new Float32Array(vectors.dimension);
      yield { word, vector };
    }
  },
});

export const fasttextPrintSentenceVectors = printingCommand({
  name: 'print-sentence-vectors',
  summary: 'print a vector for each line of standard input',
  description: `Prints for every line of standard input the mean of its words' normalised vectors, with five significant digits as
    fastText's program does. Words without a vector are left out.`,
  example: 'wordmill fasttext print-sentence-vectors model.bin < sentences.txt',
  *lines(vectors, line) {
    const known = words(line).filter((word) => vectors.get(word)?.some((value) => value !== 0));
    yield { vector: known.length === 0 ? new Float32Array(vectors.dimension) : vectors.getMeanVector(known) };
  },
});

interface Printed {
  readonly word?: string;
  readonly vector: Float32Array;
}

function printingCommand(command: {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly example: string;
  lines(vectors: KeyedVectors, line: string): Iterable<Printed>;
}): Command {
  return defineCommand({
    name: `fasttext ${command.name}`,
    summary: command.summary,
    usage: [`fasttext ${command.name} MODEL < TEXT`],
    description: command.description,
    options: modelOptions,
    examples: [command.example],
    async run({ options, operands: [path] }, context) {
      const { output, signal } = context;
      const vectors = await loadModel(path, options, context);
      const all: object[] = [];
      for await (const line of inputLines(signal)) {
        for (const { word, vector } of command.lines(vectors, line)) {
          if (output.json) all.push({ word, vector: [...vector] });
          else output.line(`${word === undefined ? '' : `${word} `}${vectorText(vector)}`);
        }
      }
      if (output.json) output.result({ vectors: all }, () => []);
    },
  });
}

/** Words as fastText cuts them. */
const words = (line: string): string[] => line.split(/[ \t\v\f\r\n\0]+/).filter((word) => word !== '');

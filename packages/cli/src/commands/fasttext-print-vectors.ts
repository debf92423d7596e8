import type { KeyedVectors } from '@wordmill/core';
import { FastTextClassifier } from '@wordmill/fasttext';
import { type Command, type Context, defineCommand } from '../command.js';
import { loadModel, modelOptions } from '../model-input.js';
import type { Values } from '../option-types.js';
import { inputLines } from '../prompt.js';
import { isClassifier } from './fasttext-layout.js';
import { vectorText } from './fasttext-numbers.js';

export const fasttextPrintWordVectors = printingCommand({
  name: 'print-word-vectors',
  summary: 'print the vectors of words on standard input',
  description: `Prints a line "word number number ..." for every word on standard input, with five significant digits as fastText's
    program does. Words that are not in the vocabulary have the mean of their n-grams, or zeros without any.`,
  example: 'wordmill fasttext print-word-vectors model.bin < words.txt',
  async open(path, options, context) {
    const vectors = await loadModel(path, options, context);
    return (line) =>
      words(line).map((word) => ({ word, vector: vectors.get(word) ?? new Float32Array(vectors.dimension) }));
  },
});

export const fasttextPrintSentenceVectors = printingCommand({
  name: 'print-sentence-vectors',
  summary: 'print a vector for each line of standard input',
  description: `Prints for every line of standard input the mean of its words' normalised vectors, with five significant digits as
    fastText's program does. Words without a vector are left out. Of a classifier it is what a line is classified by: the mean of
    the rows of its words and n-grams.`,
  example: 'wordmill fasttext print-sentence-vectors model.bin < sentences.txt',
  async open(path, options, context) {
    if (path !== undefined && (await isClassifier(path))) {
      const { signal } = context;
      const classifier = await FastTextClassifier.load(path, { signal });
      return (line) => [{ vector: classifier.getTextVector(line) }];
    }
    const vectors = await loadModel(path, options, context);
    return (line) => [{ vector: meanVector(vectors, line) }];
  },
});

function meanVector(vectors: KeyedVectors, line: string): Float32Array {
  const known = words(line).filter((word) => vectors.get(word)?.some((value) => value !== 0));
  return known.length === 0 ? new Float32Array(vectors.dimension) : vectors.getMeanVector(known);
}

interface Printed {
  readonly word?: string;
  readonly vector: Float32Array;
}

function printingCommand(command: {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly example: string;
  /** Reads the model, and says what is printed for a line. */
  open(
    path: string | undefined,
    options: Values<typeof modelOptions>,
    context: Context,
  ): Promise<(line: string) => readonly Printed[]>;
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
      const printed = await command.open(path, options, context);
      const all: object[] = [];
      for await (const line of inputLines(signal)) {
        for (const { word, vector } of printed(line)) {
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

import type { Prediction } from '@wordmill/fasttext';
import { type Command, defineCommand } from '../command.js';
import { linesOf, questionOf, questionOptions } from './fasttext-classifier-input.js';
import { significant } from './fasttext-numbers.js';

/** Lines that are answered together. */
const BATCH = 4096;

export const fasttextPredict = predictingCommand({
  name: 'predict',
  summary: 'print the labels of each line of a text',
  description: `Prints for each line of FILE (- for standard input) its K most probable labels, 1 by default and -1 for all, that have
    at least the probability THRESHOLD, 0 by default.`,
  text: ({ label }) => label,
});

export const fasttextPredictProb = predictingCommand({
  name: 'predict-prob',
  summary: 'print the labels of each line of a text with their probabilities',
  description: `Prints for each line of FILE (- for standard input) its K most probable labels, 1 by default and -1 for all, that have
    at least the probability THRESHOLD, 0 by default, each with its probability, which is never above 1.`,
  text: ({ label, probability }) => `${label} ${significant(probability, 6)}`,
});

function predictingCommand(command: {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  text(prediction: Prediction): string;
}): Command {
  return defineCommand({
    name: `fasttext ${command.name}`,
    summary: command.summary,
    usage: [`fasttext ${command.name} MODEL FILE [K] [THRESHOLD]`],
    description: command.description,
    options: questionOptions,
    examples: [`wordmill fasttext ${command.name} cooking.bin questions.txt 3 0.1`],
    async run({ options, operands }, context) {
      const { output, signal } = context;
      const { sigmoid } = options;
      const { classifier, file, k, threshold } = await questionOf(operands, options.label, context);
      const all: Prediction[][] = [];
      const answer = async (lines: string[]): Promise<void> => {
        for (const found of await classifier.predictBatch(lines, { k, threshold, sigmoid, signal })) {
          if (output.json) all.push(found);
          else output.line(found.map(command.text).join(' '));
        }
      };
      // Whoever types is answered line by line.
      const size = file === '-' && process.stdin.isTTY === true ? 1 : BATCH;
      let lines: string[] = [];
      for await (const line of linesOf(file, signal)) {
        lines.push(line);
        if (lines.length < size) continue;
        await answer(lines);
        lines = [];
      }
      await answer(lines);
      if (output.json) output.result({ predictions: all }, () => []);
    },
  });
}

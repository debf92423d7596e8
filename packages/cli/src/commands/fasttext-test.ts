import type { Evaluation, Scores } from '@wordmill/fasttext';
import { type Command, defineCommand } from '../command.js';
import { linesOf, questionOf, questionOptions } from './fasttext-classifier-input.js';
import { significant } from './fasttext-numbers.js';

export const fasttextTest = testingCommand({
  name: 'test',
  summary: 'precision and recall of a classifier',
  description: `Asks for the K most probable labels (1 by default, -1: all) of each line of FILE that are at least as probable as
    THRESHOLD (0 by default), and compares them with those that the line has.`,
  lines: () => [],
});

export const fasttextTestLabel = testingCommand({
  name: 'test-label',
  summary: 'precision and recall of a classifier for each label',
  description: `As "fasttext test", and before that a line for each label with its F1 score, precision and recall; -------- stands
    where there is nothing to divide by.`,
  *lines(evaluation) {
    for (const [label, { f1, precision, recall }] of evaluation.labels()) {
      yield `F1-Score : ${share(f1)}  Precision : ${share(precision)}  Recall : ${share(recall)}   ${label}`;
    }
  },
});

const share = (value: number): string => (Number.isNaN(value) ? '--------' : value.toFixed(6));

function testingCommand(command: {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  lines(evaluation: Evaluation): Iterable<string>;
}): Command {
  return defineCommand({
    name: `fasttext ${command.name}`,
    summary: command.summary,
    usage: [`fasttext ${command.name} MODEL FILE [K] [THRESHOLD]`],
    description: command.description,
    options: questionOptions,
    examples: [`wordmill fasttext ${command.name} cooking.bin cooking.valid 5`],
    async run({ options, operands }, context) {
      const { output, signal } = context;
      const { classifier, file, k, threshold } = await questionOf(operands, options.label, context);
      const evaluation = await classifier.test(linesOf(file, signal), {
        k,
        threshold,
        sigmoid: options.sigmoid,
        signal,
      });
      const { examples, overall } = evaluation;
      const labels: Record<string, Scores> = Object.fromEntries(evaluation.labels());
      output.result({ examples, ...overall, labels }, () => [
        ...command.lines(evaluation),
        `N\t${examples}`,
        `P@${Number.isFinite(k) ? k : -1}\t${significant(overall.precision, 3)}`,
        `R@${Number.isFinite(k) ? k : -1}\t${significant(overall.recall, 3)}`,
      ]);
    },
  });
}

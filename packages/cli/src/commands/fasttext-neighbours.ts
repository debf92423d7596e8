import type { KeyedVectors, Neighbour } from '@wordmill/core';
import { type Command, type Context, defineCommand } from '../command.js';
import { failureOf } from '../error-report.js';
import { loadModel, modelOptions } from '../model-input.js';
import { promptLines } from '../prompt.js';
import { UsageError } from '../usage-error.js';
import { significant } from './fasttext-numbers.js';

/** One of fastText's two commands that answer questions: MODEL and the number of answers, then a question a line. */
export function questionCommand(command: {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly prompt: string;
  answer(vectors: KeyedVectors, line: string, options: { topN: number; signal: AbortSignal }): Promise<Neighbour[]>;
}): Command {
  return defineCommand({
    name: `fasttext ${command.name}`,
    summary: command.summary,
    usage: [`fasttext ${command.name} MODEL [K] < QUESTIONS`],
    description: command.description,
    options: modelOptions,
    examples: [`wordmill fasttext ${command.name} model.bin 10`],
    async run({ options, operands: [path, k = '10'] }, context: Context) {
      const { output, signal } = context;
      if (!/^[1-9]\d{0,8}$/.test(k)) throw new UsageError(`K must be a whole number from 1, not ${JSON.stringify(k)}`);
      const vectors = await loadModel(path, options, context);
      const answers: object[] = [];
      for await (const line of promptLines(command.prompt, signal)) {
        try {
          const neighbours = await command.answer(vectors, line, { topN: Number(k), signal });
          if (output.json) answers.push({ question: line, neighbours });
          else for (const { key, score } of neighbours) output.line(`${key} ${significant(score, 6)}`);
        } catch (error) {
          if (signal.aborted) throw error;
          output.status(failureOf(error).text);
        }
      }
      if (output.json && !signal.aborted) output.result({ answers }, () => []);
    },
  });
}

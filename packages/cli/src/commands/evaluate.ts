import type { AnalogyEvaluation, PairEvaluation } from '@wordmill/core';
import { defineCommand } from '../command.js';
import { deviceOption } from '../device.js';
import { percent, table, whole } from '../figures.js';
import { loadModel, modelOptions } from '../model-input.js';
import { file, flag, integer } from '../option-types.js';
import { UsageError } from '../usage-error.js';

const options = {
  analogies: file({ help: 'questions of four words a line, in sections, such as questions-words.txt' }),
  pairs: file({ help: 'two words and a human judgement of their similarity a line, such as wordsim353.tsv' }),
  restrictVocab: integer({ help: 'analogies among the first N words, which are the most frequent', fallback: '30000' }),
  caseSensitive: flag({ help: 'do not compare words in capitals' }),
  countUnknown: flag({
    also: ['dummy4unknown'],
    help: 'questions with unknown words are wrong answers, pairs with unknown words have similarity 0; else they are skipped',
  }),
  device: deviceOption,
  ...modelOptions,
} as const;

export const evaluate = defineCommand({
  name: 'evaluate',
  summary: 'how good vectors are: analogies and similarity of words',
  usage: ['evaluate MODEL [--analogies FILE] [--pairs FILE]'],
  description: `Analogies: the share of questions "a is to b as c is to d" that 3CosAdd answers right, as word2vec.c's
    compute-accuracy and gensim's evaluate_word_analogies count it. Pairs: correlation of the cosine with human judgements,
    as gensim's evaluate_word_pairs.`,
  options,
  examples: ['wordmill evaluate vectors.bin --analogies questions-words.txt --pairs wordsim353.tsv --json'],
  async run({ options: given, operands: [path, ...more] }, context) {
    const { analogies, pairs, restrictVocab = 30_000, caseSensitive, countUnknown, device, ...reading } = given;
    if (analogies === undefined && pairs === undefined) {
      throw new UsageError('there is nothing to evaluate with: give --analogies FILE, --pairs FILE or both');
    }
    if (more.length > 0) throw new UsageError(`evaluate takes one MODEL; ${more[0]} is too much`);
    const vectors = await loadModel(path, reading, context);
    const { signal } = context;
    const caseInsensitive = caseSensitive !== true;
    const found: { analogies?: AnalogyEvaluation; pairs?: PairEvaluation } = {};
    if (analogies !== undefined) {
      const rules = { restrictVocab, caseInsensitive, unknownIsWrong: countUnknown, device, signal };
      found.analogies = await vectors.evaluateWordAnalogies(analogies, rules);
    }
    if (pairs !== undefined) {
      found.pairs = await vectors.evaluateWordPairs(pairs, { caseInsensitive, unknownIsZero: countUnknown, signal });
    }
    context.output.result(summaryOf(found), () => linesOf(found));
  },
});

interface Found {
  readonly analogies?: AnalogyEvaluation;
  readonly pairs?: PairEvaluation;
}

function summaryOf({ analogies, pairs }: Found): object {
  return {
    analogies: analogies && {
      accuracy: analogies.accuracy,
      semantic: analogies.semantic,
      syntactic: analogies.syntactic,
      questions: analogies.questions,
    },
    pairs: pairs && {
      spearman: pairs.spearman.coefficient,
      pearson: pairs.pearson.coefficient,
      used: pairs.used,
      oov: pairs.oov,
    },
  };
}

function* linesOf({ analogies, pairs }: Found): Generator<string> {
  if (analogies !== undefined) yield* analogyLines(analogies);
  if (analogies !== undefined && pairs !== undefined) yield '';
  if (pairs !== undefined) {
    const { spearman, pearson, used, oov } = pairs;
    yield* table([
      ['pairs', 'correlation', 'p-value'],
      ['Spearman', spearman.coefficient.toFixed(4), spearman.pValue.toPrecision(3)],
      ['Pearson', pearson.coefficient.toFixed(4), pearson.pValue.toPrecision(3)],
    ]);
    yield `${whole(used)} pairs compared, ${whole(oov)} with unknown words`;
  }
}

function* analogyLines({ sections, accuracy, semantic, syntactic, correct, questions, skipped }: AnalogyEvaluation) {
  const share = (part: number): string => (Number.isNaN(part) ? '-' : percent(part));
  const rows = sections.map(({ name, correct, questions }) => [
    name,
    share(correct / questions),
    `${correct} of ${questions}`,
  ]);
  yield* table([
    ['analogies', 'accuracy', 'correct'],
    ...rows,
    ['semantic', share(semantic), ''],
    ['syntactic', share(syntactic), ''],
    ['all', share(accuracy), `${correct} of ${questions}`],
  ]);
  yield `${whole(skipped)} questions with unknown words`;
}

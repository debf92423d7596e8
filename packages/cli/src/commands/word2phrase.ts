import { Phrases } from '@wordmill/core';
import { defineCommand } from '../command.js';
import { whole } from '../figures.js';
import { choice, file, integer, number, text } from '../option-types.js';
import { checkWritable, isStandardOutput, writeTo } from '../output-file.js';
import { readText, textOptions, textSources, threadsOption, trainOption } from '../text-input.js';
import { UsageError } from '../usage-error.js';

const options = {
  train: trainOption,
  output: file({ also: ['o'], help: 'write the text there with its phrases joined; - is standard output' }),
  minCount: integer({ help: 'pairs that occur less often are no phrase', fallback: '5' }),
  threshold: number({ help: 'pairs that score above this are joined', fallback: '100; 0.5 for npmi' }),
  scoring: choice(['default', 'npmi'], {
    help: "word2phrase's score, or normalised mutual information",
    fallback: 'default',
  }),
  delimiter: text({ help: 'what joins the words of a phrase', fallback: '_' }),
  passes: integer({ help: 'how often to join; two passes find phrases of up to four words', fallback: '1' }),
  savePhrases: file({ help: 'write the phrases as JSON' }),
  readPhrases: file({ help: 'join the phrases of such a file instead of finding some' }),
  debug: integer({ help: '2: progress and summary, 1: summary, 0: nothing', fallback: '2' }),
  threads: threadsOption,
  ...textOptions,
} as const;

export const word2phrase = defineCommand({
  name: 'word2phrase',
  summary: 'join words that belong together: new york becomes new_york',
  usage: ['word2phrase -train FILE -output FILE [OPTION...]'],
  description: `Finds pairs of words that occur together more often than by chance (Mikolov et al. 2013, section 4) and writes
    the text with them joined, ready for wordmill word2vec. Command lines of word2phrase work as they are.`,
  options,
  examples: [
    'wordmill word2phrase -train text8 -output phrases.txt -threshold 200',
    'wordmill word2phrase text.txt -o phrases.txt --passes 2 --save-phrases phrases.json',
  ],
  async run({ options: given, operands }, { output, signal }) {
    const { output: target, savePhrases, readPhrases, debug = 2, threads } = given;
    const sources = textSources(given.train, operands);
    if (target === undefined && savePhrases === undefined) {
      throw new UsageError('there is nothing to write: give -output FILE (or --save-phrases FILE)');
    }
    if (isStandardOutput(target) && output.json)
      throw new UsageError('--json cannot go with the text on standard output');
    if (debug < 2) output.progress.disable();
    for (const path of [target, savePhrases]) await checkWritable(path);

    const corpus = await readText(sources, given, { threads, signal, onProgress: output.progress.update });
    output.progress.stop();
    const { minCount, threshold, scoring, delimiter, passes } = given;
    const rules = { minCount, threshold, scoring, delimiter, passes };
    if (readPhrases !== undefined) refuseRules(rules);
    const phrases =
      readPhrases === undefined
        ? await Phrases.learn(corpus, { ...rules, threads, signal })
        : await Phrases.load(readPhrases);
    if (savePhrases !== undefined) await phrases.save(savePhrases);
    let tokens: number | undefined;
    if (target !== undefined) {
      const joined = await phrases.apply(corpus, { signal });
      await writeTo(target, (path) => joined.saveText(path, { signal }));
      tokens = joined.info.tokens;
    }
    if (!output.json && (debug < 1 || isStandardOutput(target))) return;
    const { tokens: tokensRead } = corpus.info;
    output.result({ phrases: phrases.size, tokensRead, tokensWritten: tokens }, () => [
      `${whole(phrases.size)} phrases found in ${whole(tokensRead)} tokens`,
      ...[target, savePhrases].filter((path) => path !== undefined).map((path) => `saved ${path}`),
    ]);
  },
});

function refuseRules(rules: Readonly<Record<string, unknown>>): void {
  const wrong = Object.entries(rules).find(([, value]) => value !== undefined);
  if (wrong !== undefined)
    throw new UsageError(`option ${wrong[0]} is for finding phrases; leave it out with --read-phrases`);
}

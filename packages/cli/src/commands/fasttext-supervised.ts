import { KeyedVectors } from '@wordmill/core';
import { type ClassifierOptions, FastTextClassifier } from '@wordmill/fasttext';
import { type Context, defineCommand } from '../command.js';
import { speed, whole } from '../figures.js';
import type { Values } from '../option-types.js';
import { checkWritable } from '../output-file.js';
import { readingOptions, readText, textSources } from '../text-input.js';
import { fasttextSupervisedOptions } from './fasttext-supervised-options.js';
import { targetsOf } from './fasttext-train.js';

type Given = Values<typeof fasttextSupervisedOptions>;

const OBJECTIVES = {
  softmax: 'softmax',
  hs: 'hierarchical-softmax',
  ns: 'negative-sampling',
  ova: 'one-vs-all',
  'one-vs-all': 'one-vs-all',
} as const;

export const fasttextSupervised = defineCommand({
  name: 'fasttext supervised',
  summary: 'train a classifier of texts',
  usage: ['fasttext supervised -input FILE -output OUTPUT [OPTION...]', 'fasttext supervised FILE... --model FILE'],
  description: `Learns the labels of lines (Joulin et al. 2016). Words that begin with __label__ are labels, of which a line may have
    several; the others are what they are learned from. fastText's command lines work as they are, and its files are written.`,
  options: fasttextSupervisedOptions,
  examples: [
    'wordmill fasttext supervised -input cooking.train -output cooking -lr 1.0 -epoch 25 -wordNgrams 2',
    'wordmill fasttext test cooking.bin cooking.valid',
  ],
  async run({ options: given, operands }, context) {
    const { output } = context;
    const sources = textSources(given.input, operands);
    const paths = targetsOf(given);
    const { verbose = 2 } = given;
    if (verbose < 2) output.progress.disable();
    for (const path of paths) await checkWritable(path);
    const classifier = await train(sources, given, context);
    const run = { signal: context.signal, onProgress: output.progress.update };
    for (const path of paths) {
      if (path.endsWith('.vec')) await (await classifier.wordVectors()).save(path, { ...run, format: 'fasttext-vec' });
      else await classifier.save(path, run);
    }
    output.progress.stop();
    if (output.json || verbose > 0) output.result(classifier.report, () => summaryOf(classifier, paths));
  },
});

async function train(
  sources: readonly string[],
  given: Given,
  { output, signal }: Context,
): Promise<FastTextClassifier> {
  const { vectorSize, epochs, minCount, minCountLabel, wordNgrams, buckets, minNgramLength, maxNgramLength } = given;
  const { learningRate, seed, threads, pretrainedVectors, label: labelPrefix, loss = 'softmax' } = given;
  // fastText's command lines may give -neg with any loss.
  const negativeSamples = loss === 'ns' ? given.negativeSamples : undefined;
  const run = { threads, signal, onProgress: output.progress.update };
  const options: ClassifierOptions = {
    ...{ vectorSize, epochs, minCount, minCountLabel, wordNgrams, buckets, minNgramLength, maxNgramLength },
    ...{ learningRate, seed, labelPrefix, negativeSamples, ...run },
    objective: OBJECTIVES[loss],
    initialVectors:
      pretrainedVectors === undefined ? undefined : await KeyedVectors.load(pretrainedVectors, { signal }),
  };
  const [source] = sources;
  if (sources.length === 1 && source !== undefined && source !== '-') {
    return FastTextClassifier.train(source, { ...options, ...readingOptions(given) });
  }
  return FastTextClassifier.train(await readText(sources, given, run), options);
}

function* summaryOf({ report }: FastTextClassifier, paths: readonly string[]): Generator<string> {
  const { tokens, seconds, tokensPerSecond, loss, vocabulary, labels, ngrams, examples, isa, threads } = report!;
  yield `${whole(labels)} labels, ${whole(vocabulary)} words and ${whole(ngrams)} n-grams in ${whole(examples)} lines; ` +
    `${whole(tokens)} tokens in ${seconds.toFixed(1)} s: ${speed(tokensPerSecond)} (${isa}, ${threads} threads), ` +
    `mean loss ${loss.toFixed(4)}`;
  if (report!.skippedLines > 0) yield `${whole(report!.skippedLines)} lines without a label or a word were left out`;
  for (const path of paths) yield `saved ${path}`;
}

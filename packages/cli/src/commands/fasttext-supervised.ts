import { KeyedVectors } from '@wordmill/core';
import {
  type AutotuneTrial,
  type ClassifierModelOptions,
  type ClassifierOptions,
  FastTextClassifier,
} from '@wordmill/fasttext';
import { type Context, defineCommand } from '../command.js';
import { reasonLines, workplaceText } from '../device.js';
import { speed, whole } from '../figures.js';
import type { Values } from '../option-types.js';
import { checkWritable } from '../output-file.js';
import { readingOptions, readText, textSources } from '../text-input.js';
import { UsageError } from '../usage-error.js';
import { fasttextSupervisedOptions } from './fasttext-supervised-options.js';
import { contextsPath, targetsOf } from './fasttext-train.js';

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
    'wordmill fasttext supervised -input cooking.train -output cooking -autotune-validation cooking.valid -autotune-duration 60',
  ],
  async run({ options: given, operands }, context) {
    const { output } = context;
    const sources = textSources(given.input, operands);
    refuseStrayFlags(given);
    const paths = targetsOf(given).map((path) =>
      given.autotuneModelsize !== undefined && path === `${given.output}.bin` ? `${given.output}.ftz` : path,
    );
    const { verbose = 2 } = given;
    if (verbose < 2) output.progress.disable();
    const contexts = contextsPath(given);
    for (const path of contexts === undefined ? paths : [...paths, contexts]) await checkWritable(path);
    const classifier = await (given.autotuneValidation === undefined ? train : tune)(sources, given, context);
    const run = { signal: context.signal, onProgress: output.progress.update };
    for (const path of paths) {
      if (path.endsWith('.vec')) await (await classifier.wordVectors()).save(path, { ...run, format: 'fasttext-vec' });
      else await classifier.save(path, run);
    }
    if (contexts !== undefined)
      await (await classifier.labelVectors())!.save(contexts, { ...run, format: 'fasttext-vec' });
    output.progress.stop();
    if (output.json || verbose > 0) output.result(classifier.report, () => summaryOf(classifier, paths));
  },
});

/** Trains once. */
async function train(sources: readonly string[], given: Given, context: Context): Promise<FastTextClassifier> {
  const { output, signal } = context;
  const run = { threads: given.threads, signal, onProgress: output.progress.update };
  const options: ClassifierOptions = { ...(await modelOptions(given, signal)), device: given.device, ...run };
  const [source] = sources;
  if (sources.length === 1 && source !== undefined && source !== '-') {
    return FastTextClassifier.train(source, { ...options, ...readingOptions(given) });
  }
  return FastTextClassifier.train(await readText(sources, given, run), options);
}

/** Tries options out. */
async function tune(sources: readonly string[], given: Given, context: Context): Promise<FastTextClassifier> {
  const { output, signal } = context;
  const { threads, device, verbose = 2, autotuneModelsize, autotuneDuration: duration } = given;
  const run = { threads, signal, onProgress: output.progress.update };
  const [source] = sources;
  const lines =
    sources.length === 1 && source !== undefined && source !== '-' ? source : await readText(sources, given, run);
  output.progress.stop();
  const { classifier, score, trials } = await FastTextClassifier.autotune(lines, {
    ...{ ...(await modelOptions(given, signal)), threads, device, signal, duration },
    ...(typeof lines === 'string' && readingOptions(given)),
    validation: given.autotuneValidation!,
    metric: given.autotuneMetric,
    predictions: given.autotunePredictions,
    maxModelBytes: autotuneModelsize === undefined ? undefined : bytesOf(autotuneModelsize),
    onTrial: (trial) => {
      if (!output.json && verbose > (trial.isBest ? 1 : 2)) output.status(trialText(trial));
    },
  });
  if (verbose > 0 && !output.json) output.status(`${trials.length} attempts, the best one with ${score.toFixed(6)}`);
  return classifier;
}

async function modelOptions(given: Given, signal: AbortSignal): Promise<ClassifierModelOptions & InitialVectors> {
  const { vectorSize, epochs, minCount, minCountLabel, wordNgrams, buckets, minNgramLength, maxNgramLength } = given;
  const { learningRate, seed, pretrainedVectors, label: labelPrefix, loss = 'softmax' } = given;
  return {
    ...{ vectorSize, epochs, minCount, minCountLabel, wordNgrams, buckets, minNgramLength, maxNgramLength },
    ...{ learningRate, seed, labelPrefix },
    objective: OBJECTIVES[loss],
    // fastText's command lines may give -neg with any loss.
    negativeSamples: loss === 'ns' ? given.negativeSamples : undefined,
    initialVectors:
      pretrainedVectors === undefined ? undefined : await KeyedVectors.load(pretrainedVectors, { signal }),
  };
}

type InitialVectors = Pick<ClassifierOptions, 'initialVectors'>;

function refuseStrayFlags({ autotuneValidation, ...given }: Given): void {
  if (autotuneValidation !== undefined) return;
  for (const [name, flag] of [
    ['autotuneMetric', '-autotune-metric'],
    ['autotunePredictions', '-autotune-predictions'],
    ['autotuneDuration', '-autotune-duration'],
    ['autotuneModelsize', '-autotune-modelsize'],
  ] as const) {
    if (given[name] !== undefined) throw new UsageError(`${flag} needs -autotune-validation FILE`);
  }
}

/** `2M`, `500k`, `1g` or bytes; decimal, as in fastText. */
function bytesOf(size: string): number {
  const [, digits, unit] = /^(\d{1,12})([kmg]?)$/i.exec(size) ?? [];
  if (digits === undefined)
    throw new UsageError(`-autotune-modelsize must be a number of bytes as 500k or 2M, not ${size}`);
  return Number(digits) * { '': 1, k: 1e3, m: 1e6, g: 1e9 }[unit!.toLowerCase() as '' | 'k' | 'm' | 'g'];
}

function trialText({ trial, score, isBest, seconds, options, error }: AutotuneTrial): string {
  const { epochs, learningRate, vectorSize, wordNgrams, maxNgramLength, minNgramLength, buckets } = options;
  const outcome = error === undefined ? `${score.toFixed(6)}${isBest ? ', the best so far' : ''}` : error.message;
  return (
    `attempt ${trial}: ${outcome}, ${seconds.toFixed(1)} s: -epoch ${epochs} -lr ${learningRate.toPrecision(3)} -dim ${vectorSize} ` +
    `-wordNgrams ${wordNgrams} -minn ${minNgramLength} -maxn ${maxNgramLength} -bucket ${buckets}`
  );
}

function* summaryOf({ report }: FastTextClassifier, paths: readonly string[]): Generator<string> {
  const { tokens, seconds, tokensPerSecond, loss, vocabulary, labels, ngrams, examples } = report!;
  yield `${whole(labels)} labels, ${whole(vocabulary)} words and ${whole(ngrams)} n-grams in ${whole(examples)} lines; ` +
    `${whole(tokens)} tokens in ${seconds.toFixed(1)} s: ${speed(tokensPerSecond)} (${workplaceText(report!)}), ` +
    `mean loss ${loss.toFixed(4)}`;
  yield* reasonLines(report!);
  if (report!.skippedLines > 0) yield `${whole(report!.skippedLines)} lines without a label or a word were left out`;
  for (const path of paths) yield `saved ${path}`;
}

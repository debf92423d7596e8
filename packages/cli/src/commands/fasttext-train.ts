import { type Corpus, KeyedVectors } from '@wordmill/core';
import { type Architecture, FastText, type FastTextOptions } from '@wordmill/fasttext';
import { type Command, type Context, defineCommand } from '../command.js';
import { reasonLines, workplaceText } from '../device.js';
import { speed, whole } from '../figures.js';
import type { Values } from '../option-types.js';
import { checkWritable } from '../output-file.js';
import { readingOptions, readText, textSources } from '../text-input.js';
import { UsageError } from '../usage-error.js';
import { fasttextTrainOptions } from './fasttext-options.js';

type Given = Values<typeof fasttextTrainOptions>;

const OBJECTIVES = { ns: 'negative-sampling', hs: 'hierarchical-softmax', softmax: 'softmax' } as const;

export const fasttextSkipgram = trainingCommand('skipgram', 'skip-gram');
export const fasttextCbow = trainingCommand('cbow', 'cbow');

function trainingCommand(name: string, architecture: Architecture): Command {
  return defineCommand({
    name: `fasttext ${name}`,
    summary: `train word vectors with subwords by ${architecture === 'cbow' ? 'CBOW' : architecture}`,
    usage: [
      `fasttext ${name} -input FILE -output OUTPUT [OPTION...]`,
      `fasttext ${name} FILE... --model FILE [OPTION...]`,
    ],
    description: `Trains vectors of words and of their character n-grams (Bojanowski et al. 2017), so that words which do not
      occur in the text have vectors too. fastText's command lines work as they are, and its files are written.

      The commands that take vectors (nearest, analogy, evaluate, convert ...) take the model too, with its subwords.`,
    options: fasttextTrainOptions,
    examples: [
      `wordmill fasttext ${name} -input text8 -output vectors -minn 3 -maxn 6 -dim 100`,
      `wordmill fasttext ${name} articles.txt.gz --lowercase --model articles.safetensors`,
    ],
    async run({ options: given, operands }, context) {
      const { output } = context;
      const sources = textSources(given.input, operands);
      const paths = targetsOf(given);
      const { verbose = 2 } = given;
      if (verbose < 2) output.progress.disable();
      const contexts = contextsPath(given);
      for (const path of contexts === undefined ? paths : [...paths, contexts]) await checkWritable(path);
      const model = await train(sources, architecture, given, context);
      const run = { signal: context.signal, onProgress: output.progress.update };
      for (const path of paths) {
        if (path.endsWith('.vec')) await model.vectors.save(path, { ...run, format: 'fasttext-vec' });
        else await model.save(path, run);
      }
      if (contexts !== undefined)
        await (await model.contextVectors())!.save(contexts, { ...run, format: 'fasttext-vec' });
      output.progress.stop();
      if (output.json || verbose > 0) output.result(model.report, () => summaryOf(model, paths));
    },
  });
}

/** The files that `-output` and `--model` name. */
export function targetsOf({
  output,
  model,
}: {
  readonly output: string | undefined;
  readonly model: string | undefined;
}): string[] {
  if (output === undefined && model === undefined) {
    throw new UsageError('there is nothing to write: give -output OUTPUT (or --model FILE)');
  }
  const paths = output === undefined ? [] : [`${output}.bin`, `${output}.vec`];
  return model === undefined ? paths : [...paths, model];
}

/** The file of `-saveOutput`. */
export function contextsPath(given: {
  readonly saveOutput: boolean | undefined;
  readonly output: string | undefined;
  readonly loss: string | undefined;
}): string | undefined {
  if (given.saveOutput !== true) return undefined;
  if (given.output === undefined)
    throw new UsageError('-saveOutput needs -output OUTPUT, beside which it writes OUTPUT.output');
  if (given.loss === 'hs')
    throw new UsageError('-saveOutput has nothing to write with -loss hs, whose vectors are of no words');
  return `${given.output}.output`;
}

async function train(
  sources: readonly string[],
  architecture: Architecture,
  given: Given,
  { output, signal }: Context,
): Promise<FastText> {
  const { vectorSize, windowSize, epochs, minCount, negativeExponent, buckets } = given;
  const { minNgramLength, maxNgramLength, learningRate, sample, seed, threads, pretrainedVectors } = given;
  const { loss = 'ns', device } = given;
  // fastText's command lines may give -neg with any loss.
  const negativeSamples = loss === 'ns' ? given.negativeSamples : undefined;
  const run = { threads, signal, onProgress: output.progress.update };
  const options: FastTextOptions = {
    ...{ architecture, vectorSize, windowSize, epochs, minCount, negativeSamples, negativeExponent, buckets },
    ...{ minNgramLength, maxNgramLength, learningRate, sample, seed, device, ...run },
    objective: OBJECTIVES[loss],
    initialVectors:
      pretrainedVectors === undefined ? undefined : await KeyedVectors.load(pretrainedVectors, { signal }),
  };
  const [source] = sources;
  if (sources.length === 1 && source !== undefined && source !== '-') {
    return FastText.train(source, { ...options, ...readingOptions(given) });
  }
  const corpus: Corpus = await readText(sources, given, run);
  return FastText.train(corpus, options);
}

function* summaryOf({ report }: FastText, paths: readonly string[]): Generator<string> {
  const { tokens, seconds, tokensPerSecond, loss, vocabulary, ngrams } = report!;
  yield `${whole(vocabulary)} words and ${whole(ngrams)} n-grams learned from ${whole(tokens)} tokens in ${seconds.toFixed(1)} s: ` +
    `${speed(tokensPerSecond)} (${workplaceText(report!)}), mean loss ${loss.toFixed(4)}`;
  yield* reasonLines(report!);
  for (const path of paths) yield `saved ${path}`;
}

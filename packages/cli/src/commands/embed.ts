import {
  type Corpus,
  NextTokenModel,
  type NextTokenOptions,
  type NextTokenReport,
  type Tokenizer,
} from '@wordmill/core';
import { type Context, defineCommand } from '../command.js';
import { reasonLines, workplaceText } from '../device.js';
import { speed, table, whole } from '../figures.js';
import type { Values } from '../option-types.js';
import { checkWritable } from '../output-file.js';
import { readingOptions, readText, readTokenizer, textSources } from '../text-input.js';
import { UsageError } from '../usage-error.js';
import { embedOptions } from './embed-options.js';

type Given = Values<typeof embedOptions>;

export const embed = defineCommand({
  name: 'embed',
  summary: 'train an embedding by predicting the next word, as language models do',
  usage: ['embed FILE... -o FILE.safetensors [OPTION...]'],
  description: `Trains an embedding, a linear layer and a softmax to predict each word from those before it. Words are separated
    by white space, unless a tokenizer is given, and the words before are those of the same line. The report sets the model's perplexity on lines that it
    has not seen beside those of the words' frequencies and of counted pairs.

    The output is the whole model; its vectors are read by every command that reads vectors.`,
  options: embedOptions,
  examples: [
    'wordmill embed articles.txt.gz --lowercase --max-vocabulary 8000 -o embedding.safetensors',
    'wordmill embed train.txt --validation-text test.txt --tied --epochs 10 -o model.safetensors --json',
    'wordmill embed big.txt --objective sampled-softmax --negative-samples 2048 --discard-output -o vectors.safetensors',
  ],
  async run({ options: given, operands }, { output, signal }) {
    const sources = textSources(given.train, operands);
    const { output: path, validation, validationText } = given;
    if (path === undefined) throw new UsageError('there is nowhere to write: give -o FILE.safetensors');
    if (validation !== undefined && validationText !== undefined) {
      throw new UsageError('--validation cannot go with --validation-text, which says what is measured with');
    }
    await checkWritable(path);
    const context = { output, signal, tokenizer: await readTokenizer(given.tokenizer) };
    // One file or folder is left to the library, so that the model remembers how to read it.
    const [source] = sources;
    const isOne = sources.length === 1 && source !== undefined && source !== '-';
    const text = isOne ? source : await read(sources, given, context);
    const beside =
      validationText === undefined ? undefined : await read(textSources(validationText, []), given, context);
    const model = await NextTokenModel.train(text, {
      ...trainingOptions(given),
      ...(isOne ? readingOptions(given, context.tokenizer) : {}),
      validation: beside ?? validation,
      signal,
      onProgress: output.progress.update,
    });
    await model.save(path, { signal, onProgress: output.progress.update });
    output.progress.stop();
    output.result(jsonReport(model.report), () => summaryOf(model.report, path));
  },
});

function read(
  sources: readonly string[],
  given: Given,
  { output, signal, tokenizer }: Context & { readonly tokenizer: Tokenizer | undefined },
): Promise<Corpus> {
  return readText(sources, given, { threads: given.threads, tokenizer, signal, onProgress: output.progress.update });
}

function trainingOptions(given: Given) {
  const { vectorSize, contextSize, context, objective, negativeSamples, negativeExponent, tied, batchSize } = given;
  const { epochs, optimizer, learningRate, schedule, warmup, learningRateEnd, momentum, weightDecay, seed } = given;
  const { minCount, maxVocabulary, lineEndToken, maxSentenceLength, threads, device } = given;
  return {
    ...{ vectorSize, contextSize, context, objective, negativeSamples, negativeExponent, tied, batchSize },
    ...{ epochs, optimizer, learningRate, schedule, warmup, learningRateEnd, momentum, weightDecay, seed },
    ...{ minCount, maxVocabulary, lineEndToken, maxSentenceLength, threads, device },
    keepOutput: given.discardOutput ? false : undefined,
    sentence: given.fixedSentences ? 'fixed' : undefined,
  } as const satisfies NextTokenOptions;
}

function jsonReport({ tokens, seconds, tokensPerSecond, loss, trainingPerplexity, ...rest }: NextTokenReport) {
  const { validation, vocabulary, isa, threads, device, deviceReason } = rest;
  const network = { tokens, seconds, tokensPerSecond, loss, trainingPerplexity, validation, vocabulary };
  return { ...network, isa, threads, device, deviceReason };
}

function* summaryOf(report: NextTokenReport, path: string): Generator<string> {
  const { tokens, seconds, tokensPerSecond, trainingPerplexity, validation, vocabulary } = report;
  yield `${whole(vocabulary)} words learned from ${whole(tokens)} tokens in ${seconds.toFixed(1)} s: ` +
    `${speed(tokensPerSecond)} (${workplaceText(report)})`;
  yield* reasonLines(report);
  if (trainingPerplexity !== undefined) yield `perplexity in training, last epoch: ${trainingPerplexity.toFixed(1)}`;
  if (validation !== undefined) {
    const { perplexity, unigramPerplexity, bigramPerplexity, bigramK } = validation;
    yield `perplexity of ${whole(validation.tokens)} tokens held out:`;
    yield* table([
      ['  this model', perplexity?.toFixed(1) ?? 'unknown'],
      [`  pairs of words, counts + ${bigramK}`, bigramPerplexity.toFixed(1)],
      ['  frequencies of words', unigramPerplexity.toFixed(1)],
    ]);
  }
  yield `saved ${path}`;
}

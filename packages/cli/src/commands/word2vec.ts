import { type Corpus, KeyedVectors, type Tokenizer, Vocabulary } from '@wordmill/core';
import { type TrainingReport, Word2Vec, type Word2VecOptions, wordClasses } from '@wordmill/word2vec';
import { type Context, defineCommand } from '../command.js';
import { reasonLines, workplaceText } from '../device.js';
import { bytes, percent, speed, whole } from '../figures.js';
import type { Values } from '../option-types.js';
import { checkWritable, isStandardOutput, writeTo } from '../output-file.js';
import { readingOptions, readText, readTokenizer, textSources } from '../text-input.js';
import { UsageError } from '../usage-error.js';
import { objectiveOf } from './word2vec-objective.js';
import { word2vecOptions } from './word2vec-options.js';
import { saveClasses, saveVectors } from './word2vec-output.js';

type Given = Values<typeof word2vecOptions>;

type TrainingContext = Context & { readonly tokenizer: Tokenizer | undefined };

export const word2vec = defineCommand({
  name: 'word2vec',
  summary: 'train word vectors on text',
  usage: ['word2vec -train FILE -output FILE [OPTION...]', 'word2vec FILE... --model FILE.safetensors [OPTION...]'],
  description: `Trains vectors by skip-gram or CBOW (Mikolov et al. 2013). Words are separated by white space, a line is a
    sentence. Every command line of word2vec.c works as it is and writes the files that word2vec.c writes; long names may
    have one dash or two.

    An output that ends in .safetensors is the whole model, which can be trained on and whose vectors every command reads.`,
  options: word2vecOptions,
  examples: [
    'wordmill word2vec -train text8 -output vectors.bin -cbow 0 -size 200 -window 8 -negative 25 -hs 0 -sample 1e-4 -binary 1',
    'wordmill word2vec articles.txt.gz --lowercase --architecture skip-gram --model articles.safetensors',
    'wordmill word2vec -train text8 -output classes.txt -classes 500',
    'zcat *.gz | wordmill word2vec -train - -output vectors.txt --json',
  ],
  async run({ options: given, operands }, { output, signal }) {
    const sources = textSources(given.train, operands);
    checkTargets(given, output.json);
    const { debug = 2 } = given;
    if (debug < 2) output.progress.disable();
    for (const path of [given.output, given.model, given.saveVocab, given.checkpoint]) await checkWritable(path);
    const context = { output, signal, tokenizer: await readTokenizer(given.tokenizer) };
    const say = (report: object, lines: () => Iterable<string>): void => {
      const isQuiet = !output.json && (debug < 1 || isStandardOutput(given.output));
      if (!isQuiet) output.result(report, lines);
    };

    if (given.output === undefined && given.model === undefined && !given.plan) {
      const { vocabulary, tokens } = await saveVocabularyOnly(sources, given, context);
      return say({ vocabulary, tokens }, () => [`${whole(vocabulary)} words, ${whole(tokens)} tokens`]);
    }
    const source = await openText(sources, given, context);
    if (given.plan) {
      const plan = await Word2Vec.plan(source, await trainingOptions(source, given, context));
      return output.result(plan, () => planLines(plan));
    }
    const model = await train(source, given, context);
    await saveAll(model, given, context);
    say(jsonReport(model.report), () => summaryOf(model.report, given));
  },
});

function checkTargets(given: Given, json: boolean): void {
  const { output, model, saveVocab, plan, classes, resume } = given;
  if (output === undefined && model === undefined && saveVocab === undefined && !plan) {
    throw new UsageError(
      'there is nothing to write: give -output FILE (or --model FILE.safetensors, or -save-vocab FILE)',
    );
  }
  if (classes !== undefined && classes > 0 && output === undefined) {
    throw new UsageError('--classes writes to the -output FILE, which is missing');
  }
  if (isStandardOutput(output) && json) throw new UsageError('--json cannot go with the vectors on standard output');
  if (resume !== undefined && plan) throw new UsageError('--plan is for a new training; it cannot go with --resume');
}

/** One file or folder is left to the library, so that the model remembers how to read it; else the text itself. */
function openText(
  sources: readonly string[],
  given: Given,
  { output, signal, tokenizer }: TrainingContext,
): string | Promise<Corpus> {
  const [source] = sources;
  if (sources.length === 1 && source !== undefined && source !== '-') return source;
  return readText(sources, given, { threads: given.threads, tokenizer, signal, onProgress: output.progress.update });
}

async function trainingOptions(source: string | Corpus, given: Given, { output, signal, tokenizer }: TrainingContext) {
  const { architecture, cbow, readVocab, minCount } = given;
  if (architecture !== undefined && cbow !== undefined) throw new UsageError('--cbow cannot go with --architecture');
  const { vectorSize, windowSize, fixedWindow, cbowSum, sample, negativeExponent, epochs, seed, threads } = given;
  const { device, learningRate, learningRateEnd, maxVocabulary, fixedSentences, maxSentenceLength, noLineEndToken } =
    given;
  return {
    architecture: architecture ?? (cbow === false ? 'skip-gram' : 'cbow'),
    ...objectiveOf(given),
    ...{ vectorSize, windowSize, sample, negativeExponent, epochs, seed, threads, learningRate, learningRateEnd },
    ...{ maxVocabulary, maxSentenceLength, device, signal },
    dynamicWindow: fixedWindow ? false : undefined,
    cbowMean: cbowSum ? false : undefined,
    sentence: fixedSentences ? 'fixed' : undefined,
    // word2vec.c counts every line end as a word </s>; ids have no row for one.
    lineEndToken: noLineEndToken !== true && tokenizer === undefined,
    ...(readVocab === undefined ? { minCount } : { vocabulary: await readVocabulary(readVocab, minCount) }),
    ...(typeof source === 'string' ? readingOptions(given, tokenizer) : {}),
    onProgress: output.progress.update,
  } as const satisfies Word2VecOptions;
}

/** word2vec.c sorts and prunes a vocabulary that it reads; `</s>` stays first. */
async function readVocabulary(path: string, minCount = 5): Promise<Vocabulary> {
  const entries = [...(await Vocabulary.load(path))];
  const lineEnd = entries.filter(({ word }) => word === '</s>');
  const words = entries.filter(({ word, count }) => word !== '</s>' && count >= minCount);
  return Vocabulary.from([...lineEnd, ...words.sort((a, b) => b.count - a.count)]);
}

async function train(source: string | Corpus, given: Given, context: TrainingContext): Promise<Word2Vec> {
  const { threads, device, checkpoint: path, checkpointMinutes: minutes, resume, initialVectors, initialLock } = given;
  if (path === undefined && minutes !== undefined) throw new UsageError('--checkpoint-minutes needs --checkpoint FILE');
  const checkpoint = path === undefined ? undefined : { path, every: minutes === undefined ? undefined : { minutes } };
  if (resume !== undefined) {
    refuseModelOptions(given);
    const { signal, output } = context;
    const tokenizer = typeof source === 'string' ? context.tokenizer : undefined;
    const run = { threads, device, checkpoint, signal, onProgress: output.progress.update };
    return Word2Vec.resume(resume, source, { tokenizer, ...run });
  }
  const options = await trainingOptions(source, given, context);
  if (initialVectors === undefined && initialLock !== undefined) {
    throw new UsageError('--initial-lock needs --initial-vectors FILE');
  }
  const vectors = initialVectors === undefined ? undefined : await KeyedVectors.load(initialVectors);
  const initial = vectors === undefined ? undefined : { vectors, locks: initialLock };
  return Word2Vec.train(source, { ...options, checkpoint, initialVectors: initial });
}

/** What a checkpoint already says must not be said differently. */
function refuseModelOptions(given: Given): void {
  const allowed = new Set([
    'train',
    'output',
    'model',
    'threads',
    'device',
    'checkpoint',
    'checkpointMinutes',
    'resume',
    'classes',
  ]);
  for (const own of ['binary', 'format', 'numbers', 'debug', 'saveVocab', 'json', 'memoryLimit', 'tokenizer'])
    allowed.add(own);
  const wrong = Object.entries(given).find(([key, value]) => value !== undefined && !allowed.has(key));
  if (wrong !== undefined) throw new UsageError(`option ${wrong[0]} is in the checkpoint; leave it out with --resume`);
}

async function saveVocabularyOnly(sources: readonly string[], given: Given, context: TrainingContext) {
  const { signal, output, tokenizer } = context;
  const run = { threads: given.threads, tokenizer, signal, onProgress: output.progress.update };
  const corpus = await readText(sources, given, run);
  const { minCount, maxVocabulary, noLineEndToken } = given;
  const view = await corpus.view({
    minCount,
    maxVocabulary,
    lineEndToken: noLineEndToken !== true && tokenizer === undefined,
  });
  await writeTo(given.saveVocab!, (path) => view.saveVocabulary(path, { signal }));
  return { vocabulary: view.size, tokens: view.info.tokens };
}

function vocabularyOf(vectors: KeyedVectors): Vocabulary {
  const entries = [...vectors.keys()].map((word) => ({ word, count: vectors.count(word) ?? 0 }));
  return Vocabulary.from(entries);
}

async function saveAll(model: Word2Vec, given: Given, { output, signal }: Context): Promise<void> {
  const run = { signal, onProgress: output.progress.update };
  const { vectors } = model;
  const { output: target, saveVocab, classes = 0, threads } = given;
  if (saveVocab !== undefined) await writeTo(saveVocab, (path) => vocabularyOf(vectors).save(path, { signal }));
  if (given.model !== undefined) await model.save(given.model, run);
  if (target !== undefined && classes > 0) {
    const found = await wordClasses(vectors, classes, { signal, threads });
    await writeTo(target, (path) => saveClasses(path, vectors, found, signal));
  } else if (target !== undefined) {
    await writeTo(target, (path) => saveVectors(path, model, given, run));
  }
  output.progress.stop();
}

function jsonReport({ tokens, seconds, tokensPerSecond, loss, vocabulary, isa, threads, ...rest }: TrainingReport) {
  const { device, deviceReason } = rest;
  return { tokens, seconds, tokensPerSecond, loss, vocabulary, isa, threads, device, deviceReason };
}

function* summaryOf(report: TrainingReport, given: Given): Generator<string> {
  const { tokens, seconds, tokensPerSecond, loss, vocabulary } = report;
  yield `${whole(vocabulary)} words learned from ${whole(tokens)} tokens in ${seconds.toFixed(1)} s: ` +
    `${speed(tokensPerSecond)} (${workplaceText(report)}), mean loss ${loss.toFixed(4)}`;
  yield* reasonLines(report);
  for (const path of [given.output, given.model, given.saveVocab]) if (path !== undefined) yield `saved ${path}`;
}

function* planLines(plan: Awaited<ReturnType<typeof Word2Vec.plan>>): Generator<string> {
  const { vocabulary, tokensPerEpoch, memory, seconds } = plan;
  yield `${whole(vocabulary)} words, ${whole(tokensPerEpoch)} tokens an epoch`;
  const share = memory === undefined ? '' : `, ${percent(plan.bytes.total / memory)} of what the process may take`;
  yield `${bytes(plan.bytes.total)} of memory${share}`;
  if (seconds !== undefined) yield `about ${whole(seconds)} s of training`;
  yield* reasonLines(plan);
}

import { KeyedVectors } from '@wordmill/core';
import {
  Cooccurrence,
  countCooccurrences,
  Glove,
  type GloveOptions,
  type TrainingPlan,
  type TrainingReport,
} from '@wordmill/glove';
import { type Context, defineCommand } from '../command.js';
import { reasonLines, workplaceText } from '../device.js';
import { bytes, countSpeed, percent, whole } from '../figures.js';
import type { Values } from '../option-types.js';
import { checkWritable, isStandardOutput, writeTo } from '../output-file.js';
import { readText, textSources } from '../text-input.js';
import { UsageError } from '../usage-error.js';
import { gloveOptions } from './glove-options.js';
import { gigabytes } from './glove-tools.js';

type Given = Values<typeof gloveOptions>;

export const glove = defineCommand({
  name: 'glove',
  summary: 'count co-occurrences and train GloVe vectors, in one step',
  usage: [
    'glove -train FILE -output FILE [OPTION...]',
    'glove FILE... --model FILE.safetensors [OPTION...]',
    'glove vocab | cooccur | shuffle | train ...   the steps of GloVe, as its programs',
  ],
  description: `Learns vectors from how often words stand near each other (Pennington et al. 2014). Words are separated by white
    space, and pairs are counted within a line. Options have the names of GloVe's programs; long names may have one dash or two.

    An output that ends in .safetensors is the whole model, which can be trained on and whose vectors every command reads. The
    same seed gives the same vectors on any number of threads, but not on a GPU.`,
  options: gloveOptions,
  examples: [
    'wordmill glove text8 -o vectors.txt -vector-size 100 -x-max 10 -iter 15',
    'wordmill glove articles.txt.gz --lowercase --model articles.safetensors --save-counts counts.safetensors',
    'wordmill glove --counts counts.safetensors -o vectors.txt -vector-size 300',
  ],
  async run({ options: given, operands }, context) {
    const { output, signal } = context;
    const { verbose = 2, saveCounts, saveVocab } = given;
    checkTargets(given, output.json);
    if (verbose < 2) output.progress.disable();
    for (const path of [given.output, given.model, saveVocab, saveCounts, given.checkpoint]) await checkWritable(path);

    const counts = await countsOf(given, operands, context);
    const run = { signal, onProgress: output.progress.update };
    if (saveVocab !== undefined) await writeTo(saveVocab, (path) => counts.vocabulary.save(path, { signal }));
    if (saveCounts?.endsWith('.safetensors')) await counts.save(saveCounts, run);
    else if (saveCounts !== undefined) await counts.saveRecords(saveCounts, run);
    if (given.plan) {
      const plan = await Glove.plan(counts, {
        ...modelOptions(given),
        threads: given.threads,
        device: given.device,
        signal,
      });
      return output.result(plan, () => planLines(plan));
    }
    const isQuiet = !output.json && (verbose < 1 || isStandardOutput(given.output));
    const files = [given.output, given.model, saveVocab, saveCounts].filter((path) => path !== undefined);
    if (given.output === undefined && given.model === undefined) {
      const { size: vocabulary, nonzeros } = counts;
      const { device, deviceReason } = counts.info;
      const lines = [
        `${whole(nonzeros)} nonzero counts of ${whole(vocabulary)} words`,
        ...reasonLines(counts.info),
        ...files.map(saved),
      ];
      if (!isQuiet) output.result({ vocabulary, nonzeros, device, deviceReason }, () => lines);
      return;
    }
    const model = await train(counts, given, context);
    if (given.model !== undefined) await model.save(given.model, run);
    if (given.output !== undefined) await writeTo(given.output, (path) => saveVectors(path, model, given, run));
    output.progress.stop();
    if (isQuiet) return;
    output.result(reportOf(model.report), () => [...summaryOf(model.report), ...files.map(saved)]);
  },
});

/** A training as one JSON object; also of `glove train`. */
export function reportOf({ nonzeros, vocabulary, cost, seconds, nonzerosPerSecond, isa, ...rest }: TrainingReport) {
  const { threads, device, deviceReason } = rest;
  return { nonzeros, vocabulary, cost, seconds, nonzerosPerSecond, isa, threads, device, deviceReason };
}

/** And in words. */
export function* summaryOf(report: TrainingReport): Generator<string> {
  const { nonzeros, vocabulary, cost, seconds, nonzerosPerSecond } = report;
  yield `${whole(vocabulary)} words learned from ${whole(nonzeros)} counts in ${seconds.toFixed(1)} s: ` +
    `${countSpeed(nonzerosPerSecond)} (${workplaceText(report)}), cost ${cost.toFixed(6)}`;
  yield* reasonLines(report);
}

const saved = (path: string): string => `saved ${path}`;

function checkTargets(given: Given, json: boolean): void {
  const { output, model, saveVocab, saveCounts, plan, resume, format } = given;
  if (output === undefined && model === undefined && saveVocab === undefined && saveCounts === undefined && !plan) {
    throw new UsageError(
      'there is nothing to write: give -output FILE (or --model FILE.safetensors, --save-counts FILE, --save-vocab FILE)',
    );
  }
  if (isStandardOutput(output) && json) throw new UsageError('--json cannot go with the vectors on standard output');
  if (resume !== undefined && plan) throw new UsageError('--plan is for a new training; it cannot go with --resume');
  if (format === 'glove-binary') throw new UsageError('wordmill glove train -binary 1 writes that format');
}

const COUNTING = ['windowSize', 'symmetric', 'distanceWeighting', 'minCount', 'maxVocabulary', 'vocabFile'] as const;

async function countsOf(given: Given, operands: readonly string[], { output, signal }: Context): Promise<Cooccurrence> {
  const { threads, device, counts, train: source, vocabFile, minCount, maxVocabulary } = given;
  const { windowSize, symmetric, distanceWeighting } = given;
  const onProgress = output.progress.update;
  const memoryLimit = gigabytes(given.memory);
  if (counts !== undefined) {
    if (source !== undefined || operands.length > 0) throw new UsageError('--counts takes the place of the text');
    const wrong = COUNTING.find((name) => given[name] !== undefined);
    if (wrong !== undefined) throw new UsageError(`option ${wrong} is for counting; the --counts are made`);
    return Cooccurrence.load(counts, { memoryLimit, signal, onProgress });
  }
  const sources = textSources(source, operands);
  const corpus = await readText(sources, { ...given, memoryLimit }, { threads, signal, onProgress });
  try {
    const words = vocabFile === undefined ? { minCount, maxVocabulary } : { vocabulary: vocabFile };
    const rules = { windowSize, symmetric, distanceWeighting, ...words };
    return await countCooccurrences(corpus, { ...rules, memoryLimit, threads, device, signal, onProgress });
  } finally {
    corpus.dispose();
  }
}

function modelOptions({ vectorSize, xMax, alpha, learningRate, gradientClip, epochs, seed, ...rest }: Given) {
  const { result, unknownVector } = rest;
  return { vectorSize, xMax, alpha, learningRate, gradientClip, epochs, seed, result, unknownVector };
}

async function train(counts: Cooccurrence, given: Given, { output, signal }: Context): Promise<Glove> {
  const { threads, device, checkpoint: path, checkpointMinutes: minutes, resume, initialVectors } = given;
  if (path === undefined && minutes !== undefined) throw new UsageError('--checkpoint-minutes needs --checkpoint FILE');
  const checkpoint = path === undefined ? undefined : { path, every: minutes === undefined ? undefined : { minutes } };
  const onProgress = output.progress.update;
  if (resume !== undefined) {
    const options = modelOptions(given);
    const wrong = Object.entries({ ...options, initialVectors }).find(([, value]) => value !== undefined);
    if (wrong !== undefined)
      throw new UsageError(`option ${wrong[0]} is in the checkpoint; leave it out with --resume`);
    return Glove.resume(resume, counts, { threads, device, checkpoint, signal, onProgress });
  }
  const vectors = initialVectors === undefined ? undefined : await KeyedVectors.load(initialVectors);
  const options: GloveOptions = { ...modelOptions(given), threads, device, checkpoint, signal, onProgress };
  return Glove.train(counts, { ...options, initialVectors: vectors, onStart: () => counts.dispose() });
}

async function saveVectors(
  path: string,
  model: Glove,
  { format, numbers }: Given,
  run: { readonly signal: AbortSignal },
): Promise<void> {
  if (format === undefined && path.endsWith('.safetensors')) return model.save(path, run);
  const chosen = format ?? 'glove-text';
  const digits = numbers ?? (chosen === 'glove-text' ? 'fixed6' : undefined);
  await model.vectors.save(path, { format: chosen, numbers: digits, ...run });
}

function* planLines(plan: TrainingPlan): Generator<string> {
  const { vocabulary, nonzeros, memory, seconds } = plan;
  yield `${whole(vocabulary)} words, ${whole(nonzeros)} nonzero counts`;
  const share = memory === undefined ? '' : `, ${percent(plan.bytes.total / memory)} of what the process may take`;
  yield `${bytes(plan.bytes.total)} of memory${share}`;
  if (seconds !== undefined) yield `about ${whole(seconds)} s of training`;
  yield* reasonLines(plan);
}

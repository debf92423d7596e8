import { Cooccurrence, Glove, type GloveEpoch, type GloveState, type ResultKind } from '@wordmill/glove';
import { defineCommand } from '../command.js';
import { deviceOption } from '../device.js';
import { file, integer, number, type Values, zeroOrOne } from '../option-types.js';
import { checkWritable } from '../output-file.js';
import { threadsOption } from '../text-input.js';
import { UsageError } from '../usage-error.js';
import { reportOf, summaryOf } from './glove.js';
import { seedOf, verboseOption } from './glove-tools.js';

const options = {
  inputFile: file({ help: 'co-occurrence records, shuffled or not', fallback: 'cooccurrence.shuf.bin' }),
  vocabFile: file({ help: 'the words that the records number, as "word count" lines', fallback: 'vocab.txt' }),
  saveFile: file({ help: 'write the vectors to FILE.txt, FILE.bin or both', fallback: 'vectors' }),
  binary: integer({ value: '0|1|2', help: 'text (0), 64-bit floats (1) or both (2)', fallback: '0' }),
  model: integer({
    value: '0..3',
    help: 'text has word and context vectors with their biases (0), words only (1), their sum (2), or both without biases (3)',
    fallback: '2',
  }),
  writeHeader: zeroOrOne({ help: 'begin the text with the number of rows and the dimension', fallback: '0' }),
  vectorSize: integer({ help: 'numbers in a vector', fallback: '50' }),
  iter: integer({ also: ['epochs'], help: 'passes over the records', fallback: '25' }),
  eta: number({ also: ['learning-rate'], help: 'step of AdaGrad', fallback: '0.05' }),
  alpha: number({ help: 'counts below x-max weigh (count / x-max) ^ X', fallback: '0.75' }),
  xMax: number({ help: 'counts of that much have full weight', fallback: '100.0' }),
  gradClip: number({ help: 'each component of a gradient is cut to plus or minus X', fallback: '100.0' }),
  seed: integer({ help: 'of all random numbers; 0: the time of day', fallback: '0' }),
  threads: threadsOption,
  device: deviceOption,
  saveGradsq: zeroOrOne({ help: 'write the sums of squared gradients too', fallback: '0' }),
  gradsqFile: file({ help: 'to FILE.txt, FILE.bin or both', fallback: 'gradsq' }),
  checkpointEvery: integer({
    help: 'write all files also after every N passes, as FILE.NNN.txt',
    fallback: '0: never',
  }),
  saveInitParam: zeroOrOne({ help: 'write all files also before the first pass, as FILE.000.txt', fallback: '0' }),
  loadInitParam: zeroOrOne({ help: 'start from the parameters of a file', fallback: '0' }),
  initParamFile: file({ help: 'that file, of 64-bit floats', fallback: 'vectors.000.bin' }),
  loadInitGradsq: zeroOrOne({ help: 'start from the sums of squared gradients of a file', fallback: '0' }),
  initGradsqFile: file({ help: 'that file, of 64-bit floats', fallback: 'gradsq.000.bin' }),
  verbose: verboseOption,
} as const;

type Given = Values<typeof options>;

const RESULTS = ['parameters', 'word', 'word+context', 'concatenated'] as const satisfies readonly ResultKind[];

export const gloveTrain = defineCommand({
  name: 'glove train',
  summary: "learn vectors from co-occurrence records, as GloVe's glove",
  usage: ['glove train -input-file RECORDS -vocab-file VOCAB -save-file NAME [OPTION...]'],
  description: `Learns vectors by AdaGrad (Pennington et al. 2014) from the records of cooccur, which need not be shuffled. Command
    lines of glove work as they are and write the files that glove writes; the text ends with a vector for <unk>. The same seed
    gives the same vectors on any number of threads.`,
  options,
  examples: [
    'wordmill glove train -save-file vectors -input-file cooccurrence.bin -x-max 10 -iter 15 -vector-size 50 -binary 2',
  ],
  async run({ options: given, operands }, { output, signal }) {
    const { inputFile = 'cooccurrence.shuf.bin', vocabFile = 'vocab.txt', verbose = 2, threads, device } = given;
    if (operands.length > 0) throw new UsageError(`give the records as -input-file ${operands[0]}`);
    const { binary = 0, model = 2, saveFile = 'vectors', gradsqFile = 'gradsq' } = given;
    if (![0, 1, 2].includes(binary)) throw new UsageError('-binary must be 0, 1 or 2');
    const result = RESULTS[model];
    if (result === undefined) throw new UsageError('-model must be 0, 1, 2 or 3');
    if (verbose < 2) output.progress.disable();
    for (const name of given.saveGradsq ? [saveFile, gradsqFile] : [saveFile]) await checkWritable(`${name}.bin`);

    const onProgress = output.progress.update;
    const counts = await Cooccurrence.loadRecords(inputFile, vocabFile, { threads, signal, onProgress });
    const files = new Set<string>();
    const save = async (state: GloveState, number: number | undefined): Promise<void> => {
      for (const path of await saveAll(state, given, number)) files.add(path);
    };
    const { checkpointEvery = 0 } = given;
    const trained = await Glove.train(counts, {
      ...{ result, unknownVector: true, threads, device, signal, onProgress },
      ...{ vectorSize: given.vectorSize, epochs: given.iter, learningRate: given.eta, alpha: given.alpha },
      ...{ xMax: given.xMax, gradientClip: given.gradClip, seed: seedOf(given.seed) },
      initialParameters: given.loadInitParam ? (given.initParamFile ?? 'vectors.000.bin') : undefined,
      initialSquares: given.loadInitGradsq ? (given.initGradsqFile ?? 'gradsq.000.bin') : undefined,
      onStart: async (state) => {
        // The job has its own form of them.
        counts.dispose();
        if (given.saveInitParam) await save(state, 0);
      },
      onEpoch: async (epoch: GloveEpoch) => {
        if (verbose > 0) output.status(`epoch ${epoch.epoch} of ${epoch.epochs}: cost ${epoch.cost.toFixed(6)}`);
        if (checkpointEvery > 0 && epoch.epoch % checkpointEvery === 0) await save(epoch, epoch.epoch);
        if (epoch.epoch === epoch.epochs) await save(epoch, undefined);
      },
    });
    if (!output.json && verbose < 1) return;
    output.result(reportOf(trained.report), () => [
      ...summaryOf(trained.report),
      ...[...files].map((path) => `saved ${path}`),
    ]);
  },
});

/** Writes what glove writes at the end, or at a checkpoint, whose files have its number in their names. */
async function saveAll(state: GloveState, given: Given, number: number | undefined): Promise<string[]> {
  const { binary = 0, saveFile = 'vectors', gradsqFile = 'gradsq', writeHeader } = given;
  const infix = number === undefined ? '' : `.${String(number).padStart(3, '0')}`;
  const name = (file: string, ending: string): string => `${file}${infix}.${ending}`;
  const format = writeHeader ? 'word2vec-text' : 'glove-text';
  const saved: string[] = [];
  if (binary > 0) {
    saved.push(name(saveFile, 'bin'));
    await state.saveParameters(name(saveFile, 'bin'));
    if (given.saveGradsq) {
      saved.push(name(gradsqFile, 'bin'));
      await state.saveSquaredGradients(name(gradsqFile, 'bin'));
    }
  }
  if (binary === 1) return saved;
  const vectors = await state.snapshot();
  try {
    saved.push(name(saveFile, 'txt'));
    await vectors.save(name(saveFile, 'txt'), { format, numbers: 'fixed6' });
  } finally {
    vectors.dispose();
  }
  if (!given.saveGradsq) return saved;
  const squares = await state.squaredGradients();
  try {
    saved.push(name(gradsqFile, 'txt'));
    await squares.save(name(gradsqFile, 'txt'), { format, numbers: 'fixed6' });
  } finally {
    squares.dispose();
  }
  return saved;
}

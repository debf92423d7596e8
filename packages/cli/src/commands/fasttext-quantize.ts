import { FastText, FastTextClassifier } from '@wordmill/fasttext';
import { defineCommand } from '../command.js';
import { file, flag, integer, number, text } from '../option-types.js';
import { checkWritable } from '../output-file.js';
import { threadsOption } from '../text-input.js';
import { UsageError } from '../usage-error.js';
import { layoutOf } from './fasttext-layout.js';

export const fasttextQuantize = defineCommand({
  name: 'fasttext quantize',
  summary: 'make a classifier or word vectors small',
  usage: [
    'fasttext quantize -output OUTPUT [OPTION...]',
    'fasttext quantize -input FILE -output OUTPUT -cutoff N -retrain',
  ],
  description: `Reads OUTPUT.bin and writes OUTPUT.ftz, in which rows are codes of a byte for every few numbers (product
    quantisation). With -cutoff only the words and n-grams with the longest vectors are kept; -retrain trains these on, on the
    lines of -input. Word vectors of skipgram and cbow are quantised too, which fastText's program refuses.`,
  options: {
    input: file({ help: 'with -retrain: labelled lines' }),
    output: file({ also: ['o'], value: 'OUTPUT', help: 'what OUTPUT.bin and OUTPUT.ftz begin with' }),
    pieceLength: integer({ also: ['dsub'], help: 'numbers that share a byte', fallback: '2' }),
    normalize: flag({ also: ['qnorm'], help: 'code the lengths of rows apart from their directions' }),
    quantizeOutput: flag({ also: ['qout'], help: 'quantise the output layer too' }),
    cutoff: integer({ help: 'words and n-grams to keep; 0: all', fallback: '0' }),
    retrain: flag({ help: 'train what is left on after a cutoff' }),
    learningRate: number({ also: ['lr'], help: 'of that training', fallback: '0.05' }),
    epochs: integer({ also: ['epoch'], help: 'of that training', fallback: '5' }),
    label: text({ help: 'what labels begin with; a .bin does not say it', fallback: '__label__' }),
    threads: { ...threadsOption, also: ['thread'] },
    verbose: integer({ help: '2: progress and summary, 1: summary, 0: nothing', fallback: '2' }),
  },
  examples: ['wordmill fasttext quantize -input cooking.train -output cooking -qnorm -cutoff 10000 -retrain -epoch 1'],
  async run({ options: given, operands }, { output, signal }) {
    if (operands[0] !== undefined) throw new UsageError(`there is one operand too many: ${operands[0]}`);
    if (given.output === undefined) throw new UsageError('give -output OUTPUT, of which OUTPUT.bin is read');
    if (given.retrain === true && given.input === undefined) throw new UsageError('-retrain needs -input FILE');
    const { pieceLength, normalize, cutoff, threads, learningRate, epochs, verbose = 2, label: labelPrefix } = given;
    if (verbose < 2) output.progress.disable();
    const path = `${given.output}.ftz`;
    await checkWritable(path);
    const run = { signal, onProgress: output.progress.update };
    const source = `${given.output}.bin`;
    const how = { pieceLength, normalize, threads, signal };
    if ((await layoutOf(source)).arguments.architecture === 'supervised') {
      const classifier = await FastTextClassifier.load(source, { labelPrefix, ...run });
      const small = await classifier.quantize({
        ...{ ...how, cutoff, onProgress: run.onProgress, output: given.quantizeOutput },
        ...(given.retrain === true && {
          retrain: given.input!,
          learningRate: learningRate ?? 0.05,
          epochs: epochs ?? 5,
        }),
      });
      await small.save(path, run);
    } else {
      if (given.retrain === true || (cutoff ?? 0) > 0) {
        throw new UsageError(`-cutoff and -retrain are for classifiers, and ${source} holds word vectors`);
      }
      const small = await (await FastText.load(source, run)).quantize({ ...how, output: given.quantizeOutput });
      await small.save(path, run);
    }
    output.progress.stop();
    if (output.json || verbose > 0) output.result({ path }, () => [`saved ${path}`]);
  },
});

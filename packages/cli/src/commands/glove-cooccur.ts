import { dirname } from 'node:path';
import { Corpus } from '@wordmill/core';
import { countCooccurrences } from '@wordmill/glove';
import { defineCommand } from '../command.js';
import { deviceOption, reasonLines } from '../device.js';
import { whole } from '../figures.js';
import { file, integer, text, zeroOrOne } from '../option-types.js';
import { checkWritable, isStandardOutput, writeTo } from '../output-file.js';
import { readText, textOptions, textSources, threadsOption } from '../text-input.js';
import { UsageError } from '../usage-error.js';
import { explainNeedless, gigabytes, memoryOption, refuseTerminal, verboseOption } from './glove-tools.js';

const { memoryLimit: _, ...readingOptions } = textOptions;

const options = {
  windowSize: integer({ help: 'words on each side that count as context', fallback: '15' }),
  symmetric: zeroOrOne({ help: 'both sides count (1), or only the words after a word (0)', fallback: '1' }),
  distanceWeighting: zeroOrOne({ help: 'a pair at distance d counts 1/d (1) or 1 (0)', fallback: '1' }),
  vocabFile: file({ help: 'the words that count, as "word count" lines', fallback: 'vocab.txt' }),
  print: text({ help: 'print the table of counts of this text, a few words long, and write no records' }),
  output: file({ also: ['o'], help: 'write the records there; - is standard output', fallback: '-' }),
  memory: memoryOption('memory for counting; what does not fit goes to temporary files'),
  overflowFile: file({ help: 'temporary files, which have no name here, go to its folder', fallback: 'TMPDIR, /tmp' }),
  maxProduct: integer({ help: 'of cooccur; has no meaning here: no table is kept whose size it would set' }),
  overflowLength: integer({ help: 'of cooccur; has no meaning here: --memory sets the size of temporary files' }),
  verbose: verboseOption,
  threads: threadsOption,
  device: deviceOption,
  ...readingOptions,
} as const;

const NEEDLESS = {
  maxProduct: '-max-product has no meaning here and is not needed: counts are kept as -memory allows',
  overflowLength: '-overflow-length has no meaning here and is not needed: -memory says when counts go to a file',
};

export const gloveCooccur = defineCommand({
  name: 'glove cooccur',
  summary: "count words that stand near each other, as GloVe's cooccur",
  usage: ['glove cooccur [OPTION...] < TEXT > RECORDS', 'glove cooccur --print "TEXT" [OPTION...]'],
  description: `Writes how often the words of a vocabulary stand near each other in a text, as the 16-byte records of GloVe's
    cooccur, by row and column. Command lines of cooccur work as they are. The counts are exact, and the same for any memory and
    any number of threads.`,
  options,
  examples: [
    'wordmill glove cooccur -memory 4.0 -vocab-file vocab.txt -window-size 15 < text8 > cooccurrence.bin',
    'wordmill glove cooccur --print "the cat sat on the mat" -window-size 2',
  ],
  async run({ options: given, operands }, { output, signal }) {
    const { output: target = '-', verbose = 2, threads, device, print } = given;
    const { windowSize, symmetric, distanceWeighting } = given;
    const rules = { windowSize, symmetric, distanceWeighting, threads, device, signal };
    if (print !== undefined) {
      const corpus = await Corpus.fromText(print.replaceAll('\\n', '\n'), { lowercase: given.lowercase });
      const counts = await countCooccurrences(corpus, { ...rules, minCount: 1 });
      const table = (): string[] => counts.toTable().trimEnd().split('\n');
      const { words } = counts.vocabulary;
      const rows = words.map((a) => words.map((b) => counts.count(a, b)));
      return output.result({ words, counts: rows }, table);
    }
    if (isStandardOutput(target)) {
      if (output.json) throw new UsageError('--json needs -o FILE for the records');
      refuseTerminal('co-occurrence records');
    }
    if (verbose < 1) output.progress.disable();
    explainNeedless(given, NEEDLESS, verbose, output);
    await checkWritable(target);
    const onProgress = output.progress.update;
    const sources = textSources(undefined, operands.length > 0 ? operands : ['-']);
    const memoryLimit = gigabytes(given.memory);
    const corpus = await readText(sources, { ...given, memoryLimit }, { threads, signal, onProgress });
    const counts = await countCooccurrences(corpus, {
      ...rules,
      vocabulary: given.vocabFile ?? 'vocab.txt',
      memoryLimit,
      temporaryFolder: given.overflowFile === undefined ? undefined : dirname(given.overflowFile),
      onProgress,
    });
    corpus.dispose();
    await writeTo(target, (path) => counts.saveRecords(path, { signal, onProgress }));
    output.progress.stop();
    const { size: vocabulary, nonzeros } = counts;
    const { device: used, deviceReason } = counts.info;
    const lines = [`${whole(nonzeros)} nonzero counts of ${whole(vocabulary)} words`, ...reasonLines(counts.info)];
    if (!isStandardOutput(target)) {
      output.result({ vocabulary, nonzeros, device: used, deviceReason }, () => lines);
    } else if (verbose > 0) {
      for (const line of lines) output.status(line);
    }
  },
});

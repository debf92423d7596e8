import { defineCommand } from '../command.js';
import { whole } from '../figures.js';
import { file, integer } from '../option-types.js';
import { checkWritable, isStandardOutput, writeTo } from '../output-file.js';
import { readText, textOptions, textSources, threadsOption } from '../text-input.js';
import { UsageError } from '../usage-error.js';
import { LINES_AS_SENTENCES, refuseUnknownWord, verboseOption } from './glove-tools.js';

const options = {
  minCount: integer({ help: 'leave out words that are rarer', fallback: '1' }),
  maxVocabulary: integer({
    also: ['max-vocab'],
    help: 'at most so many words, the most frequent; 0: all',
    fallback: '0',
  }),
  output: file({ also: ['o'], help: 'write the vocabulary there; - is standard output', fallback: '-' }),
  verbose: verboseOption,
  threads: threadsOption,
  ...textOptions,
} as const;

export const gloveVocab = defineCommand({
  name: 'glove vocab',
  summary: "count words, as GloVe's vocab_count",
  usage: ['glove vocab [OPTION...] < TEXT > VOCAB', 'glove vocab FILE... -o VOCAB [OPTION...]'],
  description: `Writes the words of a text with their frequencies, most frequent first and equal ones in the order of their
    bytes, as "word count" lines. Command lines of vocab_count work as they are.`,
  options,
  examples: ['wordmill glove vocab -min-count 5 -verbose 2 < text8 > vocab.txt'],
  async run({ options: given, operands }, { output, signal }) {
    const { output: target = '-', verbose = 2, minCount = 1, maxVocabulary = 0, threads } = given;
    if (isStandardOutput(target) && output.json) throw new UsageError('--json needs -o FILE for the vocabulary');
    if (verbose < 1) output.progress.disable();
    await checkWritable(target);
    const sources = textSources(undefined, operands.length > 0 ? operands : ['-']);
    const corpus = await readText(sources, given, { threads, signal, onProgress: output.progress.update });
    const limit = maxVocabulary > 0 ? maxVocabulary : undefined;
    const view = await corpus.view({ minCount, maxVocabulary: limit, ...LINES_AS_SENTENCES });
    refuseUnknownWord(view);
    output.progress.stop();
    await writeTo(target, (path) => view.saveVocabulary(path, { signal }));
    const { size: vocabulary } = view;
    const { tokens } = corpus.info;
    const line = `${whole(vocabulary)} words of ${whole(tokens)} tokens`;
    if (!isStandardOutput(target)) output.result({ vocabulary, tokens }, () => [line]);
    else if (verbose > 0) output.status(line);
  },
});

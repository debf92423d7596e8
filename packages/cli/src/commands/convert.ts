import { FORMATS, KeyedVectors } from '@wordmill/core';
import { defineCommand } from '../command.js';
import { whole } from '../figures.js';
import { choice, file, integer, zeroOrOne } from '../option-types.js';
import { checkWritable, isStandardOutput, writeTo } from '../output-file.js';
import { UsageError } from '../usage-error.js';

const options = {
  from: choice(FORMATS, { value: 'FORMAT', help: 'format of IN', fallback: 'recognised by its content' }),
  to: choice(FORMATS, {
    value: 'FORMAT',
    help: `format of OUT: ${FORMATS.join(', ')}`,
    fallback: 'by the end of its name: .txt, .bin, .vec, .safetensors, .npy, .tsv, with .gz packed',
  }),
  binary: zeroOrOne({ help: 'short for --to word2vec-binary (1) or word2vec-text (0)' }),
  limit: integer({ help: 'only the first N vectors, which are those of the most frequent words', fallback: 'all' }),
  dtype: choice(['f32', 'f16', 'bf16'], { help: 'type of the numbers in .safetensors and .npy', fallback: 'as in IN' }),
  numbers: choice(['shortest', 'fixed6'], {
    help: 'numbers in text: the fewest digits that read back the same, or six decimals as word2vec.c',
    fallback: 'shortest',
  }),
  words: file({ help: 'the words of IN, where it is .npy or Projector', fallback: 'IN.words, metadata.tsv' }),
  wordsOut: file({ help: 'the words of OUT, where it is .npy or Projector', fallback: 'OUT.words, metadata.tsv' }),
} as const;

export const convert = defineCommand({
  name: 'convert',
  summary: 'turn vectors of one format into another',
  usage: ['convert IN OUT [OPTION...]'],
  description: `Reads vectors in word2vec text or binary, fastText .vec, GloVe text, .safetensors, .npy or TensorFlow Projector
    TSV (recognised by content, unpacked when they are .gz or .zst) and writes them in any of these.`,
  options,
  examples: [
    'wordmill convert GoogleNews-vectors-negative300.bin.gz news.safetensors --dtype f16',
    'wordmill convert glove.6B.100d.txt glove.bin',
    'wordmill convert vectors.safetensors vectors.txt --limit 50000',
  ],
  async run({ options: given, operands: [from, to, ...more] }, { output, signal }) {
    if (from === undefined || to === undefined || more.length > 0) {
      throw new UsageError('convert takes two files: wordmill convert IN OUT');
    }
    if (given.to !== undefined && given.binary !== undefined) throw new UsageError('--binary cannot go with --to');
    if (isStandardOutput(to) && output.json) throw new UsageError('--json cannot go with OUT on standard output');
    const format = given.to ?? (given.binary === undefined ? undefined : BINARY[Number(given.binary)]);
    await checkWritable(to);
    const run = { signal, onProgress: output.progress.update };
    const { limit, dtype, numbers, words } = given;
    const vectors = await KeyedVectors.load(from, { format: given.from, limit, words, ...run });
    await writeTo(to, (path) => vectors.save(path, { format, dtype, numbers, words: given.wordsOut, ...run }));
    output.progress.stop();
    if (isStandardOutput(to)) return;
    const { size, dimension } = vectors;
    output.result({ in: from, out: to, words: size, dimension }, () => [
      `${to}: ${whole(size)} words, ${dimension} dimensions`,
    ]);
  },
});

const BINARY = ['word2vec-text', 'word2vec-binary'] as const;

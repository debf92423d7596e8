import { FORMATS, KeyedVectors } from '@wordmill/core';
import { defineCommand } from '../command.js';
import { whole } from '../figures.js';
import { choice, file, integer, text, zeroOrOne } from '../option-types.js';
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
  dtype: choice(['f32', 'f16', 'bf16', 'i8'], {
    help: 'type of the numbers in .safetensors and .npy; i8 is a quarter of f32, .npy has f32 and f16',
    fallback: 'as in IN; f16 where that is packed',
  }),
  tensor: text({ help: 'table of IN, where it is a language model', value: 'NAME', fallback: 'its token embedding' }),
  tensorOut: text({
    help: 'write .safetensors for other programs: one tensor of this name, such as model.embed_tokens.weight, without words',
    value: 'NAME',
  }),
  numbers: choice(['shortest', 'fixed6'], {
    help: 'numbers in text: the fewest digits that read back the same, or six decimals as word2vec.c',
    fallback: 'shortest',
  }),
  words: file({
    help: 'the words of IN, where it is .npy, Projector or a language model (one a line, or a tokenizer.json)',
    fallback: 'IN.words, metadata.tsv, tokenizer.json',
  }),
  wordsOut: file({ help: 'the words of OUT, where it is .npy or Projector', fallback: 'OUT.words, metadata.tsv' }),
} as const;

export const convert = defineCommand({
  name: 'convert',
  summary: 'turn vectors of one format into another',
  usage: ['convert IN OUT [OPTION...]'],
  description: `Reads vectors in word2vec text or binary, fastText .vec, GloVe text, .safetensors, .npy or TensorFlow Projector
    TSV (recognised by content, unpacked when they are .gz or .zst) and writes them in any of these. Of a language model
    (.safetensors, its index of shards, or GGUF) it reads the token embedding alone.`,
  options,
  examples: [
    'wordmill convert GoogleNews-vectors-negative300.bin.gz news.safetensors --dtype f16',
    'wordmill convert glove.6B.100d.txt glove.bin',
    'wordmill convert vectors.safetensors vectors.txt --limit 50000',
    'wordmill convert model.gguf tokens.safetensors --dtype i8',
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
    const { limit, dtype, numbers, words, tensor, tensorOut, wordsOut } = given;
    const vectors = await KeyedVectors.load(from, { format: given.from, limit, words, tensor, ...run });
    const written = { format, dtype, numbers, words: wordsOut, tensor: tensorOut, ...run };
    await writeTo(to, (path) => vectors.save(path, written));
    output.progress.stop();
    if (isStandardOutput(to)) return;
    const { size, dimension } = vectors;
    output.result({ in: from, out: to, words: size, dimension }, () => [
      `${to}: ${whole(size)} words, ${dimension} dimensions`,
    ]);
  },
});

const BINARY = ['word2vec-text', 'word2vec-binary'] as const;

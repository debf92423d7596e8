import { inspect as inspectFile } from '@wordmill/core';
import { defineCommand } from '../command.js';
import { table, whole } from '../figures.js';
import { flag } from '../option-types.js';
import { UsageError } from '../usage-error.js';

export const inspect = defineCommand({
  name: 'inspect',
  summary: 'what a file of vectors is and holds',
  usage: ['inspect FILE'],
  description: `Tells the format of a file, its number of words and dimensions, and for .safetensors and GGUF its metadata and
    tensors, whose checksums it compares where there are any. In a file of a language model the tensors that may be its table
    of embeddings are marked with *; --tensor of other commands chooses one. For formats that are not read it prints the
    command that converts them.`,
  options: { noVerify: flag({ help: 'do not compare the checksums of a .safetensors file, which reads all of it' }) },
  examples: ['wordmill inspect vectors.safetensors', 'wordmill inspect model.safetensors.index.json'],
  async run({ options, operands: [path, ...more] }, { output, signal }) {
    if (path === undefined || more.length > 0) throw new UsageError('inspect takes one file: wordmill inspect FILE');
    const verify = options.noVerify !== true;
    const found = await inspectFile(path, { verify, signal, onProgress: output.progress.update });
    output.result(found, () => linesOf(found));
  },
});

function* linesOf(found: Awaited<ReturnType<typeof inspectFile>>): Generator<string> {
  const facts: [string, string | undefined][] = [
    ['format', found.compression === undefined ? found.format : `${found.format}, packed with ${found.compression}`],
    ['bytes', whole(found.bytes)],
    ['words', found.rows === undefined ? undefined : whole(found.rows)],
    ['dimensions', found.dimension === undefined ? undefined : whole(found.dimension)],
    ['numbers', found.dtype],
    ...Object.entries(found.metadata ?? {}),
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) if (value !== undefined) yield `${name.padEnd(width)}  ${value}`;
  if (found.tensors !== undefined) {
    yield '';
    const candidates = new Set(found.candidates);
    yield* table(
      found.tensors.map(({ name, dtype = '-', shape, crc32 = '-' }) => [
        candidates.has(name) ? `* ${name}` : name,
        ...[dtype, shape?.join(' x ') ?? '-', crc32],
      ]),
    );
  }
  if (found.advice === undefined) return;
  yield found.tensors === undefined ? `not read as it is; use: ${found.advice}` : `not read as it is: ${found.advice}`;
}

import { FORMATS, KeyedVectors } from '@wordmill/core';
import type { Context } from './command.js';
import { choice, file, integer, text, type Values } from './option-types.js';
import { UsageError } from './usage-error.js';

/** How a file of vectors is read, for every command that reads one. */
export const modelOptions = {
  format: choice(FORMATS, { help: 'format of MODEL', fallback: 'recognised by its content', value: 'FORMAT' }),
  limit: integer({
    help: 'read only the first N vectors, which are those of the most frequent words',
    fallback: 'all',
  }),
  words: file({
    help: 'the words of a .npy or Projector file, or of a language model (one a line, or a tokenizer.json)',
    fallback: 'MODEL.words, metadata.tsv, tokenizer.json',
  }),
  tensor: text({ help: 'table of a language model', value: 'NAME', fallback: 'its token embedding' }),
} as const;

/** Reads the vectors of MODEL, in any format, also those of a model in .safetensors. */
export async function loadModel(
  path: string | undefined,
  { format, limit, words, tensor }: Values<typeof modelOptions>,
  { output, signal }: Context,
): Promise<KeyedVectors> {
  if (path === undefined) throw new UsageError('MODEL is missing: give a file of vectors');
  const onProgress = output.progress.update;
  const vectors = await KeyedVectors.load(path, { format, limit, words, tensor, signal, onProgress });
  output.progress.stop();
  return vectors;
}

import { type Keys, native, type Subwords, type Table } from '@wordmill/native';
import { WordmillError } from '../errors.js';
import { type FastTextLayout, type FastTextMatrix, readFastTextLayout } from './fasttext-layout.js';
import type { Format, LoadedVectors, ReadSettings } from './format.js';
import { applyUtf8Policy } from './key-bytes.js';
import { formatError, requireMemory } from './limits.js';

/**
 * fastText's model. A word's vector is the mean of its own row and those of its n-grams, and so is that of a word which is not
 * in the vocabulary. The file is mapped; vectors of the vocabulary are computed when they are first asked for.
 */
export const fasttextBin: Format = {
  async read(source, settings) {
    const layout = await readFastTextLayout(source);
    refuseOptions(settings, layout);
    return composed(source.path, layout, settings);
  },
  write() {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      'a fastText model has more in it than vectors: a model of @wordmill/fasttext writes it with save(); choose another format ' +
        'for vectors alone',
      { option: 'format' },
    );
  },
  async shape(source) {
    const { dictionary, arguments: args } = await readFastTextLayout(source);
    return { rows: dictionary.words, dimension: args.dimension, dtype: 'f32' };
  },
};

function refuseOptions({ limit, dtype, mmap }: ReadSettings, { dictionary }: FastTextLayout): void {
  const refuse = (option: string, why: string): never => {
    throw new WordmillError('ERR_WORDMILL_OPTION', `option ${option}: ${why}`, { option });
  };
  if (dtype !== undefined && dtype !== 'f32')
    refuse('dtype', 'a fastText model is read as f32; save it in another type');
  if (mmap === false) refuse('mmap', 'a fastText model is always mapped');
  if (limit !== undefined) refuse('limit', 'a fastText model is read whole; use subset() or its .vec file');
  if (dictionary.words === 0) throw formatError('it has no words', 68);
}

async function composed(path: string, layout: FastTextLayout, { invalidUtf8 }: ReadSettings): Promise<LoadedVectors> {
  const { input: table, index, keys: stored, composed: vectors } = await mapFastTextInput(path, layout);
  const { words, counts } = layout.dictionary;
  try {
    const keys = applyUtf8Policy(stored, invalidUtf8);
    return { table: vectors, keys, counts: counts.slice(0, words), subwords: { index, table }, duplicates: 0 };
  } catch (error) {
    for (const handle of [table, index, stored, vectors]) handle.dispose();
    throw error;
  }
}

/** A matrix of a model as a table: mapped, or decoded where it is quantised. */
export async function fastTextTable(path: string, matrix: FastTextMatrix): Promise<Table> {
  const { rows, columns, offset, quantized } = matrix;
  if (quantized === undefined) return native().mapTable(path, offset, 'f32', rows, columns, columns * 4);
  requireMemory(rows * columns * 4, 'what is quantised in this file', 'free some memory');
  const handle = native().createQuantized(quantized);
  try {
    return await handle.decode();
  } finally {
    handle.dispose();
  }
}

/** The input matrix of a model, and which of its rows belong to which word. */
export async function mapFastTextRows(
  path: string,
  { arguments: args, dictionary, input, prunedBuckets }: FastTextLayout,
): Promise<{ readonly input: Table; readonly index: Subwords; readonly keys: Keys }> {
  const { words, offsets } = dictionary;
  const minLength = Math.max(1, args.minNgramLength);
  const maxLength = args.maxNgramLength < minLength ? 0 : args.maxNgramLength;
  const bytes = dictionary.bytes.subarray(0, Number(offsets[words]));
  const rules = { minLength, maxLength, buckets: args.buckets, hashes: args.hashes };
  return {
    input: await fastTextTable(path, input),
    keys: native().createKeys(bytes, offsets.subarray(0, words + 1)),
    index: native().createSubwords(rules, words, prunedBuckets, prunedBuckets !== undefined),
  };
}

/** The same with the vectors of the words, which are computed when they are asked for. */
export async function mapFastTextInput(
  path: string,
  layout: FastTextLayout,
): Promise<{ readonly input: Table; readonly index: Subwords; readonly keys: Keys; readonly composed: Table }> {
  const mapped = await mapFastTextRows(path, layout);
  try {
    return { ...mapped, composed: mapped.index.composeLater(mapped.input, mapped.keys) };
  } catch (error) {
    for (const handle of [mapped.input, mapped.index, mapped.keys]) handle.dispose();
    throw error;
  }
}

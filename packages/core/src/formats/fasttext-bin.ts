import { type Keys, native, type Subwords, type Table } from '@wordmill/native';
import type { Cancellation } from '../cancellation.js';
import { WordmillError } from '../errors.js';
import { type FastTextLayout, readFastTextLayout } from './fasttext-layout.js';
import type { Format, LoadedVectors, ReadSettings } from './format.js';
import { applyUtf8Policy } from './key-bytes.js';
import { formatError } from './limits.js';

/**
 * fastText's model. A word's vector is the mean of its own row and those of its n-grams, and so is that of a word which is not
 * in the vocabulary. The file is mapped; only the vectors of the vocabulary are computed.
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

async function composed(
  path: string,
  layout: FastTextLayout,
  { invalidUtf8, cancellation }: ReadSettings,
): Promise<LoadedVectors> {
  const { input: table, index, keys: stored, composed: vectors } = await mapFastTextInput(path, layout, cancellation);
  const { words, counts } = layout.dictionary;
  try {
    const keys = applyUtf8Policy(stored, invalidUtf8);
    return { table: vectors, keys, counts: counts.slice(0, words), subwords: { index, table }, duplicates: 0 };
  } catch (error) {
    for (const handle of [table, index, stored, vectors]) handle.dispose();
    throw error;
  }
}

/** The input matrix of a model as a mapped table, and which of its rows belong to which word. */
export function mapFastTextRows(
  path: string,
  { arguments: args, dictionary, input }: FastTextLayout,
): { readonly input: Table; readonly index: Subwords; readonly keys: Keys } {
  const { words, offsets } = dictionary;
  const { rows, columns, offset } = input;
  const minLength = Math.max(1, args.minNgramLength);
  const maxLength = args.maxNgramLength < minLength ? 0 : args.maxNgramLength;
  const bytes = dictionary.bytes.subarray(0, Number(offsets[words]));
  return {
    keys: native().createKeys(bytes, offsets.subarray(0, words + 1)),
    input: native().mapTable(path, offset, 'f32', rows, columns, columns * 4),
    index: native().createSubwords({ minLength, maxLength, buckets: args.buckets }, words, undefined, false),
  };
}

/** The same with the vectors of the words. */
export async function mapFastTextInput(
  path: string,
  layout: FastTextLayout,
  cancellation: Cancellation,
): Promise<{ readonly input: Table; readonly index: Subwords; readonly keys: Keys; readonly composed: Table }> {
  const mapped = mapFastTextRows(path, layout);
  let composed: Table | undefined;
  try {
    composed = await cancellation.run((signal) => mapped.index.compose(mapped.input, mapped.keys, 0, signal));
    if ((await composed.firstNotFinite(0)) >= 0) {
      throw formatError('its input matrix holds numbers that are not finite', layout.input.offset);
    }
    return { ...mapped, composed };
  } catch (error) {
    for (const handle of [mapped.input, mapped.index, mapped.keys, composed]) handle?.dispose();
    throw error;
  }
}

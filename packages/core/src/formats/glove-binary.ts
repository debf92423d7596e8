import { type Keys, native, type Table } from '@wordmill/native';
import { Vocabulary } from '../corpus/vocabulary.js';
import { WordmillError } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import type { Format, LoadedVectors, ReadSettings } from './format.js';
import { checkShape, formatError, requireMemory } from './limits.js';
import { rowBytes } from './numbers.js';

const BYTES = 8;
/** Numbers that are converted at once. */
const CHUNK_NUMBERS = 1 << 18;

/**
 * glove's `-binary 1`: 64-bit floats without a header, for each word its vector and bias, then for each word its context vector
 * and bias. The words are in its vocabulary file. The vectors are the sums of both, as in glove's text files.
 */
export const gloveBinary: Format = {
  async read(source, settings) {
    const vocabulary = await vocabularyOf(source, settings);
    const columns = dimensionOf(source, settings, vocabulary.size);
    return readSums(source, settings, vocabulary, columns);
  },
  write() {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      "GloVe's binary files hold context vectors and biases too, which these vectors have not: a model of @wordmill/glove " +
        'writes them with saveParameters(); choose another format for vectors alone',
      { option: 'format' },
    );
  },
  shape() {
    throw formatError('it says neither how many words it has nor of which dimension: the vocabulary file does');
  },
};

async function vocabularyOf({ compression }: ByteSource, settings: ReadSettings): Promise<Vocabulary> {
  if (compression !== undefined) {
    throw new WordmillError('ERR_WORDMILL_UNSUPPORTED', 'a GloVe binary file must not be packed: unpack it first');
  }
  if (settings.words === undefined) {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      "a GloVe binary file has no words in it: give glove's vocabulary file (vocab.txt) as option words",
      { option: 'words' },
    );
  }
  return Vocabulary.load(settings.words, { signal: settings.cancellation.signal });
}

function dimensionOf({ fileBytes }: ByteSource, { words }: ReadSettings, rows: number): number {
  const perWord = fileBytes / BYTES / 2 / rows;
  if (!Number.isInteger(perWord) || perWord < 2) {
    throw formatError(
      `its ${fileBytes} bytes are not vectors, contexts and biases for the ${rows} words of ${words}: that is another vocabulary, ` +
        'or the file is not complete',
      fileBytes,
    );
  }
  checkShape(rows, perWord - 1, 0);
  return perWord - 1;
}

async function readSums(
  source: ByteSource,
  { dtype = 'f32', limit, cancellation, onProgress }: ReadSettings,
  vocabulary: Vocabulary,
  columns: number,
): Promise<LoadedVectors> {
  const all = vocabulary.size;
  const rows = Math.min(all, limit ?? all);
  requireMemory(rows * rowBytes(dtype, columns), `a table of ${rows} x ${columns}`, 'load fewer rows (limit)');
  const wide = columns + 1;
  const read = async (firstNumber: number, count: number): Promise<Float64Array> => {
    const numbers = new Float64Array(count);
    const bytes = await source.readAt(firstNumber * BYTES, new Uint8Array(numbers.buffer));
    if (bytes.length < count * BYTES) throw formatError('it was cut while being read', source.fileBytes);
    const wrong = numbers.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw formatError('a parameter is not a finite number', (firstNumber + wrong) * BYTES);
    return numbers;
  };
  let table: Table | undefined;
  let keys: Keys | undefined;
  try {
    table = native().createTable(dtype, rows, columns);
    const step = Math.max(1, Math.floor(CHUNK_NUMBERS / wide));
    for (let first = 0; first < rows; first += step) {
      cancellation.throwIfAborted();
      const count = Math.min(step, rows - first);
      const words = await read(first * wide, count * wide);
      const contexts = await read((all + first) * wide, count * wide);
      const sums = new Float32Array(count * columns);
      for (let i = 0; i < count; i++) {
        for (let c = 0; c < columns; c++) sums[i * columns + c] = words[i * wide + c]! + contexts[i * wide + c]!;
      }
      table.write(first, count, 'f32', sums);
      onProgress?.({ phase: 'loading', done: (first + count) * wide * 2 * BYTES, total: rows * wide * 2 * BYTES });
    }
    keys = native().createKeysFrom(vocabulary.words.slice(0, rows));
    const counts = BigUint64Array.from(vocabulary.counts.slice(0, rows), BigInt);
    return { table, keys, counts, duplicates: 0 };
  } catch (error) {
    table?.dispose();
    keys?.dispose();
    throw error;
  }
}

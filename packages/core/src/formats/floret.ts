import { type Keys, native, type SubwordRules, type Table } from '@wordmill/native';
import { WordmillError } from '../errors.js';
import { decodeTable, finishRows } from './decode-rows.js';
import { readFloretHeader } from './floret-header.js';
import type { Format, LoadedVectors, ReadSettings } from './format.js';
import { formatError } from './limits.js';
import { readWordList } from './word-list.js';

/** Rows whose numbers are looked at in one go. */
const CHUNK_ROWS = 1 << 14;

/**
 * floret's table of buckets, from which the vector of any word is made. It holds no words: without option `words` the vectors have no
 * vocabulary, and all are inferred.
 */
export const floret: Format = {
  async read(source, settings) {
    refuseOptions(settings);
    const { columns, end, ...rules } = readFloretHeader(source.head);
    const stream = { layout: 'text', rows: rules.buckets, columns, start: end, separator: ' ' } as const;
    const { table, keys: numbers } = await decodeTable(source, stream, settings);
    try {
      refuseOtherNumbers(numbers!);
      return await composed(table, rules, settings);
    } catch (error) {
      table.dispose();
      throw error;
    } finally {
      numbers!.dispose();
    }
  },
  write() {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      'tables of floret are read and not written; choose another format: safetensors keeps the inference of unknown words',
      { option: 'format' },
    );
  },
  async shape(source) {
    const { buckets, columns } = readFloretHeader(source.head);
    return { rows: buckets, dimension: columns, dtype: 'text' };
  },
};

function refuseOptions({ limit, dtype }: ReadSettings): void {
  const refuse = (option: string, why: string): never => {
    throw new WordmillError('ERR_WORDMILL_OPTION', `option ${option}: ${why}`, { option });
  };
  if (dtype !== undefined && dtype !== 'f32') refuse('dtype', 'tables of floret are read as f32; save in another type');
  if (limit !== undefined) refuse('limit', 'any word may need any row of a floret table; leave words out of the list');
}

/** Rows are numbered; any other first field is no such table. */
function refuseOtherNumbers(numbers: Keys): void {
  for (let first = 0; first < numbers.size; first += CHUNK_ROWS) {
    const slice = numbers.slice(first, Math.min(CHUNK_ROWS, numbers.size - first));
    const wrong = slice.findIndex((number, i) => number !== String(first + i));
    if (wrong >= 0) throw formatError(`row ${first + wrong} has the number ${JSON.stringify(slice[wrong])}`);
  }
}

async function composed(table: Table, rules: SubwordRules, settings: ReadSettings): Promise<LoadedVectors> {
  const { words } = settings;
  const keys = words === undefined ? native().createKeysFrom([]) : await readWordList(words, undefined, undefined);
  const index = native().createSubwords(rules, 0, undefined, false);
  try {
    return { ...finishRows(index.composeLater(table, keys), keys, settings), subwords: { index, table } };
  } catch (error) {
    index.dispose();
    throw error;
  }
}

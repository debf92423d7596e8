import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WordmillError } from '../errors.js';
import { type FileWriter, writeFiles } from '../files.js';
import type { ByteSource } from './byte-source.js';
import { decodeTable, finishRows } from './decode-rows.js';
import { checkKeys, encodeRows } from './encode-rows.js';
import type { Format } from './format.js';
import { formatError } from './limits.js';
import { rowLayout, textStart } from './text-layout.js';
import { PROJECTOR_COLUMNS, readWordList, writeWordList } from './word-list.js';

/**
 * TensorFlow Projector: `vectors.tsv`, rows of numbers separated by tabs, and beside it `metadata.tsv`, the words; where that
 * has several columns it begins with their names.
 */
export const projector: Format = {
  async read(source, settings) {
    const columns = columnsOf(source);
    const words = settings.words ?? (await metadataBeside(source.path));
    const start = textStart(source.head);
    const rows = { layout: 'text', rows: undefined, columns, start, separator: '\t', hasKeys: false } as const;
    const { table } = await decodeTable(source, rows, settings);
    try {
      const found = table.describe().rows;
      const whole = settings.limit === undefined || found < settings.limit;
      const keys = await readWordList(words, whole ? found : undefined, found, PROJECTOR_COLUMNS);
      return finishRows(table, keys, settings);
    } catch (error) {
      table.dispose();
      throw error;
    }
  },

  async write({ table, keys }, path, settings) {
    checkKeys(keys, [0x09, 0x0a], 'metadata.tsv', 'a tab or a line feed');
    const write = (file: FileWriter) =>
      encodeRows(file, table, undefined, { style: settings.numbers, separator: '\t' }, settings);
    await writeFiles([
      { path: settings.words ?? metadataPath(path), write: (file) => writeWordList(file, keys) },
      { path, gzip: settings.gzip, write },
    ]);
  },

  async shape(source) {
    return { rows: undefined, dimension: columnsOf(source), dtype: 'text' };
  },
};

function columnsOf({ head, totalBytes }: ByteSource): number {
  const layout = rowLayout(head, head.length === totalBytes);
  if (layout !== undefined && !layout.hasKeys) return layout.columns;
  // Rows of a single number have no tab by which to tell them from words.
  if (/^[^ \t]+\r?\n/.test(head.toString('latin1', 0, 100))) return 1;
  throw formatError('its rows are not numbers separated by tabs', 0);
}

/** `metadata.tsv` for `vectors.tsv`, `x_metadata.tsv` for `x_vectors.tsv` and `x_tensor.tsv`. */
function metadataPath(path: string): string {
  const name = basename(path);
  const renamed = name.replace(/(vectors|tensors?)\.tsv(\.gz|\.zst)?$/, 'metadata.tsv');
  return join(dirname(path), renamed === name ? 'metadata.tsv' : renamed);
}

async function metadataBeside(path: string): Promise<string> {
  const metadata = metadataPath(path);
  const found = await access(metadata).then(
    () => true,
    () => false,
  );
  if (found) return metadata;
  throw new WordmillError(
    'ERR_WORDMILL_IO',
    `${path} holds no words: put them, one a line, into ${metadata}, or name their file with option words`,
    { file: metadata, system: 'ENOENT' },
  );
}

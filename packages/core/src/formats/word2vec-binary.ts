import { type FileWriter, writeFiles } from '../files.js';
import type { ByteSource } from './byte-source.js';
import { decodeRows } from './decode-rows.js';
import { checkKeys, encodeRows } from './encode-rows.js';
import type { Format } from './format.js';
import { formatError } from './limits.js';
import { readHeader } from './text-layout.js';

/**
 * `V D`, LF, and for each row the key, a space, D 32-bit floats and a LF, which gensim and the GoogleNews file leave out.
 */
export const word2vecBinary: Format = {
  async read(source, settings) {
    const { rows, columns, end } = headerOf(source);
    return decodeRows(source, { layout: 'word2vec-binary', rows, columns, start: end }, settings);
  },

  async write({ table, keys }, path, settings) {
    checkKeys(keys, [0x20, 0x0a], 'the word2vec binary format', 'a space or a line feed');
    const { rows, columns } = table.describe();
    const write = async (file: FileWriter): Promise<void> => {
      await file.write(Buffer.from(`${rows} ${columns}\n`));
      await encodeRows(file, table, keys, { style: 'binary' }, settings);
    };
    await writeFiles([{ path, gzip: settings.gzip, write }]);
  },

  async shape(source) {
    const { rows, columns } = headerOf(source);
    return { rows, dimension: columns, dtype: 'f32' };
  },
};

function headerOf(source: ByteSource) {
  const header = readHeader(source.head);
  if (header === undefined)
    throw formatError('its first line is not "rows dimension", the header of word2vec files', 0);
  return header;
}

import { access } from 'node:fs/promises';
import { type DType, native, type Table, WordmillError } from '@wordmill/native';
import { fileError } from '../errors.js';
import { type FileWriter, writeFiles } from '../files.js';
import type { ByteSource } from './byte-source.js';
import { finishRows } from './decode-rows.js';
import { checkKeys } from './encode-rows.js';
import type { Format, LoadedVectors, ReadSettings, WriteSettings } from './format.js';
import { formatError, truncatedError } from './limits.js';
import { type NpyHeader, npyHeader, npyHeaderBytes } from './npy-header.js';
import { rowBytes as bytesOfRow } from './numbers.js';
import { copyPlacement } from './table-placement.js';
import { readWordList, writeWordList } from './word-list.js';

/** Bytes written at once. */
const WRITE_BYTES = 8 << 20;

/**
 * NumPy's `.npy`, a C-ordered matrix of 16-, 32- or 64-bit floats, and beside it `PATH.words`, the words, one a line.
 */
export const npy: Format = {
  async read(source, settings) {
    const header = headerOf(source);
    const words = settings.words ?? (await wordsBeside(source.path));
    const keys = await readWordList(words, header.rows, settings.limit);
    let table: Table;
    try {
      table = settings.mmap === true ? mapTable(source, header, settings) : await copyTable(source, header, settings);
    } catch (error) {
      keys.dispose();
      throw error;
    }
    try {
      return finishRows(table, keys, settings) satisfies LoadedVectors;
    } catch (error) {
      throw fileError(error, words);
    }
  },

  async write({ table, keys }, path, settings) {
    if (settings.gzip) {
      throw new WordmillError('ERR_WORDMILL_OPTION', '.npy files are mapped, so they are not packed: drop the .gz', {
        option: 'path',
      });
    }
    checkKeys(keys, [0x0a], 'a list of words', 'a line feed');
    const words = settings.words ?? `${path}.words`;
    await writeFiles([
      { path: words, write: (file) => writeWordList(file, keys) },
      { path, write: (file) => writeMatrix(file, table, settings) },
    ]);
  },

  async shape(source) {
    const { rows, columns, kind, size } = headerOf(source);
    return { rows, dimension: columns, dtype: `${kind}${size * 8}` };
  },
};

function headerOf(source: ByteSource): NpyHeader {
  const header = npyHeader(source.head, source.fileBytes);
  const needed = header.dataOffset + header.rows * header.columns * header.size;
  if (source.fileBytes < needed) {
    throw truncatedError(`its matrix takes ${needed} bytes and there are ${source.fileBytes}`, source.fileBytes);
  }
  if (source.fileBytes > needed)
    throw formatError(`there are ${source.fileBytes - needed} bytes after its matrix`, needed);
  return header;
}

async function wordsBeside(path: string): Promise<string> {
  const words = `${path}.words`;
  const found = await access(words).then(
    () => true,
    () => false,
  );
  if (found) return words;
  throw new WordmillError(
    'ERR_WORDMILL_IO',
    `${path} holds no words: put them, one a line, into ${words}, or name their file with option words`,
    { file: words, system: 'ENOENT' },
  );
}

/** The table's dtype when it has the file's numbers as they are. */
function sameDtype({ size, swapped }: NpyHeader): DType | undefined {
  if (swapped || size === 8) return undefined;
  return size === 4 ? 'f32' : 'f16';
}

function mapTable(source: ByteSource, header: NpyHeader, { dtype, limit }: ReadSettings): Table {
  const stored = sameDtype(header);
  if (stored === undefined || (dtype !== undefined && dtype !== stored)) {
    const what = header.swapped ? 'big-endian numbers' : `${header.size * 8}-bit floats`;
    throw new WordmillError('ERR_WORDMILL_OPTION', `option mmap: the file holds ${what}, load it without mmap`, {
      option: 'mmap',
    });
  }
  const rows = Math.min(header.rows, limit ?? header.rows);
  const { columns, size, dataOffset } = header;
  return native().mapTable(source.path, dataOffset, stored, rows, columns, columns * size);
}

async function copyTable(source: ByteSource, header: NpyHeader, settings: ReadSettings): Promise<Table> {
  const { rows, columns, size, dataOffset: offset } = header;
  const place = { offset, rows, columns, dtype: sameDtype(header) ?? 'f32', rowBytes: columns * size } as const;
  return copyPlacement(source, place, settings, (bytes) => nativeNumbers(bytes, header));
}

/** The numbers in an order and width that the engine takes. */
function nativeNumbers(bytes: Uint8Array, { size, swapped }: NpyHeader): Uint8Array | Float32Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (swapped && size === 2) buffer.swap16();
  if (swapped && size === 4) buffer.swap32();
  if (swapped && size === 8) buffer.swap64();
  if (size !== 8) return bytes;
  return Float32Array.from(new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8));
}

async function writeMatrix(file: FileWriter, table: Table, settings: WriteSettings): Promise<void> {
  const { rows, columns, dtype: stored } = table.describe();
  const dtype = settings.dtype ?? (stored === 'f16' ? 'f16' : 'f32');
  if (dtype !== 'f32' && dtype !== 'f16') {
    throw new WordmillError('ERR_WORDMILL_OPTION', `option dtype: .npy has no ${dtype}; use 'f32' or 'f16'`, {
      option: 'dtype',
    });
  }
  const rowBytes = bytesOfRow(dtype, columns);
  const step = Math.max(1, Math.floor(WRITE_BYTES / rowBytes));
  const buffer = new Uint8Array(Math.min(step, rows) * rowBytes);
  await file.write(npyHeaderBytes(rows, columns, bytesOfRow(dtype, 1)));
  for (let row = 0; row < rows; row += step) {
    settings.cancellation.throwIfAborted();
    const count = Math.min(step, rows - row);
    const out = buffer.subarray(0, count * rowBytes);
    table.read(row, count, dtype, out);
    await file.write(out);
    settings.onProgress?.({ phase: 'saving', done: row + count, total: rows });
  }
}

import { stat } from 'node:fs/promises';
import { type Keys, native, type Table, WordmillError } from '@wordmill/native';
import { fileError } from '../errors.js';
import type { Format, LoadedVectors, NativeVectors, ReadSettings } from './format.js';
import { applyUtf8Policy } from './key-bytes.js';
import { openSafetensors, type SafetensorsFile, writeSafetensors } from './safetensors.js';
import { readSubwords, subwordMetadata, subwordTensors } from './subword-tensors.js';
import {
  arrayTensor,
  keyInfos,
  keyTensors,
  readCounts,
  readKeys,
  readTable,
  TABLE_DTYPES,
  tableInfo,
  tableTensor,
} from './tensors.js';

/** Version of the layout below, in the metadata of every file of ours. */
export const FORMAT_VERSION = '1';

/** Names of the tensors and of the metadata that say what a file is. */
export const VECTORS = 'vectors';
export const KEYS = 'keys';
export const COUNTS = 'counts';
const KEY_TENSORS = [`${KEYS}.bytes`, `${KEYS}.offsets`, `${KEYS}.index`];
export const VERSION_NAME = 'wordmill.format';
export const KIND_NAME = 'wordmill.kind';

/**
 * The native format: `vectors` [rows, columns], `keys.bytes`, `keys.offsets` [rows + 1], `keys.index` (open addressing, row +
 * 1, 0 = empty) and, where known, `counts` [rows]. A saved model is the same with more tensors, so its vectors load too.
 */
export const safetensorsVectors: Format = {
  async read(source, settings) {
    const file = await openSafetensors(source.path);
    try {
      checkVersion(file);
      return await (isMapped(file, settings) ? mapVectors(file, settings) : copyVectors(file, settings));
    } catch (error) {
      throw fileError(error, source.path);
    } finally {
      await file.close();
    }
  },

  async write({ table, keys, counts, metadata, subwords }, path, settings) {
    if (settings.gzip) throw notPacked();
    await writeSafetensors(
      path,
      {
        tensors: [
          tableTensor(VECTORS, table, settings.dtype),
          ...keyTensors(KEYS, keys),
          ...(counts === undefined ? [] : [arrayTensor(COUNTS, 'U64', counts)]),
          ...(subwords === undefined ? [] : subwordTensors(subwords)),
        ],
        metadata: {
          ...metadata,
          ...(subwords && subwordMetadata(subwords)),
          [VERSION_NAME]: FORMAT_VERSION,
          [KIND_NAME]: 'keyed-vectors',
        },
      },
      { signal: settings.cancellation.signal, onProgress: settings.onProgress },
    );
  },

  async shape(source) {
    const file = await openSafetensors(source.path);
    try {
      checkVersion(file);
      const { shape, table } = tableInfo(file, VECTORS);
      return { rows: shape[0], dimension: shape[1]!, dtype: table };
    } finally {
      await file.close();
    }
  },
};

/** Refuses files of newer versions, and of other tools, which have no keys. */
function checkVersion(file: SafetensorsFile): void {
  const version = file.metadata[VERSION_NAME];
  if (version === FORMAT_VERSION) return;
  if (version !== undefined) {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      `it has version ${version} of the format and this release reads ${FORMAT_VERSION}: update wordmill`,
    );
  }
  const tensors = [...file.tensors.values()].slice(0, 3).map(({ name, shape }) => `${name} [${shape}]`);
  throw new WordmillError(
    'ERR_WORDMILL_UNSUPPORTED',
    `it holds tensors of another program (${tensors.join(', ')}) and no keys; export the table as .npy beside a ` +
      'list of its words: python -c "from safetensors.numpy import load_file as l; import numpy; ' +
      `numpy.save('vectors.npy', l('${file.path}')['NAME'])"`,
  );
}

function isMapped(file: SafetensorsFile, { mmap, dtype }: ReadSettings): boolean {
  const stored = TABLE_DTYPES[file.tensors.get(VECTORS)?.dtype ?? ''];
  const same = dtype === undefined || dtype === stored;
  if (mmap === true && !same) {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `option mmap: the file holds ${stored}, so it can be mapped only as that; leave out dtype or mmap`,
      { option: 'mmap' },
    );
  }
  return mmap ?? same;
}

async function mapVectors(file: SafetensorsFile, settings: ReadSettings): Promise<LoadedVectors> {
  const { path } = file;
  const { shape, offset, table: dtype, bytes } = tableInfo(file, VECTORS);
  const [all, columns] = shape as [number, number];
  const rows = Math.min(all, settings.limit ?? all);
  let table: Table | undefined;
  let keys: Keys | undefined;
  // Read while the engine checks the keys below.
  const reading = readCounts(file, COUNTS, all, settings.cancellation);
  reading.catch(() => {});
  try {
    table = native().mapTable(path, offset, dtype, rows, columns, bytes / all);
    if (rows === all) {
      const infos = keyInfos(file, KEYS, rows);
      keys = native().mapKeys(
        path,
        { offset: infos.bytes.offset, length: infos.bytes.bytes },
        { offset: infos.offsets.offset, count: infos.offsets.shape[0]! },
        { offset: infos.index.offset, count: infos.index.shape[0]! },
      );
    } else {
      keys = await readKeys(file, KEYS, all, { limit: rows, cancellation: settings.cancellation });
    }
    const stored = keys;
    keys = applyUtf8Policy(keys, settings.invalidUtf8);
    const counts = await reading;
    if ((await stat(path)).ino !== file.inode) {
      throw new WordmillError('ERR_WORDMILL_IO', 'another file took its place while it was being opened: try again');
    }
    settings.cancellation.throwIfAborted();
    const subwords = await readSubwords(file, columns, true, settings.cancellation);
    const asStored = keys === stored ? [VECTORS, ...KEY_TENSORS] : [VECTORS];
    return result(file, { table, keys, counts: counts?.subarray(0, rows), subwords }, rows === all ? asStored : []);
  } catch (error) {
    table?.dispose();
    keys?.dispose();
    throw error;
  }
}

async function copyVectors(file: SafetensorsFile, settings: ReadSettings): Promise<LoadedVectors> {
  const { dtype, limit, cancellation, onProgress } = settings;
  const { shape, table: stored, bytes: total } = tableInfo(file, VECTORS);
  const all = shape[0]!;
  let keys: Keys | undefined;
  let table: Table | undefined;
  try {
    keys = await readKeys(file, KEYS, all, { limit, cancellation });
    keys = applyUtf8Policy(keys, settings.invalidUtf8);
    const counts = await readCounts(file, COUNTS, all, cancellation);
    const onBytes = (done: number): void => onProgress?.({ phase: 'loading', done, total });
    table = await readTable(file, VECTORS, { dtype, limit, cancellation, onBytes });
    const { rows } = table.describe();
    const subwords = await readSubwords(file, shape[1]!, false, cancellation);
    const isWhole = rows === all && (dtype ?? stored) === stored;
    return result(file, { table, keys, counts: counts?.subarray(0, rows), subwords }, isWhole ? [VECTORS] : []);
  } catch (error) {
    keys?.dispose();
    table?.dispose();
    throw error;
  }
}

/** What was read, with the checksums of those tensors that are in memory as they are in the file. */
function result(file: SafetensorsFile, vectors: NativeVectors, asStored: readonly string[]): LoadedVectors {
  const own = Object.entries(file.metadata).filter(([name]) => !/^(crc32|wordmill)\./.test(name));
  const checksums = new Map<string, number>();
  for (const name of asStored) {
    const checksum = file.checksum(name);
    if (checksum !== undefined) checksums.set(name, checksum);
  }
  return { ...vectors, metadata: Object.fromEntries(own), duplicates: 0, checksums };
}

function notPacked(): WordmillError {
  return new WordmillError(
    'ERR_WORDMILL_OPTION',
    'safetensors files are mapped, so they are not packed: drop the .gz',
    {
      option: 'path',
    },
  );
}

import { type Keys, native, type Table, WordmillError } from '@wordmill/native';
import { fileError } from '../errors.js';
import type { Format, LoadedVectors, NativeVectors, ReadSettings } from './format.js';
import { applyUtf8Policy } from './key-bytes.js';
import { openSafetensors, type SafetensorsFile, writeSafetensors } from './safetensors.js';
import { readSubwords, subwordMetadata, subwordTensors } from './subword-tensors.js';
import { isMapped, refuseReplaced } from './table-placement.js';
import {
  arrayTensor,
  keyInfos,
  keyTensors,
  readCounts,
  readKeys,
  readTable,
  scalesOf,
  TABLE_DTYPES,
  tableInfo,
  tableTensors,
} from './tensors.js';
import { chooseTokenTable, plainTensor, readTokenTable } from './token-table.js';

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
 * 1, 0 = empty) and, where known, `counts` [rows]; vectors of `i8` have `vectors.scales` [rows]. A saved model is the same with
 * more tensors, so its vectors load too. Of a file of another program the token embedding of a language model is read.
 */
export const safetensorsVectors: Format = {
  async read(source, settings) {
    const file = await openSafetensors(source.path);
    try {
      if (!isOurs(file)) return await readTokenTable(file, chooseTokenTable(file, settings.tensor), settings);
      refuseUseless(settings);
      const stored = TABLE_DTYPES[file.tensors.get(VECTORS)?.dtype ?? ''];
      return await (isMapped(stored, settings) ? mapVectors(file, settings) : copyVectors(file, settings));
    } catch (error) {
      throw fileError(error, source.path);
    } finally {
      await file.close();
    }
  },

  async write({ table, keys, counts, metadata, subwords }, path, settings) {
    if (settings.gzip) throw notPacked();
    const work = { signal: settings.cancellation.signal, onProgress: settings.onProgress };
    if (settings.tensor !== undefined) {
      await writeSafetensors(path, plainTensor(settings.tensor, table, settings.dtype), work);
      return;
    }
    const stored = table.describe().dtype;
    const isBlocks = stored === 'q8_0' || stored === 'q4_0';
    await writeSafetensors(
      path,
      {
        tensors: [
          ...tableTensors(VECTORS, table, settings.dtype ?? (isBlocks ? 'f16' : stored)),
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
      work,
    );
  },

  async shape(source) {
    const file = await openSafetensors(source.path);
    try {
      const { shape, table } = tableInfo(file, isOurs(file) ? VECTORS : chooseTokenTable(file, undefined));
      return { rows: shape[0], dimension: shape[1]!, dtype: table };
    } finally {
      await file.close();
    }
  },
};

/** Whether the layout above is the file's; refuses newer versions of it. */
function isOurs(file: SafetensorsFile): boolean {
  const version = file.metadata[VERSION_NAME];
  if (version === undefined || version === FORMAT_VERSION) return version !== undefined;
  throw new WordmillError(
    'ERR_WORDMILL_UNSUPPORTED',
    `it has version ${version} of the format and this release reads ${FORMAT_VERSION}: update wordmill`,
  );
}

/** Options that only files of other programs have a use for. */
function refuseUseless({ tensor, words }: ReadSettings): void {
  const useless = (tensor !== undefined && 'tensor') || (words !== undefined && 'words');
  if (!useless) return;
  throw new WordmillError('ERR_WORDMILL_OPTION', `option ${useless}: the file holds vectors with their words`, {
    option: useless,
  });
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
    await refuseReplaced(path, file.inode);
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
    const asStored = isWhole ? [VECTORS, scalesOf(VECTORS)] : [];
    return result(file, { table, keys, counts: counts?.subarray(0, rows), subwords }, asStored);
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

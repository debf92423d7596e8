import { stat } from 'node:fs/promises';
import { type DType, native, type Table, WordmillError } from '@wordmill/native';
import type { ByteSource } from './byte-source.js';
import type { ReadSettings } from './format.js';
import { requireMemory, truncatedError } from './limits.js';
import { rowBytes } from './numbers.js';

/** Bytes read and converted at once. */
const CHUNK_BYTES = 8 << 20;

/** Where in a file the rows of a table lie, one after the other. */
export interface TablePlacement {
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
  readonly dtype: DType;
}

/** Whether a table is mapped: by default where nothing is to be converted. `i8` is not, since its scales lie apart. */
export function isMapped(stored: DType | undefined, { mmap, dtype }: Pick<ReadSettings, 'mmap' | 'dtype'>): boolean {
  const possible = (dtype === undefined || dtype === stored) && stored !== 'i8';
  if (mmap === true && !possible) {
    const why =
      stored === 'i8' ? 'the scales of i8 lie apart' : `the file holds ${stored}, so it can be mapped only as that`;
    throw new WordmillError('ERR_WORDMILL_OPTION', `option mmap: ${why}; leave out dtype or mmap`, { option: 'mmap' });
  }
  return mmap ?? possible;
}

/**
 * Refuses a file that took the place of the one that was checked: a mapping is made by name. Unlike that, changes within a
 * file cannot be seen.
 */
export async function refuseReplaced(path: string, inode: number): Promise<void> {
  if ((await stat(path)).ino === inode) return;
  throw new WordmillError('ERR_WORDMILL_IO', 'another file took its place while it was being opened: try again');
}

/** Copies the first `limit` rows into a new table of the type that is asked for. */
export async function copyPlacement(
  source: ByteSource,
  place: TablePlacement & { readonly rowBytes?: number | undefined },
  settings: Pick<ReadSettings, 'dtype' | 'limit' | 'cancellation' | 'onProgress'>,
  numbers: (bytes: Uint8Array) => Uint8Array | Float32Array = (bytes) => bytes,
): Promise<Table> {
  const { cancellation, onProgress } = settings;
  const { columns } = place;
  const rows = Math.min(place.rows, settings.limit ?? place.rows);
  const dtype = settings.dtype ?? place.dtype;
  requireMemory(rows * rowBytes(dtype, columns), `a table of ${rows} x ${columns}`, 'map the file (mmap) or use limit');
  const table = native().createTable(dtype, rows, columns);
  const unit = place.rowBytes ?? rowBytes(place.dtype, columns);
  const step = Math.max(1, Math.floor(CHUNK_BYTES / unit));
  const buffer = Buffer.allocUnsafeSlow(Math.min(step, rows) * unit);
  try {
    for (let row = 0; row < rows; row += step) {
      cancellation.throwIfAborted();
      const count = Math.min(step, rows - row);
      const position = place.offset + row * unit;
      const bytes = await source.readAt(position, buffer.subarray(0, count * unit));
      if (bytes.length < count * unit) throw truncatedError('it was cut while being read', position + bytes.length);
      table.write(row, count, place.dtype, numbers(bytes));
      onProgress?.({ phase: 'loading', done: position + bytes.length, total: source.fileBytes });
    }
    cancellation.throwIfAborted();
  } catch (error) {
    table.dispose();
    throw error;
  }
  return table;
}

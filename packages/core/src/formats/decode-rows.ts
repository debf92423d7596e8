import { type DecoderOptions, type Keys, native, type Table } from '@wordmill/native';
import type { ByteSource } from './byte-source.js';
import type { LoadedVectors, ReadSettings } from './format.js';
import { applyUtf8Policy, dropDuplicates } from './key-bytes.js';
import { limitError, MAX_KEY_BYTES, requireMemory, truncatedError } from './limits.js';
import { rowBytes } from './numbers.js';

/** Rows as a file has them, one after the other. */
export interface RowStream {
  readonly layout: DecoderOptions['layout'];
  /** as the header promises; undefined: until the end of the file */
  readonly rows: number | undefined;
  readonly columns: number;
  /** offset of the first row */
  readonly start: number;
  readonly separator?: ' ' | '\t';
  readonly hasKeys?: boolean;
}

/** Reads the rows of a file whose header has been read. */
export async function decodeRows(
  source: ByteSource,
  stream: RowStream,
  settings: ReadSettings,
): Promise<LoadedVectors> {
  const { table, keys } = await decodeTable(source, stream, settings);
  return finishRows(table, keys!, settings);
}

/** The same without keys, for files whose keys are elsewhere. */
export async function decodeTable(
  source: ByteSource,
  stream: RowStream,
  settings: ReadSettings,
): Promise<{ readonly table: Table; readonly keys: Keys | undefined }> {
  const { cancellation, limit, onProgress } = settings;
  const dtype = settings.dtype ?? 'f32';
  const rows = stream.rows === undefined ? undefined : Math.min(stream.rows, limit ?? stream.rows);
  if (rows !== undefined) {
    checkLength(source, stream, rows);
    const bytes = rows * rowBytes(dtype, stream.columns);
    requireMemory(bytes, `a table of ${rows} x ${stream.columns}`, "load fewer rows (limit) or dtype: 'f16' or 'i8'");
  }
  const decoder = native().createDecoder({
    layout: stream.layout,
    dtype,
    columns: stream.columns,
    base: stream.start,
    maxKeyBytes: MAX_KEY_BYTES,
    ...(stream.rows === undefined ? {} : { rows: stream.rows }),
    ...(limit === undefined ? {} : { limit }),
    ...(source.totalBytes === undefined ? {} : { totalBytes: source.totalBytes - stream.start }),
    ...(stream.separator === undefined ? {} : { separator: stream.separator }),
    ...(stream.hasKeys === undefined ? {} : { hasKeys: stream.hasKeys }),
  });
  try {
    for await (const chunk of source.chunks(stream.start)) {
      cancellation.throwIfAborted();
      const wanted = await decoder.feed(chunk);
      onProgress?.({ phase: 'loading', done: source.position, total: source.fileBytes });
      if (!wanted) break;
    }
    cancellation.throwIfAborted();
    return await decoder.finish();
  } finally {
    decoder.dispose();
  }
}

/** What the header promises must at least be possible in a file of this length. */
function checkLength(source: ByteSource, stream: RowStream, rows: number): void {
  const total = source.totalBytes;
  if (total === undefined) return;
  const numberBytes = stream.layout === 'text' ? 2 : 4;
  const least = stream.start + rows * stream.columns * numberBytes;
  if (!Number.isSafeInteger(least)) {
    throw limitError(`its header claims ${rows} rows of dimension ${stream.columns}`, 0);
  }
  // The line end of the last row is optional.
  if (total >= least - (stream.layout === 'text' ? 1 : 0)) return;
  throw truncatedError(
    `its header claims ${stream.rows} rows of dimension ${stream.columns}, of which the file cannot hold ${rows}`,
    total,
  );
}

/** Applies what is common to all formats with keys. Disposes of table and keys when it fails. */
export function finishRows(table: Table, keys: Keys, settings: Pick<ReadSettings, 'invalidUtf8'>): LoadedVectors {
  try {
    keys = applyUtf8Policy(keys, settings.invalidUtf8);
    const { duplicates } = keys;
    return { ...(duplicates === 0 ? { table, keys } : dropDuplicates(table, keys)), duplicates };
  } catch (error) {
    table.dispose();
    keys.dispose();
    throw error;
  }
}

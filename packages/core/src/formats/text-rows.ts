import { type FileWriter, writeFiles } from '../files.js';
import type { ByteSource } from './byte-source.js';
import { decodeRows, type RowStream } from './decode-rows.js';
import { checkKeys, encodeRows } from './encode-rows.js';
import type { LoadedVectors, NativeVectors, ReadSettings, Shape, WriteSettings } from './format.js';
import { formatError, truncatedError } from './limits.js';
import { readHeader, rowLayout, separatorAt, textStart } from './text-layout.js';

const LINE_FEED = 0x0a;

/** Reads rows of text: the formats of word2vec, fastText and GloVe differ only in the header. */
export async function readTextRows(
  source: ByteSource,
  settings: ReadSettings,
  header: 'required' | 'none',
): Promise<LoadedVectors> {
  const stream = rowsOf(source, header);
  if (stream.rows === undefined || !(await endsWithUnknown(source))) return decodeRows(source, stream, settings);
  const loaded = await decodeRows(source, { ...stream, rows: undefined }, settings);
  if (settings.limit === undefined) refuseOtherNumber(loaded, stream.rows, source.fileBytes);
  return loaded;
}

/** glove appends a row for `<unk>` that the header of its `-write-header 1` does not count. */
const UNKNOWN = Buffer.from('<unk> ');
/** A row of any sane dimension. */
const TAIL_BYTES = 1 << 20;

async function endsWithUnknown(source: ByteSource): Promise<boolean> {
  if (source.compression !== undefined) return false;
  const start = Math.max(0, source.fileBytes - TAIL_BYTES);
  const tail = Buffer.from(await source.readAt(start, new Uint8Array(source.fileBytes - start)));
  const row = tail.lastIndexOf(LINE_FEED, tail.at(-1) === LINE_FEED ? -2 : -1) + 1;
  return tail.subarray(row, row + UNKNOWN.length).equals(UNKNOWN);
}

function refuseOtherNumber({ table, keys, duplicates }: LoadedVectors, promised: number, end: number): void {
  const rows = table.describe().rows + duplicates;
  if (rows === promised || rows === promised + 1) return;
  table.dispose();
  keys.dispose();
  const text = `its header promises ${promised} rows and it has ${rows}`;
  throw rows < promised ? truncatedError(text, end) : formatError(text, end);
}

export function textShape(source: ByteSource, header: 'required' | 'none'): Shape {
  const { rows, columns } = rowsOf(source, header);
  return { rows, dimension: columns, dtype: 'text' };
}

function rowsOf({ head, totalBytes }: ByteSource, header: 'required' | 'none'): RowStream {
  if (header === 'none') {
    const layout = rowLayout(head, head.length === totalBytes);
    if (layout === undefined) throw formatError('its first line is not a word and decimal numbers', 0);
    if (!layout.hasKeys) throw formatError("its rows are only numbers; load it with format: 'projector'", 0);
    const { separator, columns } = layout;
    return { layout: 'text', rows: undefined, columns, start: textStart(head), separator };
  }
  const found = readHeader(head);
  if (found === undefined) throw formatError('its first line is not "rows dimension", the header of word2vec files', 0);
  const { rows, columns, end } = found;
  return { layout: 'text', rows, columns, start: end, separator: separatorAt(head, end) };
}

/** Writes rows of text. A key may contain spaces: rows are read from their end. */
export async function writeTextRows(
  { table, keys }: NativeVectors,
  path: string,
  settings: WriteSettings,
  { header, trailingSeparator }: { readonly header: boolean; readonly trailingSeparator: boolean },
): Promise<void> {
  checkKeys(keys, [0x0a], 'a text format', 'a line feed');
  const { rows, columns } = table.describe();
  const write = async (file: FileWriter): Promise<void> => {
    if (header) await file.write(Buffer.from(`${rows} ${columns}\n`));
    const style = settings.numbers;
    await encodeRows(file, table, keys, { style, separator: ' ', trailingSeparator }, settings);
  };
  await writeFiles([{ path, gzip: settings.gzip, write }]);
}

import { type FileHandle, open } from 'node:fs/promises';
import { type Keys, native } from '@wordmill/native';
import { fileError } from '../errors.js';
import { type FileWriter, statRegularFile } from '../files.js';
import { formatError, limitError, MAX_KEY_BYTES } from './limits.js';

const LINE_FEED = 0x0a;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;

/** What one Buffer holds. */
const MAX_LIST_BYTES = 2 ** 32 - 1;

/** Columns of a list, and which of them is the word; a list of one column has no header. */
export interface ListColumns {
  readonly separator: number;
  /** chooses the column from the names in the header */
  readonly choose: (names: readonly string[]) => number;
}

/**
 * Reads the words that belong to a file of rows without keys: one a line, or one column of a table. Must give exactly
 * `rows` of them, of which the first `limit` are kept.
 */
export async function readWordList(
  path: string,
  rows: number | undefined,
  limit: number | undefined,
  columns?: ListColumns | undefined,
): Promise<Keys> {
  try {
    const { size } = await statRegularFile(path);
    if (size > MAX_LIST_BYTES) throw limitError(`it has ${size} bytes; a word list has at most ${MAX_LIST_BYTES}`);
    const handle = await open(path, 'r');
    const bytes = await readAll(handle, size).finally(() => handle.close());
    return wordsOf(bytes, rows, limit, columns);
  } catch (error) {
    throw fileError(error, path);
  }
}

async function readAll(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(size - done, 1 << 28), done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** Moves the words together, in place, and makes keys of them. */
function wordsOf(
  bytes: Buffer,
  rows: number | undefined,
  limit: number | undefined,
  columns: ListColumns | undefined,
): Keys {
  const first = firstRow(bytes, columns);
  const starts: bigint[] = [0n];
  let length = 0;
  let at = first.start;
  while (at < bytes.length) {
    const found = bytes.indexOf(LINE_FEED, at);
    const lineEnd = found < 0 ? bytes.length : found;
    const end = lineEnd > at && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    const [from, to] = columns === undefined ? [at, end] : field(bytes, at, end, columns.separator, first.column);
    if (to - from > MAX_KEY_BYTES) throw limitError(`line ${starts.length} is a word of ${to - from} bytes`, at);
    bytes.copyWithin(length, from, to);
    length += to - from;
    starts.push(BigInt(length));
    at = lineEnd + 1;
  }
  const words = starts.length - 1;
  if (rows !== undefined && words !== rows) {
    throw formatError(`it has ${words} words for ${rows} rows; it must have one line for each row`);
  }
  const kept = Math.min(words, limit ?? words);
  return native().createKeys(bytes.subarray(0, Number(starts[kept])), BigUint64Array.from(starts.slice(0, kept + 1)));
}

function firstRow(
  bytes: Buffer,
  columns: ListColumns | undefined,
): { readonly start: number; readonly column: number } {
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  if (columns === undefined) return { start: mark, column: 0 };
  const found = bytes.indexOf(LINE_FEED, mark);
  const lineEnd = found < 0 ? bytes.length : found;
  const names = bytes
    .toString('utf8', mark, Math.min(lineEnd, mark + MAX_KEY_BYTES))
    .replace(/\r$/, '')
    .split('\t');
  return names.length === 1 ? { start: mark, column: 0 } : { start: lineEnd + 1, column: columns.choose(names) };
}

function field(bytes: Buffer, start: number, end: number, separator: number, column: number): [number, number] {
  let from = start;
  for (let i = 0; ; i++) {
    const found = bytes.indexOf(separator, from);
    const to = found < 0 || found > end ? end : found;
    if (i === column) return [from, to];
    if (to === end) throw formatError(`a line has ${i + 1} columns and the words are in column ${column + 1}`, start);
    from = to + 1;
  }
}

/** Columns of TensorFlow Projector's metadata.tsv: the words are in the column of that name, or else in the first one. */
export const PROJECTOR_COLUMNS: ListColumns = {
  separator: TAB,
  choose: (names) =>
    Math.max(
      0,
      names.findIndex((name) => /^(word|token|label|name)$/i.test(name)),
    ),
};

/** Appends the words, one a line. */
export async function writeWordList(file: FileWriter, keys: Keys): Promise<void> {
  const step = 1 << 14;
  for (let row = 0; row < keys.size; row += step) {
    await file.write(lines(keys, row, Math.min(step, keys.size - row)));
  }
}

/** Keys are copied as bytes: they may not be UTF-8. */
function lines(keys: Keys, first: number, count: number): Buffer {
  const offsets = new BigUint64Array(count + 1);
  keys.part('offsets', first * 8, new Uint8Array(offsets.buffer));
  const start = Number(offsets[0]);
  const bytes = Buffer.allocUnsafe(Number(offsets[count]) - start);
  keys.part('bytes', start, bytes);
  const out = Buffer.allocUnsafe(bytes.length + count);
  for (let i = 0, at = 0; i < count; i++) {
    at += bytes.copy(out, at, Number(offsets[i]) - start, Number(offsets[i + 1]) - start);
    out[at++] = LINE_FEED;
  }
  return out;
}

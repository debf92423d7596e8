import { checkShape, formatError, limitError } from './limits.js';

const LINE_FEED = 0x0a;

/** A decimal number as the tools write it, with Python's and C's names for what is not one. */
const NUMBER = /^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|nan|inf(inity)?)$/i;
const HEADER = /^[ \t]*([+-]?\d+)[ \t]+([+-]?\d+)[ \t]*\r?$/;

/** Two numbers and some spaces take no more. */
const MAX_HEADER_BYTES = 200;

/** The first line of word2vec files, text and binary: how many rows of which dimension follow. */
export interface Header {
  readonly rows: number;
  readonly columns: number;
  /** offset of the first byte after the line */
  readonly end: number;
}

/** The rows of a text file without a header. */
export interface RowLayout {
  readonly separator: ' ' | '\t';
  readonly columns: number;
  /** false: every field is a number, the words are elsewhere */
  readonly hasKeys: boolean;
}

/** Offset of the first byte of text after a UTF-8 byte order mark, if there is one. */
export function textStart(head: Buffer): number {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
}

/** The header, or undefined when the first line is none. What it claims is within the limits. */
export function readHeader(head: Buffer): Header | undefined {
  const start = textStart(head);
  const found = head.indexOf(LINE_FEED, start);
  // A file that is cut in its header is still no row of one number.
  const lineEnd = found < 0 ? head.length : found;
  if (lineEnd - start > MAX_HEADER_BYTES) return undefined;
  const fields = HEADER.exec(head.toString('latin1', start, lineEnd));
  if (fields === null) return undefined;
  const rows = count(fields[1]!, 'rows');
  const columns = count(fields[2]!, 'columns');
  checkShape(rows, columns, start);
  return { rows, columns, end: Math.min(lineEnd + 1, head.length) };
}

function count(digits: string, what: string): number {
  const value = Number(digits);
  if (value < 0) throw formatError(`its header claims ${digits} ${what}`, 0);
  if (!Number.isSafeInteger(value)) throw limitError(`its header claims ${digits} ${what}`, 0);
  return value;
}

/**
 * Whether what follows a header is text. Rows of binary numbers have control characters nearly everywhere, and where a
 * row is too short for that, it is not made of so many fields and its last field is no decimal number.
 */
export function isTextRow(head: Buffer, { end: start, columns }: Header): boolean {
  const lineEnd = head.indexOf(LINE_FEED, start);
  const line = head.subarray(start, lineEnd < 0 ? head.length : lineEnd);
  for (const byte of line) if ((byte < 0x20 && byte !== 0x09 && byte !== 0x0d) || byte === 0x7f) return false;
  if (lineEnd < 0) return true;
  const fields = line
    .toString('latin1')
    .trim()
    .split(/[ \t]+/);
  return NUMBER.test(fields.at(-1)!) || fields.length > columns;
}

/** What separates the numbers of the row at `start`: its last white space before the last number. */
export function separatorAt(head: Buffer, start: number): ' ' | '\t' {
  const lineEnd = head.indexOf(LINE_FEED, start);
  const line = head.toString('latin1', start, lineEnd < 0 ? head.length : lineEnd).replace(/[ \t]*\r?$/, '');
  return line.lastIndexOf('\t') > line.lastIndexOf(' ') ? '\t' : ' ';
}

/** Rows that are looked at to find the layout of a file without a header. */
const SAMPLE_ROWS = 100;

/**
 * The layout of rows without a header: the dimension is the smallest number of decimal numbers at the end of the lines
 * seen, since a key may itself contain numbers after a space. Undefined when the first line is no such row.
 */
export function rowLayout(head: Buffer, isWhole: boolean): RowLayout | undefined {
  const start = textStart(head);
  const separator = separatorAt(head, start);
  const rows = sampleRows(head, start, separator, isWhole);
  const [first] = rows;
  if (first === undefined || first.numbers === 0) return undefined;
  if (separator === '\t' && rows.every((row) => row.numbers === first.fields && row.fields === first.fields)) {
    checkShape(undefined, first.fields, start);
    return { separator, columns: first.fields, hasKeys: false };
  }
  const columns = Math.min(...rows.map((row) => Math.min(row.numbers, row.fields - 1)).filter((n) => n > 0));
  if (columns === Number.POSITIVE_INFINITY) return undefined;
  checkShape(undefined, columns, start);
  return { separator, columns, hasKeys: true };
}

function sampleRows(head: Buffer, start: number, separator: string, isWhole: boolean) {
  const rows: { readonly fields: number; readonly numbers: number }[] = [];
  for (let at = start; at < head.length && rows.length < SAMPLE_ROWS; ) {
    const lineEnd = head.indexOf(LINE_FEED, at);
    // A line that is cut here says nothing, unless it is all there is.
    if (lineEnd < 0 && (!isWhole || rows.length > 0)) break;
    const end = lineEnd < 0 ? head.length : lineEnd;
    const fields = head
      .toString('latin1', at, end)
      .replace(/[ \t]*\r?$/, '')
      .split(separator);
    let numbers = 0;
    while (numbers < fields.length && NUMBER.test(fields[fields.length - 1 - numbers]!)) numbers++;
    rows.push({ fields: fields.length, numbers });
    at = end + 1;
  }
  return rows;
}

import { WordmillError } from '@wordmill/native';
import { checkShape, formatError, limitError, truncatedError } from './limits.js';

/** numpy itself refuses to read longer ones. */
const MAX_HEADER_BYTES = 10_000;

/** A matrix of floats as the header of a `.npy` file describes it. */
export interface NpyHeader {
  readonly rows: number;
  readonly columns: number;
  readonly kind: 'f';
  /** bytes of a number: 2, 4 or 8 */
  readonly size: number;
  /** true: big-endian */
  readonly swapped: boolean;
  readonly dataOffset: number;
}

/** Reads the header from the first bytes of a file of that length; what this package does not read is refused. */
export function npyHeader(head: Buffer, fileBytes: number): NpyHeader {
  const major = head[6];
  if (head.length < 10 || major === undefined) throw truncatedError('its header is incomplete', fileBytes);
  if (major < 1 || major > 3) throw formatError(`it has version ${major} of the .npy format; 1 to 3 are known`, 6);
  const start = major === 1 ? 10 : 12;
  if (head.length < start) throw truncatedError('its header is incomplete', fileBytes);
  const length = major === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8);
  if (length > MAX_HEADER_BYTES) throw limitError(`it claims a header of ${length} bytes`, 8);
  if (start + length > fileBytes) throw truncatedError(`it claims a header of ${length} bytes`, fileBytes);
  return { ...parse(head.toString('latin1', start, start + length), start), dataOffset: start + length };
}

/** The header is a Python dictionary with exactly three entries. */
function parse(text: string, offset: number): Omit<NpyHeader, 'dataOffset'> {
  const descr = /'descr'\s*:\s*('([^']*)'|\[)/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text);
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text);
  if (!/^\{.*\}\s*$/s.test(text) || descr === null || order === null || shape === null) {
    throw formatError('its header is no dictionary of descr, fortran_order and shape', offset);
  }
  const number = /^([<>=|])f([248])$/.exec(descr[2] ?? '');
  if (number === null) throw wrongNumbers(descr[2] ?? 'records');
  if (order[1] === 'True') {
    throw unsupported('its matrix is stored column by column', 'numpy.save(path, numpy.ascontiguousarray(matrix))');
  }
  const sizes = shape[1]!.split(',').map((size) => size.trim().replace(/L$/, ''));
  if (sizes.at(-1) === '') sizes.pop();
  if (sizes.length !== 2) {
    throw unsupported(`it holds an array of ${sizes.length} dimensions`, 'save a matrix of rows x columns');
  }
  const [rows, columns] = sizes.map(Number) as [number, number];
  if (!Number.isSafeInteger(rows * columns * 8)) throw limitError(`it claims ${rows} x ${columns} numbers`, offset);
  checkShape(rows, columns, offset);
  return { rows, columns, kind: 'f', size: Number(number[2]), swapped: number[1] === '>' };
}

function wrongNumbers(descr: string): WordmillError {
  if (/O/.test(descr)) {
    return unsupported('it holds Python objects (a pickle)', 'numpy.save(path, matrix.astype("float32"))');
  }
  return unsupported(`it holds ${descr}, not floats`, 'numpy.save(path, matrix.astype("float32"))');
}

function unsupported(what: string, advice: string): WordmillError {
  return new WordmillError('ERR_WORDMILL_UNSUPPORTED', `${what}; write it again with ${advice}`);
}

/** The header that numpy would write, version 1.0: padded so that the matrix begins at a multiple of 64 bytes. */
export function npyHeaderBytes(rows: number, columns: number, size: number): Buffer {
  const text = `{'descr': '<f${size}', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const bytes = Buffer.alloc(Math.ceil((10 + text.length + 1) / 64) * 64, ' ');
  bytes.write('\x93NUMPY\x01\x00', 0, 'latin1');
  bytes.writeUInt16LE(bytes.length - 10, 8);
  bytes.write(text, 10, 'latin1');
  bytes[bytes.length - 1] = 0x0a;
  return bytes;
}

import { type DType, type Keys, native, type Table } from '@wordmill/native';
import type { Cancellation } from '../cancellation.js';
import { formatError, limitError, MAX_COLUMNS, MAX_ROWS, requireMemory } from './limits.js';
import { rowBytes } from './numbers.js';
import type { SafetensorsFile, TensorSource } from './safetensors.js';
import type { TensorInfo } from './safetensors-header.js';

/** The engine's number types by their names in safetensors files. */
export const TABLE_DTYPES: Readonly<Record<string, DType>> = { F32: 'f32', F16: 'f16', BF16: 'bf16', I8: 'i8' };

/** The tensor of the scales of an I8 tensor: number = byte * scale of its row. */
export function scalesOf(name: string): string {
  return `${name}.scales`;
}

/** A table as it is stored, converted to `dtype`: a tensor of shape [rows, columns], and for `i8` one of the rows' scales. */
export function tableTensors(name: string, table: Table, dtype: DType = table.describe().dtype): TensorSource[] {
  if (dtype !== 'i8') return [tableTensor(name, table, dtype)];
  const { rows, columns } = table.describe();
  return [
    {
      name,
      dtype: 'I8',
      shape: [rows, columns],
      unit: columns,
      read: (at, out) => table.readScaled(at / columns, out.length / columns, out, undefined),
    },
    {
      name: scalesOf(name),
      dtype: 'F32',
      shape: [rows],
      read: (at, out) => {
        const scales = new Float32Array(out.length / 4);
        table.readScaled(at / 4, scales.length, undefined, scales);
        out.set(new Uint8Array(scales.buffer));
      },
    },
  ];
}

/** A table of f32, f16 or bf16 as a tensor of shape [rows, columns], converted to `dtype`. */
export function tableTensor(name: string, table: Table, dtype: DType = table.describe().dtype): TensorSource {
  return rowsTensor(name, table, 0, table.describe().rows, dtype);
}

/** Some rows of a table as a tensor. */
export function rowsTensor(
  name: string,
  table: Table,
  firstRow: number,
  rows: number,
  dtype: DType = table.describe().dtype,
): TensorSource {
  const unit = rowBytes(dtype, table.describe().columns);
  return {
    name,
    dtype: dtype.toUpperCase(),
    shape: [rows, table.describe().columns],
    unit,
    read: (firstByte, out) => table.read(firstRow + firstByte / unit, out.length / unit, dtype, out),
  };
}

/** Keys as the tensors `NAME.bytes`, `NAME.offsets` and `NAME.index`, with which they are found again without being read. */
export function keyTensors(name: string, keys: Keys): TensorSource[] {
  const { bytes, offsets, slots } = keys.partSizes();
  return [
    { name: `${name}.bytes`, dtype: 'U8', shape: [bytes], unit: 1, read: (at, out) => keys.part('bytes', at, out) },
    { name: `${name}.offsets`, dtype: 'U64', shape: [offsets / 8], read: (at, out) => keys.part('offsets', at, out) },
    { name: `${name}.index`, dtype: 'U32', shape: [slots / 4], read: (at, out) => keys.part('slots', at, out) },
  ];
}

/** Numbers in memory as a tensor of one dimension. */
export function arrayTensor(
  name: string,
  dtype: string,
  values: ArrayBufferView & { readonly length: number },
): TensorSource {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return {
    name,
    dtype,
    shape: [values.length],
    read: (at, out) => out.set(bytes.subarray(at, at + out.length)),
  };
}

/** The tensor of a table: rank 2, within the limits, and where it is of bytes with scales, unless those are not needed. */
export function tableInfo(
  file: SafetensorsFile,
  name: string,
  { scales: needsScales = true }: { readonly scales?: boolean } = {},
): TensorInfo & { readonly table: DType } {
  const tensor = file.tensor(name, Object.keys(TABLE_DTYPES), 2);
  const [rows, columns] = tensor.shape as [number, number];
  if (rows === 0 || columns === 0) throw formatError(`tensor "${name}" is empty`, tensor.offset);
  if (rows > MAX_ROWS || columns > MAX_COLUMNS) {
    throw limitError(
      `tensor "${name}" is [${tensor.shape}]; at most [${MAX_ROWS},${MAX_COLUMNS}] is read`,
      tensor.offset,
    );
  }
  if (tensor.dtype === 'I8' && needsScales) {
    const scales = file.tensor(scalesOf(name), ['F32'], 1);
    if (scales.shape[0] !== rows) {
      throw formatError(`tensor "${scales.name}" holds ${scales.shape[0]} scales for ${rows} rows`, scales.offset);
    }
  }
  return { ...tensor, table: TABLE_DTYPES[tensor.dtype]! };
}

/** Copies a tensor, or its first rows, into a new table, which can be trained when it is f32. The checksum is checked. */
export async function readTable(
  file: SafetensorsFile,
  name: string,
  options: {
    readonly dtype?: DType | undefined;
    readonly limit?: number | undefined;
    /** one for each row, for bytes that have none in the file */
    readonly scales?: Float32Array | undefined;
    readonly cancellation?: Cancellation | undefined;
    readonly onBytes?: ((done: number) => void) | undefined;
  } = {},
): Promise<Table> {
  const { shape, table: stored } = tableInfo(file, name, { scales: options.scales === undefined });
  const [all, columns] = shape as [number, number];
  const rows = Math.min(all, options.limit ?? all);
  const dtype = options.dtype ?? stored;
  requireMemory(
    rows * rowBytes(dtype, columns),
    `a table of ${rows} x ${columns}`,
    "map the file (mmap), load fewer rows (limit) or dtype: 'f16' or 'i8'",
  );
  const scales = stored === 'i8' ? (options.scales ?? (await readScales(file, name, options.cancellation))) : undefined;
  const table = native().createTable(dtype, rows, columns);
  const unit = scales === undefined ? rowBytes(stored, columns) : columns;
  const write = (piece: Uint8Array, firstByte: number): void => {
    const row = firstByte / unit;
    const count = piece.length / unit;
    if (scales === undefined) table.write(row, count, stored, piece);
    else table.writeScaled(row, count, piece, scales.subarray(row, row + count));
    options.onBytes?.(firstByte + piece.length);
  };
  try {
    if (rows === all) await file.read(name, unit, write, options.cancellation);
    else await file.readRange(name, 0, rows * unit, unit, write, options.cancellation);
  } catch (error) {
    table.dispose();
    throw error;
  }
  return table;
}

async function readScales(
  file: SafetensorsFile,
  name: string,
  cancellation: Cancellation | undefined,
): Promise<Float32Array> {
  const bytes = await file.readWhole(scalesOf(name), cancellation);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** The tensors of keys, with lengths that fit each other and `rows`. */
export function keyInfos(file: SafetensorsFile, name: string, rows: number) {
  const bytes = file.tensor(`${name}.bytes`, ['U8'], 1);
  const offsets = file.tensor(`${name}.offsets`, ['U64'], 1);
  const index = file.tensor(`${name}.index`, ['U32'], 1);
  if (offsets.shape[0] !== rows + 1) {
    throw formatError(`tensor "${offsets.name}" holds ${offsets.shape[0]} offsets for ${rows} rows`, offsets.offset);
  }
  const slots = index.shape[0]!;
  if (slots <= rows || !Number.isInteger(Math.log2(slots))) {
    throw formatError(`tensor "${index.name}" has ${slots} places for ${rows} keys`, index.offset);
  }
  return { bytes, offsets, index };
}

/** Copies keys, or the first of them, into memory. The checksums are checked. */
export async function readKeys(
  file: SafetensorsFile,
  name: string,
  rows: number,
  options: { readonly limit?: number | undefined; readonly cancellation?: Cancellation | undefined } = {},
): Promise<Keys> {
  const infos = keyInfos(file, name, rows);
  const bytes = await file.readWhole(infos.bytes.name, options.cancellation);
  const offsets = await file.readWhole(infos.offsets.name, options.cancellation);
  checkOffsets(offsets, bytes.length, infos.offsets);
  const kept = Math.min(rows, options.limit ?? rows);
  const starts = new BigUint64Array(offsets.buffer, offsets.byteOffset, kept + 1);
  return native().createKeys(bytes.subarray(0, Number(starts[kept])), starts);
}

/** Offsets must ascend from 0 to the length of the bytes. Read as pairs of 32-bit words, since BigInts are slow. */
function checkOffsets(offsets: Buffer, length: number, tensor: TensorInfo): void {
  const words = new Uint32Array(offsets.buffer, offsets.byteOffset, offsets.length / 4);
  let previous = 0;
  for (let i = 0; i < words.length; i += 2) {
    const offset = words[i + 1]! * 2 ** 32 + words[i]!;
    if (offset < previous || offset > length || (i === 0 && offset !== 0)) {
      throw formatError(`tensor "${tensor.name}" has a wrong offset ${offset} for key ${i / 2}`, tensor.offset + i * 4);
    }
    previous = offset;
  }
  if (previous !== length) {
    throw formatError(`tensor "${tensor.name}" ends at ${previous} of ${length} key bytes`, tensor.offset);
  }
}

/** The tensor of frequencies, or undefined when there is none. The checksum is checked. */
export async function readCounts(
  file: SafetensorsFile,
  name: string,
  rows: number,
  cancellation?: Cancellation | undefined,
): Promise<BigUint64Array | undefined> {
  if (!file.tensors.has(name)) return undefined;
  const tensor = file.tensor(name, ['U64'], 1);
  if (tensor.shape[0] !== rows) {
    throw formatError(`tensor "${name}" holds ${tensor.shape[0]} counts for ${rows} rows`, tensor.offset);
  }
  const bytes = await file.readWhole(name, cancellation);
  return new BigUint64Array(bytes.buffer, bytes.byteOffset, rows);
}

/** Keys of their own, for a second owner. */
export function copyKeys(keys: Keys): Keys {
  const sizes = keys.partSizes();
  const bytes = new Uint8Array(sizes.bytes);
  keys.part('bytes', 0, bytes);
  const offsets = new BigUint64Array(sizes.offsets / 8);
  keys.part('offsets', 0, new Uint8Array(offsets.buffer));
  return native().createKeys(bytes, offsets);
}

import type { DType } from '@wordmill/native';

/** Number types of tables that are made; those of GGUF's blocks are only read. */
export const TABLE_TYPES = ['f32', 'f16', 'bf16', 'i8'] as const;
export type TableType = (typeof TABLE_TYPES)[number];

/** Numbers of a block of `q8_0` and `q4_0`. */
export const BLOCK_NUMBERS = 32;

/** Bytes of a row, one after the other: those of `i8` end in their scale. */
export function rowBytes(dtype: DType, columns: number): number {
  switch (dtype) {
    case 'f32':
      return columns * 4;
    case 'f16':
    case 'bf16':
      return columns * 2;
    case 'i8':
      return columns + 4;
    case 'q8_0':
      return (columns / BLOCK_NUMBERS) * 34;
    case 'q4_0':
      return (columns / BLOCK_NUMBERS) * 18;
  }
}

/** The type of a new table for rows of that type, some of which may change. */
export function writableType(dtype: DType): TableType {
  return dtype === 'q8_0' || dtype === 'q4_0' ? 'f32' : dtype;
}

import type { DType } from '@wordmill/native';

/** Bytes of one number. */
export function bytesOf(dtype: DType): number {
  return dtype === 'f32' ? 4 : 2;
}

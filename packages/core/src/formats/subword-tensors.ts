import { native, type Table } from '@wordmill/native';
import * as v from 'valibot';
import type { Cancellation } from '../cancellation.js';
import type { NativeSubwords } from './format.js';
import { formatError } from './limits.js';
import { readMetadata } from './metadata.js';
import type { SafetensorsFile, TensorSource } from './safetensors.js';
import { arrayTensor, readTable, rowsTensor, tableInfo } from './tensors.js';

/** Vectors of n-grams, and the bucket of each. */
export const NGRAMS = 'ngrams';
export const BUCKETS = `${NGRAMS}.buckets`;
export const RULES_NAME = 'wordmill.subwords';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const rulesSchema = v.object({
  minLength: whole,
  maxLength: whole,
  buckets: whole,
  hashes: v.optional(v.picklist([0, 1, 2, 3, 4]), 0),
});

/** The rows of n-grams as a tensor of shape [rows, dimension], and that of their buckets. */
export function subwordTensors({ index, table }: NativeSubwords): TensorSource[] {
  const { firstRow, rows } = index.describe();
  return [rowsTensor(NGRAMS, table, firstRow, rows), arrayTensor(BUCKETS, 'U32', index.buckets())];
}

export function subwordMetadata({ index }: NativeSubwords): Record<string, string> {
  const { minLength, maxLength, buckets, hashes } = index.describe();
  return { [RULES_NAME]: JSON.stringify({ minLength, maxLength, buckets, ...(hashes > 0 && { hashes }) }) };
}

/** The subwords of a file, mapped or copied; undefined where it has none. */
export async function readSubwords(
  file: SafetensorsFile,
  columns: number,
  mapped: boolean,
  cancellation: Cancellation,
): Promise<NativeSubwords | undefined> {
  if (file.metadata[RULES_NAME] === undefined) return undefined;
  const rules = readMetadata(file, RULES_NAME, rulesSchema);
  const { shape, offset, table: dtype, bytes } = tableInfo(file, NGRAMS);
  const [rows, width] = shape as [number, number];
  const buckets = file.tensor(BUCKETS, ['U32'], 1);
  if (width !== columns || buckets.shape[0] !== rows) {
    throw formatError(
      `tensor "${NGRAMS}" is [${shape}]; with ${buckets.shape[0]} buckets and vectors of ${columns} numbers it must be ` +
        `[${buckets.shape[0]},${columns}]`,
      offset,
    );
  }
  const stored = await file.readWhole(BUCKETS, cancellation);
  const ids = new Uint32Array(stored.buffer, stored.byteOffset, rows);
  const table: Table = mapped
    ? native().mapTable(file.path, offset, dtype, rows, columns, bytes / rows)
    : await readTable(file, NGRAMS, { cancellation });
  try {
    return { index: native().createSubwords(rules, 0, ids, false), table };
  } catch (error) {
    table.dispose();
    throw formatError(`the subwords of this file are wrong: ${(error as Error).message}`, buckets.offset);
  }
}

/** The buckets of the rows of n-grams. */
export async function readBuckets(
  file: SafetensorsFile,
  ngrams: number,
  cancellation: Cancellation,
): Promise<Uint32Array> {
  if (ngrams === 0) return new Uint32Array(0);
  const { shape, offset } = file.tensor(BUCKETS, ['U32'], 1);
  if (shape[0] !== ngrams) {
    throw formatError(`tensor "${BUCKETS}" holds ${shape[0]} of ${ngrams} buckets`, offset);
  }
  const bytes = await file.readWhole(BUCKETS, cancellation);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, ngrams);
}

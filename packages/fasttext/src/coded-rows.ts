import { WordmillError } from '@wordmill/core';
import type { Cancellation } from '@wordmill/core/internal';
import { native, type QuantizedParts, type Table } from '@wordmill/native';
import { firstRows } from './copied-rows.js';

/** How rows are coded. */
export interface Coding {
  readonly pieceLength: number;
  readonly normalize: boolean;
  readonly threads: number;
}

/** A table in codes, and what they stand for. */
export interface CodedRows {
  readonly parts: QuantizedParts;
  readonly decoded: Table;
}

/** fastText's seed of k-means. */
const SEED = 1234n;

/** Codes all rows of a table. */
export async function codeRows(
  table: Table,
  { pieceLength, normalize, threads }: Coding,
  cancellation: Cancellation,
): Promise<CodedRows> {
  const rows = firstRows(table.describe().rows);
  const how = { pieceLength, norms: normalize, seed: SEED, threads };
  const coded = await cancellation.run((signal) => native().quantizeRows(table, rows, how, signal));
  try {
    return { parts: coded.parts(), decoded: await coded.decode() };
  } finally {
    coded.dispose();
  }
}

/** Refuses what cannot be coded, or is already. */
export function checkCoding(
  { settings, quantized }: { readonly settings: { readonly vectorSize: number }; readonly quantized: unknown },
  pieceLength: number,
): void {
  if (quantized !== undefined) {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      'the model is quantised already: quantise the one it was made from',
    );
  }
  if (pieceLength > settings.vectorSize) {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `option pieceLength is ${pieceLength}, above the vectors' ${settings.vectorSize} numbers`,
      { option: 'pieceLength' },
    );
  }
}

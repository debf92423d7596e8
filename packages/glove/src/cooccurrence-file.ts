import { WordmillError } from '@wordmill/core';
import {
  arrayTensor,
  type Cancellation,
  COUNTS,
  FORMAT_VERSION,
  KEYS,
  KIND_NAME,
  keyTensors,
  type LongWork,
  readCounts,
  readKeys,
  readMetadata,
  readSafetensors,
  readTokenizerMetadata,
  type SafetensorsFile,
  tokenizerMetadata,
  VERSION_NAME,
  writeSafetensors,
} from '@wordmill/core/internal';
import { type CooccurrencePart, type Keys, native } from '@wordmill/native';
import * as v from 'valibot';
import type { CountedWords } from './counting.js';
import { type CheckedStorageOptions, countingSchema, engineStorage } from './settings.js';

const KIND = 'cooccurrence';
const MATRIX_NAME = 'cooccurrence.matrix';
const SETTINGS_NAME = 'cooccurrence.settings';

/** Names and number types of the tensors that hold the engine's parts. */
const PARTS = [
  { part: 'offsets', name: 'rows.offsets', dtype: 'U64', bytes: 8 },
  { part: 'columns', name: 'columns', dtype: 'U32', bytes: 4 },
  { part: 'values', name: 'values', dtype: 'F64', bytes: 8 },
] as const satisfies readonly { part: CooccurrencePart; name: string; dtype: string; bytes: number }[];

const matrixSchema = v.object({ symmetric: v.boolean(), unit: v.pipe(v.number(), v.minValue(1)) });

/**
 * Compressed rows: entries of row r are `rows.offsets[r]` to `rows.offsets[r + 1]`, of a symmetric matrix those with column <=
 * row; a value is a count times the unit in the metadata.
 */
export async function saveMatrix(
  path: string | URL,
  { matrix, keys, counts, settings, tokenizer }: CountedWords,
  work: LongWork,
): Promise<void> {
  const sizes = matrix.partSizes();
  const parts = PARTS.map(({ part, name, dtype, bytes }) => ({
    name,
    dtype,
    shape: [sizes[part] / bytes],
    read: (firstByte: number, out: Uint8Array) => matrix.part(part, firstByte, out),
  }));
  const { symmetric, unit } = matrix.describe();
  const metadata = {
    [VERSION_NAME]: FORMAT_VERSION,
    [KIND_NAME]: KIND,
    [MATRIX_NAME]: JSON.stringify({ symmetric, unit }),
    ...(settings && { [SETTINGS_NAME]: JSON.stringify(settings) }),
    ...tokenizerMetadata(tokenizer),
  };
  const tensors = [...parts, ...keyTensors(KEYS, keys), arrayTensor(COUNTS, 'U64', counts)];
  await writeSafetensors(path, { tensors, metadata }, work);
}

/** Reads a file that {@link saveMatrix} wrote. The engine checks the matrix; checksums are checked first. */
export function loadMatrix(path: string | URL, options: CheckedStorageOptions & LongWork): Promise<CountedWords> {
  return readSafetensors(path, options, async (file, cancellation, onProgress) => {
    if (file.metadata[KIND_NAME] !== KIND) throw notCounts(file);
    await file.verify({ signal: cancellation.signal, onProgress });
    return readMatrix(file, options, cancellation);
  });
}

async function readMatrix(
  file: SafetensorsFile,
  options: CheckedStorageOptions,
  cancellation: Cancellation,
): Promise<CountedWords> {
  const { symmetric, unit } = readMetadata(file, MATRIX_NAME, matrixSchema);
  const settings =
    file.metadata[SETTINGS_NAME] === undefined ? undefined : readMetadata(file, SETTINGS_NAME, countingSchema);
  const [offsets, columns, values] = PARTS.map(({ name, dtype }) => file.tensor(name, [dtype], 1));
  const rows = offsets!.shape[0]! - 1;
  const stored = columns!.shape[0]!;
  if (rows < 1 || values!.shape[0] !== stored) {
    throw new WordmillError(
      'ERR_WORDMILL_FORMAT',
      `it holds ${rows} rows, ${stored} columns and ${values!.shape[0]} values, which are no matrix`,
      { offset: offsets!.offset },
    );
  }
  let keys: Keys | undefined;
  try {
    keys = await readKeys(file, KEYS, rows, { cancellation });
    const counts = await readCounts(file, COUNTS, rows, cancellation);
    if (counts === undefined) throw new WordmillError('ERR_WORDMILL_FORMAT', `it has no tensor "${COUNTS}"`);
    const places = { offsetsAt: offsets!.offset, columnsAt: columns!.offset, valuesAt: values!.offset };
    const matrix = await cancellation.run((signal) =>
      native().loadCooccurrence(
        { path: file.path, rows, stored, symmetric, unit, ...places },
        engineStorage(options),
        signal,
      ),
    );
    return { matrix, keys, counts, settings, tokenizer: readTokenizerMetadata(file.metadata) };
  } catch (error) {
    keys?.dispose();
    throw error;
  }
}

function notCounts(file: SafetensorsFile): WordmillError {
  const kind = file.metadata[KIND_NAME];
  return new WordmillError(
    'ERR_WORDMILL_FORMAT',
    kind === undefined
      ? 'it is a safetensors file of another program, not co-occurrence counts'
      : `it holds ${kind}, not co-occurrence counts`,
  );
}

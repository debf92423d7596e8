import { join } from 'node:path';
import { native, type Table } from '@wordmill/native';
import { fileError, WordmillError } from '../errors.js';
import type { NativeVectors, ReadSettings } from '../formats/format.js';
import { formatError, requireMemory } from '../formats/limits.js';
import { rowBytes, writableType } from '../formats/numbers.js';
import { openSafetensors, type SafetensorsFile } from '../formats/safetensors.js';
import { isMapped, refuseReplaced } from '../formats/table-placement.js';
import { readTable, tableInfo } from '../formats/tensors.js';
import { checkVocabulary } from '../tokenizers/checks.js';
import { tokenizerFingerprint, tokenizerMetadata } from '../tokenizers/fingerprint.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';
import { readTokenizerJson, tokenizerOf } from '../tokenizers/tokenizer-file.js';
import { readMapping, readWeights } from './token-numbers.js';

/** Names of the table in Model2Vec's own layout, and in that of sentence-transformers. */
const TABLES = ['embeddings', 'embedding.weight'];
const WEIGHTS = 'weights';
const MAPPING = 'mapping';
/** Rows copied at once. */
const COPY_NUMBERS = 1 << 20;

/** What a folder of Model2Vec holds. */
export interface Model2VecParts {
  /** row i is that of token i */
  readonly vectors: NativeVectors;
  /** what each token's row is multiplied by */
  readonly weights: Float32Array | undefined;
  readonly tokenizer: Tokenizer;
  /** id of the token that stands for unknown words */
  readonly unknown: number | undefined;
  readonly normalize: boolean;
}

/** Reads `model.safetensors`, `tokenizer.json` and `config.json`. */
export async function readModel2Vec(
  folder: string,
  given: Tokenizer | undefined,
  settings: Pick<ReadSettings, 'dtype' | 'mmap' | 'cancellation' | 'onProgress'>,
): Promise<Model2VecParts> {
  const { normalize } = await readTokenizerJson(join(folder, 'config.json'));
  if (normalize !== undefined && typeof normalize !== 'boolean') {
    throw fileError(formatError('its normalize is neither true nor false'), join(folder, 'config.json'));
  }
  const { tokenizer, unknown } = await readTokenizer(join(folder, 'tokenizer.json'), folder, given);
  const tokens = tokenizer.vocabulary.length;
  const file = await openSafetensors(join(folder, 'model.safetensors'));
  try {
    const name = TABLES.find((known) => file.tensors.has(known));
    if (name === undefined)
      throw formatError(`it has no tensor "${TABLES.join('" or "')}": it is no model of Model2Vec`);
    const rows = await readMapping(file, MAPPING, tokens, settings.cancellation);
    const weights = await readWeights(file, WEIGHTS, tokens, settings.cancellation);
    const stored = await readRows(file, name, settings);
    const table = rows === undefined ? stored : await spread(stored, rows, settings);
    const found = table.describe().rows;
    if (found !== tokens) {
      table.dispose();
      throw new WordmillError(
        'ERR_WORDMILL_TOKENIZER',
        `the tokenizer ${JSON.stringify(tokenizer.name)} has ${tokens} tokens and the model ${found} rows: give the tokenizer that ` +
          'the model was made with',
        { option: 'tokenizer' },
      );
    }
    const metadata = tokenizerMetadata(tokenizerFingerprint(tokenizer));
    const vectors = { table, keys: native().createKeysFrom([...tokenizer.vocabulary]), metadata };
    return { vectors, weights, tokenizer, unknown, normalize: normalize === true };
  } catch (error) {
    throw fileError(error, file.path);
  } finally {
    await file.close();
  }
}

/** The tokenizer, and which of its ids is unknown, as `tokenizer.json` says it; a given one may do without that file. */
async function readTokenizer(
  path: string,
  folder: string,
  given: Tokenizer | undefined,
): Promise<{ readonly tokenizer: Tokenizer; readonly unknown: number | undefined }> {
  let json: Readonly<Record<string, unknown>> = {};
  try {
    json = await readTokenizerJson(path);
  } catch (error) {
    if (given === undefined || (error as { system?: unknown }).system !== 'ENOENT') throw error;
  }
  const tokenizer = given ?? (await tokenizerOf(json, path, folder));
  checkVocabulary(tokenizer);
  const { model } = json;
  const token = typeof model === 'object' && model !== null ? (model as { unk_token?: unknown }).unk_token : undefined;
  const unknown = typeof token === 'string' ? tokenizer.vocabulary.indexOf(token) : -1;
  return { tokenizer, unknown: unknown < 0 ? undefined : unknown };
}

/** The rows as the file has them; bytes without scales (Model2Vec's int8) are whole numbers. */
async function readRows(
  file: SafetensorsFile,
  name: string,
  settings: Pick<ReadSettings, 'dtype' | 'mmap' | 'cancellation' | 'onProgress'>,
): Promise<Table> {
  const { table: stored, shape, offset, bytes } = tableInfo(file, name, { scales: false });
  const [rows, columns] = shape as [number, number];
  if (isMapped(stored, settings)) {
    const table = native().mapTable(file.path, offset, stored, rows, columns, bytes / rows);
    await refuseReplaced(file.path, file.inode);
    return table;
  }
  const { dtype, cancellation, onProgress } = settings;
  const onBytes = (done: number): void => onProgress?.({ phase: 'loading', done, total: bytes });
  const scales = stored === 'i8' ? new Float32Array(rows).fill(1) : undefined;
  return readTable(file, name, { dtype, cancellation, onBytes, scales });
}

/** A row for each token, of a table whose rows several tokens share. */
async function spread(
  table: Table,
  rows: Uint32Array,
  { cancellation }: Pick<ReadSettings, 'cancellation'>,
): Promise<Table> {
  const { dtype: stored, columns, rows: known } = table.describe();
  const beyond = rows.findIndex((row) => row >= known);
  const dtype = writableType(stored);
  try {
    if (beyond >= 0)
      throw formatError(`tensor "${MAPPING}" holds ${rows[beyond]} for token ${beyond}; there are ${known} rows`);
    requireMemory(rows.length * rowBytes(dtype, columns), `a table of ${rows.length} x ${columns}`, 'free some memory');
    const whole = native().createTable(dtype, rows.length, columns);
    const step = Math.max(1, Math.floor(COPY_NUMBERS / columns));
    for (let first = 0; first < rows.length; first += step) {
      cancellation.throwIfAborted();
      const some = rows.subarray(first, first + step);
      const values = new Float32Array(some.length * columns);
      await table.gatherAsync(some, values, 0);
      whole.write(first, some.length, 'f32', values);
    }
    return whole;
  } finally {
    table.dispose();
  }
}

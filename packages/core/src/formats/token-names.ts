import { access, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Keys, native } from '@wordmill/native';
import { fileError } from '../errors.js';
import { statRegularFile } from '../files.js';
import { keysById } from '../tokenizers/vocabulary.js';
import type { ReadSettings } from './format.js';
import { applyUtf8Policy, keyBytes } from './key-bytes.js';
import { readTokenizerVocabulary } from './tokenizer-vocabulary.js';
import { readWordList } from './word-list.js';

/** Keys of a table whose row i is token i, and how many tokens had occurred before. */
export interface TokenKeys {
  readonly keys: Keys;
  readonly duplicates: number;
}

/**
 * The keys of a table that has none: from the file of option `words` (one a line, or a `tokenizer.json`), else from the
 * `tokenizer.json` beside the table, else the numbers of the rows.
 */
export async function tokenKeysBeside(
  path: string,
  rows: number,
  settings: Pick<ReadSettings, 'words' | 'limit' | 'invalidUtf8'>,
): Promise<TokenKeys> {
  const kept = Math.min(rows, settings.limit ?? rows);
  const beside = join(dirname(path), 'tokenizer.json');
  const words = settings.words ?? ((await exists(beside)) ? beside : undefined);
  if (words === undefined) {
    return { keys: native().createKeysFrom(Array.from({ length: kept }, (_, row) => String(row))), duplicates: 0 };
  }
  if (await isJson(words)) return namedRows(await readTokenizerVocabulary(words, rows), kept);
  return rowKeys(await readWordList(words, rows, settings.limit), kept, settings);
}

/** Keys from a list of tokens that may be shorter than the table, and have the same token twice. Takes over `tokens`. */
export function rowKeys(tokens: Keys, rows: number, { invalidUtf8 }: Pick<ReadSettings, 'invalidUtf8'>): TokenKeys {
  let keys: Keys;
  try {
    keys = applyUtf8Policy(tokens, invalidUtf8);
  } catch (error) {
    tokens.dispose();
    throw error;
  }
  const { bytes, offsets } = keyBytes(keys);
  const hasEmpty = offsets.some((offset, row) => row > 0 && offset === offsets[row - 1]);
  if (keys.size === rows && keys.duplicates === 0 && !hasEmpty) return { keys, duplicates: 0 };
  keys.dispose();
  const names = Array.from({ length: Math.min(rows, offsets.length - 1) }, (_, row) =>
    bytes.toString('latin1', Number(offsets[row]), Number(offsets[row + 1])),
  );
  const unique = uniqueNames(names, rows);
  const starts = new BigUint64Array(rows + 1);
  let length = 0;
  unique.names.forEach((name, row) => {
    length += name.length;
    starts[row + 1] = BigInt(length);
  });
  const joined = Buffer.from(unique.names.join(''), 'latin1');
  return { keys: native().createKeys(joined, starts), duplicates: unique.duplicates };
}

function namedRows(names: readonly (string | undefined)[], rows: number): TokenKeys {
  const unique = uniqueNames(names, rows);
  return { keys: native().createKeysFrom(unique.names), duplicates: unique.duplicates };
}

/**
 * Rows are token ids and must stay where they are: one without a token, or with a token that had occurred before, gets a key
 * of its own, the same as a tokenizer gives it.
 */
function uniqueNames(
  given: readonly (string | undefined)[],
  rows: number,
): { readonly names: string[]; readonly duplicates: number } {
  const { keys: names } = keysById(Array.from({ length: rows }, (_, row) => [row, given[row] ?? ''] as const));
  const isRenamed = (name: string, row: number): boolean => (given[row] ?? '') !== '' && name !== given[row];
  return { names, duplicates: names.filter(isRenamed).length };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A list of words may begin with a brace; JSON objects go on with a name or end. */
async function isJson(path: string): Promise<boolean> {
  try {
    await statRegularFile(path);
    const handle = await open(path, 'r');
    try {
      const start = Buffer.alloc(64);
      const { bytesRead } = await handle.read(start, 0, start.length, 0);
      return /^\s*\{\s*["}]/.test(start.toString('utf8', 0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

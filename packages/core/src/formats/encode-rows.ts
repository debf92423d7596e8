import { type EncodeOptions, isWordmillError, type Keys, native, type Table, WordmillError } from '@wordmill/native';
import type { FileWriter } from '../files.js';
import type { WriteSettings } from './format.js';
import { rowWithByte } from './key-bytes.js';

/** Encoding a buffer blocks the event loop: text takes about ten times longer than binary rows. */
const BINARY_BUFFER = 4 << 20;
const TEXT_BUFFER = 1 << 18;

/** Appends all rows, encoding one buffer while the one before it is being written. */
export async function encodeRows(
  file: FileWriter,
  table: Table,
  keys: Keys | undefined,
  options: EncodeOptions,
  settings: Pick<WriteSettings, 'cancellation' | 'onProgress'>,
): Promise<void> {
  const { rows } = table.describe();
  const size = options.style === 'binary' ? BINARY_BUFFER : TEXT_BUFFER;
  const buffers: Uint8Array[] = [new Uint8Array(size), new Uint8Array(size)];
  let writing: Promise<void> = Promise.resolve();
  try {
    for (let row = 0, turn = 0; row < rows; turn ^= 1) {
      settings.cancellation.throwIfAborted();
      const encoded = encodeSome(table, keys, row, options, buffers[turn]!);
      buffers[turn] = encoded.out;
      await writing;
      writing = file.write(encoded.out.subarray(0, encoded.bytes));
      row += encoded.rows;
      settings.onProgress?.({ phase: 'saving', done: row, total: rows });
    }
  } finally {
    await writing;
  }
}

function encodeSome(table: Table, keys: Keys | undefined, row: number, options: EncodeOptions, buffer: Uint8Array) {
  for (let out = buffer; ; out = new Uint8Array(out.length * 4)) {
    try {
      return { ...native().encodeRows(table, keys, row, options, out), out };
    } catch (error) {
      if (!isWordmillError(error) || error.code !== 'ERR_WORDMILL_LIMIT' || out.length >= 1 << 30) throw error;
    }
  }
}

/** Refuses keys that the format cannot hold, naming the first one. */
export function checkKeys(keys: Keys, forbidden: readonly number[], format: string, what: string): void {
  const row = rowWithByte(keys, forbidden);
  if (row < 0) return;
  throw new WordmillError(
    'ERR_WORDMILL_UNSUPPORTED',
    `the key ${JSON.stringify(keys.at(row))} (row ${row}) contains ${what}, which ${format} cannot hold; save as safetensors`,
  );
}

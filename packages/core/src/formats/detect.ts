import type { ByteSource } from './byte-source.js';
import { FASTTEXT_MAGIC } from './fasttext-layout.js';
import { isFloretTable } from './floret-header.js';
import type { FormatName } from './format.js';
import { formatError, truncatedError } from './limits.js';
import { type RefusedFormat, refusedFormat } from './refused.js';
import { MAX_HEADER_BYTES } from './safetensors-header.js';
import { isTextRow, readHeader, rowLayout } from './text-layout.js';

/** Recognises a format by the content of the file, whatever its name. */
export function detectFormat(source: ByteSource): FormatName | RefusedFormat {
  const { head } = source;
  if (head.length === 0) throw truncatedError('it is empty', 0);
  if (head.toString('latin1', 0, 6) === '\x93NUMPY') return 'npy';
  if (isSafetensors(head)) return 'safetensors';
  if (head.toString('latin1', 0, 4) === 'GGUF') return 'gguf';
  if (isSafetensorsIndex(head)) return 'safetensors-index';
  if (head.length >= 4 && head.readUInt32LE(0) === FASTTEXT_MAGIC) return 'fasttext-bin';
  if (isFloretTable(head)) return 'floret';
  const refused = refusedFormat(head, source.path);
  if (refused !== undefined) return refused;
  const header = readHeader(head);
  if (header !== undefined) return isTextRow(head, header) ? 'word2vec-text' : 'word2vec-binary';
  const layout = rowLayout(head, head.length === source.totalBytes);
  if (layout !== undefined) return layout.hasKeys ? 'glove-text' : 'projector';
  throw formatError(
    `its first bytes (${start(head)}) are of no format that is read: word2vec text and binary, fastText .vec, GloVe text, ` +
      'safetensors, GGUF, .npy, TensorFlow Projector',
    0,
  );
}

/** A possible header length, and JSON after it. */
function isSafetensors(head: Buffer): boolean {
  return head.length >= 9 && head[8] === 0x7b && head.readBigUInt64LE(0) <= BigInt(MAX_HEADER_BYTES);
}

/** JSON that says which tensor is in which file. */
function isSafetensorsIndex(head: Buffer): boolean {
  return /^\s*\{/.test(head.toString('latin1', 0, 64)) && head.includes('"weight_map"');
}

function start(head: Buffer): string {
  const some = head.subarray(0, 16);
  return /^[\x20-\x7e]*$/.test(some.toString('latin1')) ? JSON.stringify(some.toString()) : some.toString('hex');
}

import type { Cursor } from './file-cursor.js';
import { formatError, limitError, MAX_KEY_BYTES, truncatedError } from './limits.js';

/** Of an entry: NUL, count and type. */
export const ENTRY_TAIL = 10;

/** Words, then labels, one after the other. */
export interface FastTextDictionary {
  readonly words: number;
  readonly labels: number;
  readonly tokens: bigint;
  readonly bytes: Uint8Array;
  /** one more than there are entries */
  readonly offsets: BigUint64Array;
  readonly counts: BigUint64Array;
}

/** Reads the entries: each a word that ends with NUL, its count (64 bits) and its type, 0 for a word and 1 for a label. */
export async function readEntries(
  cursor: Cursor,
  fileBytes: number,
  words: number,
  labels: number,
): Promise<Pick<FastTextDictionary, 'bytes' | 'offsets' | 'counts'>> {
  const entries = words + labels;
  const offsets = new BigUint64Array(entries + 1);
  const counts = new BigUint64Array(entries);
  // A BigInt for each of millions of counts would take longer than all else.
  const offsetHalves = new Uint32Array(offsets.buffer);
  const countHalves = new Uint32Array(counts.buffer);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let entry = 0; entry < entries; ) {
    const ahead = await cursor.ahead(MAX_KEY_BYTES + ENTRY_TAIL);
    let at = 0;
    let kept = 0;
    for (; entry < entries; entry++) {
      const end = ahead.indexOf(0, at);
      if (end < 0 || end + ENTRY_TAIL > ahead.length) break;
      checkEntry(ahead, at, end, entry < words ? 0 : 1, entry, cursor.position);
      countHalves[2 * entry] = ahead.readUInt32LE(end + 1);
      countHalves[2 * entry + 1] = ahead.readUInt32LE(end + 5);
      // Words are moved together, over what has been read.
      ahead.copyWithin(kept, at, end);
      kept += end - at;
      offsetHalves[2 * entry + 2] = (length + kept) % 2 ** 32;
      offsetHalves[2 * entry + 3] = (length + kept) / 2 ** 32;
      at = end + ENTRY_TAIL;
    }
    if (at === 0 && entry < entries) throw unfinished(cursor.position, ahead.length, fileBytes);
    pieces.push(ahead.subarray(0, kept));
    length += kept;
    cursor.skip(at, 'the dictionary');
  }
  return { offsets, counts, bytes: Buffer.concat(pieces, length) };
}

function checkEntry(bytes: Buffer, at: number, end: number, type: number, entry: number, position: number): void {
  if (end - at > MAX_KEY_BYTES) throw limitError(`a word is longer than ${MAX_KEY_BYTES} bytes`, position + at);
  if (bytes[end + 8]! >= 0x80) {
    throw formatError(`word ${entry} has the count ${bytes.readBigInt64LE(end + 1)}`, position + at);
  }
  const found = bytes[end + 9];
  if (found !== type) {
    throw formatError(`entry ${entry} is of type ${found}, where words come before labels`, position + at);
  }
}

/** The error for an entry that does not end among the bytes at hand. */
function unfinished(position: number, atHand: number, fileBytes: number) {
  return position + atHand < fileBytes
    ? limitError(`a word is longer than ${MAX_KEY_BYTES} bytes`, position)
    : truncatedError('it ends within the dictionary', fileBytes);
}

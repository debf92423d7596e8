import { WordmillError } from '../errors.js';

const LINE_END = 0xffffffff;

/** One line of token ids. */
export type TokenIds = readonly number[] | Int32Array | Uint32Array;

/** Lines of ids in one array, each ended by 0xffffffff, as the engine takes them. */
export async function packTokenIds(
  lines: TokenIds | Iterable<TokenIds> | AsyncIterable<TokenIds>,
  vocabularySize: number,
  signal: AbortSignal | undefined,
): Promise<Uint32Array> {
  let packed = new Uint32Array(1 << 12);
  let used = 0;
  for await (const line of isOneLine(lines) ? [lines] : lines) {
    signal?.throwIfAborted();
    if (used + line.length + 1 > packed.length) {
      const longer = new Uint32Array(Math.max(used + line.length + 1, packed.length * 2));
      longer.set(packed);
      packed = longer;
    }
    for (const id of line) {
      // Also keeps the mark of a line's end out, and what a Uint32Array would wrap.
      if (!Number.isInteger(id) || id < 0 || id >= vocabularySize) throw notAnId(id, vocabularySize);
      packed[used++] = id;
    }
    packed[used++] = LINE_END;
  }
  return packed.subarray(0, used);
}

function isOneLine(lines: TokenIds | Iterable<TokenIds> | AsyncIterable<TokenIds>): lines is TokenIds {
  return (
    lines instanceof Int32Array ||
    lines instanceof Uint32Array ||
    (Array.isArray(lines) && typeof lines[0] === 'number')
  );
}

function notAnId(id: unknown, vocabularySize: number): WordmillError {
  return new WordmillError(
    'ERR_WORDMILL_CORPUS',
    `${String(id)} is not a token id: with a vocabulary of ${vocabularySize} words, ids are 0 to ${vocabularySize - 1}`,
    { option: 'ids' },
  );
}

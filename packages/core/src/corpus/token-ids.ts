import { type Corpus, native } from '@wordmill/native';
import { WordmillError } from '../errors.js';
import type { ReadingOptions } from './options.js';

const LINE_END = 0xffffffff;

/** One line of token ids. */
export type TokenIds = readonly number[] | Int32Array | Uint32Array;

/** Ids that go to the engine at once. */
const PIECE = 1 << 16;

/** A corpus of lines of ids, which are asked for no faster than the engine takes them. */
export async function buildFromIds(
  lines: TokenIds | Iterable<TokenIds> | AsyncIterable<TokenIds>,
  vocabulary: readonly string[],
  { invalidUtf8, threads, maxTokenBytes, memoryLimit }: ReadingOptions,
  signal: AbortSignal | undefined,
): Promise<Corpus> {
  const keys = native().createKeysFrom(vocabulary);
  const builder = native().beginIds(keys, { invalidUtf8, threads, maxTokenBytes, memoryLimit });
  keys.dispose();
  try {
    const packed = new Uint32Array(PIECE);
    let used = 0;
    const flush = async (): Promise<void> => {
      signal?.throwIfAborted();
      await builder.append(packed.subarray(0, used));
      used = 0;
    };
    for await (const line of isOneLine(lines) ? [lines] : lines) {
      for (const id of line) {
        // Also keeps the mark of a line's end out, and what a Uint32Array would wrap.
        if (!Number.isInteger(id) || id < 0 || id >= vocabulary.length) throw notAnId(id, vocabulary.length);
        packed[used++] = id;
        if (used === PIECE) await flush();
      }
      packed[used++] = LINE_END;
      if (used === PIECE) await flush();
    }
    await flush();
    return await builder.finish(0, 0);
  } finally {
    builder.dispose();
  }
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

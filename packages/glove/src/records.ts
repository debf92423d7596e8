import { createReadStream } from 'node:fs';
import { Cancellation, fileError, filePath } from '@wordmill/core/internal';
import { native } from '@wordmill/native';
import type { ShuffleOptions } from './options.js';
import { pushStream, recordBytes } from './record-files.js';
import { checkShuffleOptions, engineStorage } from './settings.js';

/**
 * The 16-byte records of GloVe's programs in random order, as its shuffle gives them. The source is a path or a stream of bytes;
 * all of it is read before the first piece comes, in memory up to `memoryLimit` and beyond that in a temporary file. A piece is
 * valid until the next one is asked for. Training here does not need it: {@link Glove.train} orders the counts by itself.
 */
export async function* shuffleRecords(
  source: string | URL | AsyncIterable<Uint8Array>,
  options?: ShuffleOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const checked = checkShuffleOptions(options);
  const path = typeof source === 'string' || source instanceof URL ? filePath(source, 'source') : undefined;
  const stream = path === undefined ? (source as AsyncIterable<Uint8Array>) : createReadStream(path);
  const cancellation = new Cancellation(checked.signal);
  const records = native().createRecords(engineStorage(checked));
  try {
    cancellation.throwIfAborted();
    await pushStream(records, stream, cancellation);
    const reader = records.shuffled(BigInt(checked.seed), checked.memory);
    try {
      yield* recordBytes(reader, cancellation);
    } finally {
      reader.dispose();
    }
  } catch (error) {
    throw path === undefined ? error : fileError(error, path);
  } finally {
    records.dispose();
    cancellation.close();
  }
}

import { open } from 'node:fs/promises';
import { type LongWork, type Vocabulary, WordmillError } from '@wordmill/core';
import { Cancellation, type FileWriter, fileError, filePath, writeFiles } from '@wordmill/core/internal';
import { type Cooccurrence as CountMatrix, native, type RecordReader, type Records } from '@wordmill/native';
import type { CountedWords } from './counting.js';
import type { SaveRecordsOptions } from './options.js';
import { type CheckedStorageOptions, checkRecordOptions, engineStorage } from './settings.js';

/** Bytes that are read or written at once: a multiple of a record's 16. */
const CHUNK_BYTES = 1 << 20;

/** Reads records into a matrix for the words of a vocabulary. */
export async function readRecords(
  path: string | URL,
  vocabulary: Vocabulary,
  options: CheckedStorageOptions & LongWork & { readonly threads: number },
): Promise<CountedWords> {
  const file = filePath(path);
  const cancellation = new Cancellation(options.signal);
  const observe = cancellation.observer(options.onProgress);
  const records = native().createRecords(engineStorage(options));
  try {
    cancellation.throwIfAborted();
    await pushFile(records, file, cancellation, observe);
    const matrix = await cancellation.run((signal) =>
      records.cooccurrence(vocabulary.size, options.threads, engineStorage(options), signal),
    );
    const keys = native().createKeysFrom(vocabulary.words);
    return {
      matrix,
      keys,
      counts: BigUint64Array.from(vocabulary.counts, BigInt),
      settings: undefined,
      tokenizer: undefined,
    };
  } catch (error) {
    throw fileError(error, file);
  } finally {
    records.dispose();
    cancellation.close();
  }
}

async function pushFile(
  records: Records,
  file: string,
  cancellation: Cancellation,
  observe: LongWork['onProgress'],
): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const total = size > 0 ? size : undefined;
    const buffer = new Uint8Array(CHUNK_BYTES);
    let done = 0;
    for (;;) {
      cancellation.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      await records.append(buffer.subarray(0, bytesRead));
      done += bytesRead;
      observe?.({ phase: 'loading', done, total });
    }
  } finally {
    await handle.close();
  }
}

/** Writes the records of a matrix to a file. */
export async function writeRecords(
  path: string | URL,
  matrix: CountMatrix,
  options: SaveRecordsOptions | undefined,
): Promise<void> {
  const { order, seed, memory, signal, onProgress } = checkRecordOptions(options);
  const cancellation = new Cancellation(signal);
  const observe = cancellation.observer(onProgress);
  const reader = order === 'shuffled' ? matrix.shuffledRecords(BigInt(seed), memory) : matrix.sortedRecords();
  const total = matrix.describe().nonzeros * 16;
  const write = async (file: FileWriter): Promise<void> => {
    let done = 0;
    for await (const bytes of recordBytes(reader, cancellation)) {
      await file.write(bytes);
      done += bytes.length;
      observe?.({ phase: 'saving', done, total });
    }
  };
  try {
    cancellation.throwIfAborted();
    await writeFiles([{ path: filePath(path), write }]);
  } finally {
    reader.dispose();
    cancellation.close();
  }
}

/** All that a reader gives, in pieces that are valid until the next one. */
export async function* recordBytes(
  reader: RecordReader,
  cancellation: Cancellation,
): AsyncGenerator<Uint8Array, void, void> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const bytes = await cancellation.run((signal) => reader.read(buffer, signal));
    if (bytes === 0) return;
    yield buffer.subarray(0, bytes);
  }
}

/** Pushes a stream of bytes; ERR_WORDMILL_FORMAT when it gives something else. */
export async function pushStream(
  records: Records,
  source: AsyncIterable<Uint8Array>,
  cancellation: Cancellation,
): Promise<void> {
  for await (const bytes of source) {
    cancellation.throwIfAborted();
    if (!(bytes instanceof Uint8Array)) {
      throw new WordmillError('ERR_WORDMILL_OPTION', 'records are bytes: give a stream without an encoding', {
        option: 'source',
      });
    }
    await records.append(bytes);
  }
}

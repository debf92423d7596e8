import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Decompress, type ZstdError, ZstdErrorCode } from 'fzstd';
import { WordmillError } from '../errors.js';

export type Compression = 'gzip' | 'zstd';

/** Bytes that {@link compressionOf} wants to see. */
export const MAGIC_BYTES = 4;

/** How the bytes at the start of a file say that it is compressed; its name does not matter. */
export function compressionOf(start: Uint8Array): Compression | undefined {
  if (start.length >= 3 && start[0] === 0x1f && start[1] === 0x8b && start[2] === 0x08) return 'gzip';
  if (start.length >= 4 && start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd)
    return 'zstd';
  return undefined;
}

/** The text of a stream that may be compressed. */
export async function* plainBytes(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  let start: Uint8Array = new Uint8Array(0);
  while (start.length < MAGIC_BYTES) {
    const next = await iterator.next();
    if (next.done) break;
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
  }
  const whole = resumed(start, iterator);
  const compression = compressionOf(start);
  if (compression === 'gzip') yield* gunzipped(whole);
  else if (compression === 'zstd') yield* unzstd(whole);
  else yield* whole;
}

async function* resumed(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (start.length > 0) yield start;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  const fed = pipeline(chunks, gunzip);
  // The same error comes out of the iteration below.
  fed.catch(() => {});
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') throw truncated('gzip', error);
    if (code?.startsWith('Z_')) throw broken('gzip', error);
    throw error;
  }
}

async function* unzstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Decompression is synchronous: small steps bound what one of them can give.
  const step = 1 << 14;
  let ready: Uint8Array[] = [];
  const decompress = new Decompress((data) => {
    if (data.length > 0) ready.push(data);
  });
  const push = (bytes: Uint8Array, final: boolean): Uint8Array[] => {
    ready = [];
    try {
      decompress.push(bytes, final);
    } catch (error) {
      if ((error as ZstdError).code === ZstdErrorCode.UnexpectedEOF) throw truncated('zstd', error);
      throw broken('zstd', error);
    }
    return ready;
  };
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += step) yield* push(chunk.subarray(at, at + step), false);
  }
  yield* push(new Uint8Array(0), true);
}

const truncated = (format: Compression, cause: unknown): WordmillError =>
  new WordmillError(
    'ERR_WORDMILL_TRUNCATED',
    `the ${format} data ends too early; the file was cut off, copy it again`,
    {
      cause,
    },
  );

const broken = (format: Compression, cause: unknown): WordmillError =>
  new WordmillError('ERR_WORDMILL_FORMAT', `the ${format} data is damaged; copy the file again`, { cause });

import type { Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Compression, compressionOf, MAGIC_BYTES, plainBytes } from '../corpus/decompress.js';
import { fileError, isWordmillError } from '../errors.js';
import { statRegularFile } from '../files.js';

/** Enough of a file to recognise it and to see a whole first row of any sane dimension. */
const HEAD_BYTES = 1 << 20;
/** Large enough that a chunk's hand-over to the engine costs nothing beside its bytes. */
const CHUNK_BYTES = 4 << 20;
const PACKED_CHUNK_BYTES = 1 << 18;

/** A vector file that is read from its beginning to its end, unpacked where it is gzip or zstd. */
export class ByteSource {
  readonly path: string;
  /** Length of the file itself. */
  readonly fileBytes: number;
  /** identity of the file that is open, which another one may have replaced under its name since */
  readonly inode: number;
  readonly compression: Compression | undefined;
  /** The first bytes of the (unpacked) content. */
  readonly head: Buffer;
  readonly #handle: FileHandle;
  #position = 0;

  private constructor(
    path: string,
    handle: FileHandle,
    { size, ino }: Stats,
    compression: Compression | undefined,
    head: Buffer,
  ) {
    this.path = path;
    this.#handle = handle;
    this.fileBytes = size;
    this.inode = ino;
    this.compression = compression;
    this.head = head;
  }

  static async open(path: string): Promise<ByteSource> {
    let handle: FileHandle | undefined;
    try {
      const status = await statRegularFile(path);
      handle = await open(path, 'r');
      const start = await readFully(handle, Buffer.alloc(Math.min(HEAD_BYTES, status.size)), 0);
      const compression = compressionOf(start.subarray(0, MAGIC_BYTES));
      const head = compression === undefined ? start : await unpackedHead(start, status.size);
      return new ByteSource(path, handle, status, compression, head);
    } catch (error) {
      await handle?.close();
      throw fileError(error, path);
    }
  }

  /** Length of the content; undefined where only unpacking would tell. */
  get totalBytes(): number | undefined {
    return this.compression === undefined ? this.fileBytes : undefined;
  }

  /** How far the file itself has been read: the measure of progress. */
  get position(): number {
    return this.#position;
  }

  /**
   * The content from byte `from` on. A chunk is valid until the next one is asked for; meanwhile the next one is
   * already being read.
   */
  chunks(from: number): AsyncGenerator<Uint8Array, void, void> {
    return this.compression === undefined ? this.#plain(from) : this.#unpacked(from);
  }

  /** Bytes at a place of a file that is not packed; fewer at its end. */
  async readAt(position: number, out: Uint8Array): Promise<Uint8Array> {
    return readFully(this.#handle, out, position);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async *#plain(from: number): AsyncGenerator<Uint8Array, void, void> {
    const size = Math.max(1, Math.min(CHUNK_BYTES, this.fileBytes - from));
    const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
    let next = readFully(this.#handle, buffers[0], from);
    try {
      for (let turn = 1, at = from; ; turn ^= 1) {
        const chunk = await next;
        if (chunk.length === 0) return;
        at += chunk.length;
        next = readFully(this.#handle, turn === 1 ? buffers[1] : buffers[0], at);
        this.#position = at;
        yield chunk;
      }
    } finally {
      // Whoever stopped early closes the file next: the read ahead must be over, whatever became of it.
      await next.catch(() => {});
    }
  }

  async *#unpacked(from: number): AsyncGenerator<Uint8Array, void, void> {
    let skip = from;
    const onRead = (position: number): void => {
      this.#position = position;
    };
    for await (const chunk of plainBytes(ownChunks(this.#handle, onRead))) {
      if (skip < chunk.length) yield chunk.subarray(skip);
      skip = Math.max(0, skip - chunk.length);
    }
  }
}

/** What the start of a packed file unpacks to, as far as it goes. */
async function unpackedHead(start: Buffer, fileBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of plainBytes(one(start))) {
      parts.push(chunk);
      length += chunk.length;
      if (length >= HEAD_BYTES) break;
    }
  } catch (error) {
    const cutByUs = isWordmillError(error) && error.code === 'ERR_WORDMILL_TRUNCATED' && start.length < fileBytes;
    if (!cutByUs) throw error;
  }
  return Buffer.concat(parts, Math.min(length, HEAD_BYTES));
}

async function* one(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk;
}

/** Chunks that stay as they are, for consumers that read ahead. */
async function* ownChunks(handle: FileHandle, onRead: (position: number) => void): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; ) {
    const chunk = await readFully(handle, Buffer.allocUnsafeSlow(PACKED_CHUNK_BYTES), position);
    if (chunk.length === 0) return;
    position += chunk.length;
    onRead(position);
    yield chunk;
  }
}

/** Fills `out` from the file; shorter only at the end of the file. */
async function readFully<Out extends Uint8Array>(handle: FileHandle, out: Out, position: number): Promise<Out> {
  let done = 0;
  while (done < out.length) {
    const { bytesRead } = await handle.read(out, done, out.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done === out.length ? out : (out.subarray(0, done) as Out);
}

import type { ByteSource } from './byte-source.js';
import { truncatedError } from './limits.js';

/** Read at once. */
const CHUNK_BYTES = 4 << 20;

/** Reads a file from its beginning to its end in pieces. */
export class Cursor {
  readonly #source: ByteSource;
  #chunk: Buffer = Buffer.alloc(0);
  #chunkStart = 0;
  position = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** The next bytes; ERR_WORDMILL_TRUNCATED names what is missing. */
  async take(length: number, name: string): Promise<Buffer> {
    this.skip(length, name);
    const start = this.position - length;
    if (!this.#holds(start, length)) await this.#read(start, length);
    return this.#chunk.subarray(start - this.#chunkStart, start - this.#chunkStart + length);
  }

  skip(length: number, name: string): void {
    if (length > this.#source.fileBytes - this.position) {
      throw truncatedError(`it ends within ${name}`, this.#source.fileBytes);
    }
    this.position += length;
  }

  /** What has been read and not taken: at least so many bytes, unless the file ends before. */
  async ahead(least: number): Promise<Buffer> {
    const wanted = Math.min(least, this.#source.fileBytes - this.position);
    if (!this.#holds(this.position, wanted)) await this.#read(this.position, wanted);
    return this.#chunk.subarray(this.position - this.#chunkStart);
  }

  #holds(start: number, length: number): boolean {
    return start >= this.#chunkStart && start + length <= this.#chunkStart + this.#chunk.length;
  }

  async #read(start: number, length: number): Promise<void> {
    const size = Math.min(Math.max(CHUNK_BYTES, length), this.#source.fileBytes - start);
    // A new buffer each time: words that were taken are parts of the old one.
    const read = await this.#source.readAt(start, Buffer.allocUnsafeSlow(size));
    if (read.length < size) throw truncatedError('it was cut while being read', start + read.length);
    this.#chunk = Buffer.from(read.buffer, read.byteOffset, read.length);
    this.#chunkStart = start;
  }
}

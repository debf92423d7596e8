import type { ByteSource } from './byte-source.js';
import { formatError, limitError, truncatedError } from './limits.js';

/** Read at once while the header goes by: vocabularies take megabytes of it. */
const CHUNK_BYTES = 1 << 20;

/** Reads little-endian values of a file one after the other. Nothing is allocated for a length before the file is known to have it. */
export class GgufReader {
  readonly #source: ByteSource;
  #buffer: Buffer = Buffer.alloc(0);
  /** of the buffer's first byte in the file */
  #start = 0;
  #at = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Offset in the file of the next byte. */
  get position(): number {
    return this.#start + this.#at;
  }

  get left(): number {
    return this.#source.fileBytes - this.position;
  }

  /** Makes sure that the next bytes are in the buffer. */
  async need(bytes: number, what: string): Promise<void> {
    if (this.#buffer.length - this.#at >= bytes) return;
    if (bytes > this.left) throw truncatedError(`it ends in ${what}`, this.#source.fileBytes);
    const size = Math.min(Math.max(bytes, CHUNK_BYTES), this.left);
    this.#start = this.position;
    this.#at = 0;
    const read = await this.#source.readAt(this.#start, Buffer.allocUnsafeSlow(size));
    this.#buffer = Buffer.from(read.buffer, read.byteOffset, read.length);
    if (read.length < bytes) throw truncatedError('it was cut while being read', this.#start + read.length);
  }

  /** Some of the next bytes, which {@link need} has asked for; valid until the next call of it. */
  take(bytes: number): Buffer {
    const taken = this.#buffer.subarray(this.#at, this.#at + bytes);
    this.#at += bytes;
    return taken;
  }

  async skip(bytes: number, what: string): Promise<void> {
    if (bytes > this.left) throw truncatedError(`it ends in ${what}`, this.#source.fileBytes);
    const buffered = Math.min(bytes, this.#buffer.length - this.#at);
    this.#at += buffered;
    if (bytes === buffered) return;
    this.#start = this.position + (bytes - buffered);
    this.#buffer = Buffer.alloc(0);
    this.#at = 0;
  }

  async u32(what: string): Promise<number> {
    await this.need(4, what);
    return this.take(4).readUInt32LE(0);
  }

  /** A 64-bit number of things, each of at least so many bytes, that the rest of the file must have room for. */
  async count(what: string, bytesEach: number, most = Number.MAX_SAFE_INTEGER): Promise<number> {
    const at = this.position;
    await this.need(8, what);
    const bytes = this.take(8);
    const value = bytes.readUInt32LE(4) * 2 ** 32 + bytes.readUInt32LE(0);
    if (value > most) throw limitError(`it claims ${exact(bytes)} ${what}; at most ${most} are read`, at);
    if (value * bytesEach > this.left) {
      throw truncatedError(`it claims ${exact(bytes)} ${what}, which the file cannot hold`, this.#source.fileBytes);
    }
    return value;
  }

  /** A 64-bit size that is used as a number. */
  async size(what: string): Promise<number> {
    const at = this.position;
    await this.need(8, what);
    const bytes = this.take(8);
    const value = bytes.readUInt32LE(4) * 2 ** 32 + bytes.readUInt32LE(0);
    if (Number.isSafeInteger(value)) return value;
    throw limitError(`${what} is ${exact(bytes)}, which is beyond any file`, at);
  }

  /** The bytes of a string; valid until the next call. */
  async string(what: string, most: number): Promise<Buffer> {
    const length = await this.count(`bytes of ${what}`, 1, most);
    await this.need(length, what);
    return this.take(length);
  }

  /** A string that is a name. */
  async name(what: string, most: number): Promise<string> {
    const at = this.position;
    const text = (await this.string(what, most)).toString();
    if (text !== '') return text;
    throw formatError(`${what} is empty`, at);
  }
}

function exact(bytes: Buffer): string {
  return bytes.readBigUInt64LE(0).toString();
}

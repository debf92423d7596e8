import type { ByteSource } from './byte-source.js';
import { Cursor } from './file-cursor.js';
import { formatError, limitError, truncatedError } from './limits.js';

/** Reads little-endian values of a file one after the other. Nothing is allocated for a length before the file is known to have it. */
export class GgufReader {
  readonly #cursor: Cursor;
  readonly #fileBytes: number;

  constructor(source: ByteSource) {
    this.#cursor = new Cursor(source);
    this.#fileBytes = source.fileBytes;
  }

  /** Offset in the file of the next byte. */
  get position(): number {
    return this.#cursor.position;
  }

  get left(): number {
    return this.#fileBytes - this.position;
  }

  /** The next bytes. */
  async take(bytes: number, what: string): Promise<Buffer> {
    return this.#cursor.take(bytes, what);
  }

  skip(bytes: number, what: string): void {
    this.#cursor.skip(bytes, what);
  }

  async u32(what: string): Promise<number> {
    return (await this.take(4, what)).readUInt32LE(0);
  }

  /** A 64-bit number of things, each of at least so many bytes, that the rest of the file must have room for. */
  async count(what: string, bytesEach: number, most = Number.MAX_SAFE_INTEGER): Promise<number> {
    const at = this.position;
    const bytes = await this.take(8, `the number of ${what}`);
    const value = u64(bytes, 0);
    if (value > most) throw limitError(`it claims ${exact(bytes)} ${what}; at most ${most} are read`, at);
    if (value * bytesEach <= this.left) return value;
    throw truncatedError(`it claims ${exact(bytes)} ${what}, which the file cannot hold`, this.#fileBytes);
  }

  /** A 64-bit size that is used as a number. */
  async size(what: string): Promise<number> {
    const at = this.position;
    const bytes = await this.take(8, what);
    const value = u64(bytes, 0);
    if (Number.isSafeInteger(value)) return value;
    throw limitError(`${what} is ${exact(bytes)}, which is beyond any file`, at);
  }

  async string(what: string, most: number): Promise<Buffer> {
    return this.take(await this.count(`bytes of ${what}`, 1, most), what);
  }

  /** Strings one after the other, without a turn of the event loop for each of hundreds of thousands. */
  async strings(count: number, what: string, most: number, use: (bytes: Buffer) => void): Promise<void> {
    for (let done = 0; done < count; ) {
      const chunk = await this.#cursor.ahead(8);
      let at = 0;
      for (; done < count && at + 8 <= chunk.length; done++) {
        const end = at + 8 + u64(chunk, at);
        if (end > chunk.length || end - at - 8 > most) break;
        use(chunk.subarray(at + 8, end));
        at = end;
      }
      this.skip(at, what);
      if (at > 0) continue;
      use(await this.string(what, most));
      done++;
    }
  }

  /** A string that is a name. */
  async name(what: string, most: number): Promise<string> {
    const at = this.position;
    const text = (await this.string(what, most)).toString();
    if (text !== '') return text;
    throw formatError(`${what} is empty`, at);
  }
}

/** Exact up to 2^53, and beyond that still as large. */
function u64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
}

function exact(bytes: Buffer): string {
  return bytes.readBigUInt64LE(0).toString();
}

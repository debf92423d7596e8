import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { Cancellation } from '../cancellation.js';
import { fileError, WordmillError } from '../errors.js';
import { type FileWriter, filePath, statRegularFile, writeFiles } from '../files.js';
import type { Progress } from '../progress.js';
import { formatError, limitError, truncatedError } from './limits.js';
import {
  byElementSize,
  headerBytes,
  headerLength,
  parseHeader,
  type SafetensorsHeader,
  type TensorInfo,
  tensorBytes,
} from './safetensors-header.js';

/** Bytes that are read or written at once. */
const CHUNK_BYTES = 8 << 20;
/** Tensors that are read as one piece of memory (keys, counts); what one Buffer holds. */
const MAX_WHOLE_BYTES = 2 ** 32 - 1;
/** Metadata name of a tensor's checksum: eight hexadecimal digits of CRC-32 (as in gzip). */
const CHECKSUM_PREFIX = 'crc32.';

/** A tensor to write: what it is, and how to come by its bytes. */
export interface TensorSource {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** pieces of the tensor are whole multiples of so many bytes; default 8 */
  readonly unit?: number | undefined;
  /** Fills `out` with the tensor's bytes from `firstByte` on. */
  read(firstByte: number, out: Uint8Array): void;
}

export interface LongWork {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Writes a safetensors file, whole or not at all. The checksum of each tensor goes into the metadata; it is known only when
 * the tensor has been written, so its digits are filled in at the end.
 */
export async function writeSafetensors(
  path: string | URL,
  content: { readonly tensors: readonly TensorSource[]; readonly metadata: Readonly<Record<string, string>> },
  work: LongWork = {},
): Promise<void> {
  const cancellation = new Cancellation(work.signal);
  const onProgress = cancellation.observer(work.onProgress);
  const tensors = [...content.tensors].sort(byElementSize);
  const metadata: Record<string, string> = { ...content.metadata };
  for (const { name } of tensors) metadata[CHECKSUM_PREFIX + name] = '00000000';
  const total = tensors.reduce((sum, { dtype, shape }) => sum + tensorBytes(dtype, shape), 0);
  const write = async (file: FileWriter): Promise<void> => {
    await file.write(headerBytes(tensors, metadata));
    const buffers = [new Uint8Array(0), new Uint8Array(0)];
    let done = 0;
    let turn = 0;
    let writing: Promise<void> = Promise.resolve();
    try {
      for (const tensor of tensors) {
        const bytes = tensorBytes(tensor.dtype, tensor.shape);
        const unit = tensor.unit ?? 8;
        const step = Math.max(unit, CHUNK_BYTES - (CHUNK_BYTES % unit));
        let checksum = 0;
        for (let at = 0; at < bytes; at += step, turn ^= 1) {
          cancellation.throwIfAborted();
          const length = Math.min(step, bytes - at);
          if (buffers[turn]!.length < length) buffers[turn] = new Uint8Array(length);
          const chunk = buffers[turn]!.subarray(0, length);
          tensor.read(at, chunk);
          checksum = crc32(chunk, checksum);
          await writing;
          writing = file.write(chunk);
          done += length;
          onProgress?.({ phase: 'saving', done, total });
        }
        metadata[CHECKSUM_PREFIX + tensor.name] = checksum.toString(16).padStart(8, '0');
      }
    } finally {
      await writing;
    }
    cancellation.throwIfAborted();
    await file.rewrite(headerBytes(tensors, metadata), 0);
  };
  try {
    await writeFiles([{ path: filePath(path), write }]);
  } finally {
    cancellation.close();
  }
}

/** Opens a file and reads its header; the caller closes it. */
export async function openSafetensors(path: string | URL): Promise<SafetensorsFile> {
  const file = filePath(path);
  let handle: FileHandle | undefined;
  try {
    const status = await statRegularFile(file);
    handle = await open(file, 'r');
    const start = await readExactly(handle, Buffer.alloc(Math.min(8, status.size)), 0);
    const json = await readExactly(handle, Buffer.alloc(headerLength(start, status.size)), 8);
    return new SafetensorsFile(file, handle, status.ino, parseHeader(json, status.size));
  } catch (error) {
    await handle?.close();
    throw fileError(error, file);
  }
}

/**
 * Opens a file, lets `read` read it, and closes it. What `read` throws gets the file's name; `observe` is the caller's
 * `onProgress`, in a form that never throws.
 */
export async function readSafetensors<Result>(
  path: string | URL,
  work: LongWork,
  read: (file: SafetensorsFile, cancellation: Cancellation, observe: LongWork['onProgress']) => Promise<Result>,
): Promise<Result> {
  const cancellation = new Cancellation(work.signal);
  const observe = cancellation.observer(work.onProgress);
  try {
    cancellation.throwIfAborted();
    const file = await openSafetensors(path);
    try {
      return await read(file, cancellation, observe);
    } catch (error) {
      throw fileError(error, file.path);
    } finally {
      await file.close();
    }
  } finally {
    cancellation.close();
  }
}

/** An open safetensors file whose header has been checked. */
export class SafetensorsFile {
  readonly path: string;
  /** identity of the file that is open, which another one may have replaced under its name since */
  readonly inode: number;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle, inode: number, header: SafetensorsHeader) {
    this.path = path;
    this.inode = inode;
    this.tensors = header.tensors;
    this.metadata = header.metadata;
    this.#handle = handle;
  }

  /** The tensor of that name; ERR_WORDMILL_FORMAT when there is none or it is not of one of the dtypes and rank. */
  tensor(name: string, dtypes: readonly string[], rank: number): TensorInfo {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw this.#error(formatError(`it has no tensor "${name}"`));
    if (dtypes.includes(tensor.dtype) && tensor.shape.length === rank) return tensor;
    throw this.#error(
      formatError(
        `tensor "${name}" is ${tensor.dtype} [${tensor.shape}]; expected ${dtypes.join(' or ')} of rank ${rank}`,
        tensor.offset,
      ),
    );
  }

  /** CRC-32 of a tensor as the metadata has it; files of other tools have none. */
  checksum(name: string): number | undefined {
    const digits = this.metadata[CHECKSUM_PREFIX + name];
    return digits !== undefined && /^[0-9a-f]{8}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
  }

  /**
   * Reads a tensor from its first byte to its last, in pieces of whole multiples of `unit` bytes, and checks its checksum
   * at the end (ERR_WORDMILL_CHECKSUM). A piece is valid only during the call.
   */
  async read(
    name: string,
    unit: number,
    use: (piece: Uint8Array, firstByte: number) => void,
    cancellation?: Cancellation | undefined,
  ): Promise<void> {
    const { bytes } = this.tensors.get(name)!;
    const checksum = await this.readRange(name, 0, bytes, unit, use, cancellation);
    const expected = this.checksum(name);
    if (expected !== undefined && checksum !== expected) throw this.checksumError(name);
  }

  /** Reads bytes `from` to `to` of a tensor; returns their CRC-32. */
  async readRange(
    name: string,
    from: number,
    to: number,
    unit: number,
    use: (piece: Uint8Array, firstByte: number) => void,
    cancellation?: Cancellation | undefined,
  ): Promise<number> {
    const { offset } = this.tensors.get(name)!;
    const step = Math.max(unit, CHUNK_BYTES - (CHUNK_BYTES % unit));
    const size = Math.min(step, to - from);
    const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
    const readAt = (at: number, turn: number): Promise<Buffer> =>
      readExactly(this.#handle, buffers[turn as 0 | 1].subarray(0, Math.min(step, to - at)), offset + at);
    let checksum = 0;
    let next = readAt(from, 0);
    try {
      for (let at = from, turn = 0; at < to; at += step) {
        cancellation?.throwIfAborted();
        const piece = await next;
        turn ^= 1;
        if (at + step < to) next = readAt(at + step, turn);
        checksum = crc32(piece, checksum);
        use(piece, at);
      }
    } catch (error) {
      throw fileError(error, this.path);
    } finally {
      await next.catch(() => {});
    }
    return checksum;
  }

  /** A whole tensor in memory. */
  async readWhole(name: string, cancellation?: Cancellation | undefined): Promise<Buffer> {
    const { bytes, offset } = this.tensors.get(name)!;
    if (bytes > MAX_WHOLE_BYTES) {
      throw this.#error(limitError(`tensor "${name}" has ${bytes} bytes; at most ${MAX_WHOLE_BYTES} are read`, offset));
    }
    const whole = Buffer.allocUnsafeSlow(bytes);
    await this.read(name, 1, (piece, firstByte) => whole.set(piece, firstByte), cancellation);
    return whole;
  }

  /**
   * Compares every tensor with its checksum; returns the names of those that have one. Throws ERR_WORDMILL_CHECKSUM for the
   * first that differs.
   */
  async verify(work: LongWork = {}): Promise<string[]> {
    const cancellation = new Cancellation(work.signal);
    const onProgress = cancellation.observer(work.onProgress);
    const names = [...this.tensors.keys()].filter((name) => this.checksum(name) !== undefined);
    const total = names.reduce((sum, name) => sum + this.tensors.get(name)!.bytes, 0);
    let done = 0;
    try {
      for (const name of names) {
        const count = (piece: Uint8Array): void => {
          done += piece.length;
          onProgress?.({ phase: 'verifying', done, total });
        };
        await this.read(name, 1, count, cancellation);
      }
      cancellation.throwIfAborted();
    } finally {
      cancellation.close();
    }
    return names;
  }

  checksumError(name: string): WordmillError {
    const { offset } = this.tensors.get(name)!;
    return this.#error(
      new WordmillError(
        'ERR_WORDMILL_CHECKSUM',
        `tensor "${name}" is not what was saved: the file was damaged since, restore it from a copy`,
        { offset },
      ),
    );
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #error(error: WordmillError): WordmillError {
    return fileError(error, this.path) as WordmillError;
  }
}

async function readExactly(handle: FileHandle, out: Buffer, position: number): Promise<Buffer> {
  for (let done = 0; done < out.length; ) {
    const { bytesRead } = await handle.read(out, done, out.length - done, position + done);
    if (bytesRead === 0) throw truncatedError('it was cut while being read', position + done);
    done += bytesRead;
  }
  return out;
}

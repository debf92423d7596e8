import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { fileError, WordmillError } from './errors.js';

const compress = promisify(gzip);

/** A path from what callers give: a path or a `file:` URL. */
export function filePath(path: string | URL, option = 'path'): string {
  if (path instanceof URL) {
    if (path.protocol === 'file:') return fileURLToPath(path);
    throw new WordmillError('ERR_WORDMILL_OPTION', `${path.href} is not a file: URL; download it first`, { option });
  }
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new WordmillError('ERR_WORDMILL_OPTION', `${option} must be a path or a file: URL`, { option });
  }
  return path;
}

/** Asks before a file is opened, since opening a pipe waits for its writer. */
export async function statRegularFile(path: string): Promise<Stats> {
  const status = await stat(path);
  if (status.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
  if (status.isFile()) return status;
  throw new WordmillError('ERR_WORDMILL_IO', 'it is a pipe or a device; this is read from regular files only');
}

/** A file that is being written, from its beginning to its end. */
export class FileWriter {
  readonly #handle: FileHandle;
  readonly #gzip: boolean;
  #position = 0;

  constructor(handle: FileHandle, gzip: boolean) {
    this.#handle = handle;
    this.#gzip = gzip;
  }

  /** Bytes in the file so far. */
  get position(): number {
    return this.#position;
  }

  /** Appends; `bytes` must stay unchanged until then. With gzip every piece is a member of its own (RFC 1952, 2.2). */
  async write(bytes: Uint8Array): Promise<void> {
    const data = this.#gzip ? await compress(bytes, { level: 6 }) : bytes;
    await writeAt(this.#handle, data, undefined);
    this.#position += data.length;
  }

  /** Replaces bytes that were written before; not with gzip. */
  async rewrite(bytes: Uint8Array, position: number): Promise<void> {
    await writeAt(this.#handle, bytes, position);
  }
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number | undefined): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const at = position === undefined ? null : position + done;
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at);
    done += bytesWritten;
  }
}

/** Files to write together: they appear under their names once all of them are complete on the disk. */
export interface FileToWrite {
  readonly path: string;
  readonly gzip?: boolean | undefined;
  write(file: FileWriter): Promise<void>;
}

/**
 * Writes whole files or none: each goes to a temporary file in the same folder, is forced to the disk and then renamed, so
 * that a reader (also one that has the old file mapped) never sees half a file and a failure leaves the old one as it was.
 */
export async function writeFiles(files: readonly FileToWrite[]): Promise<void> {
  const written: { readonly temporary: string; readonly target: string }[] = [];
  try {
    for (const file of files) {
      const target = await realpath(file.path).catch(() => file.path);
      const old = await stat(target).catch(() => undefined);
      if (old !== undefined && !old.isFile()) {
        await writeDirectly(file, old.isDirectory());
        continue;
      }
      const name = `.${basename(target).slice(0, 200)}.${randomBytes(6).toString('hex')}.tmp`;
      const temporary = join(dirname(target), name);
      try {
        const handle = await open(temporary, 'wx', old?.mode);
        written.push({ temporary, target });
        try {
          await file.write(new FileWriter(handle, file.gzip === true));
          await handle.sync();
        } finally {
          await handle.close();
        }
      } catch (error) {
        throw fileError(error, file.path);
      }
    }
    for (const { temporary, target } of written) {
      await rename(temporary, target).catch((error: unknown) => {
        throw fileError(error, target);
      });
    }
  } catch (error) {
    for (const { temporary } of written) await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  for (const folder of new Set(written.map(({ target }) => dirname(target)))) await syncFolder(folder);
}

/** Pipes and devices (`/dev/stdout`) cannot be replaced by a renamed file. */
async function writeDirectly(file: FileToWrite, isFolder: boolean): Promise<void> {
  try {
    if (isFolder) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
    const handle = await open(file.path, 'w');
    try {
      await file.write(new FileWriter(handle, file.gzip === true));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, file.path);
  }
}

/** Makes the renaming itself durable, where the file system can (Windows cannot open folders). */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // The files are complete under their names; only a power failure right now could undo the renaming.
  }
}

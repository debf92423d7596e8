import { constants, createReadStream } from 'node:fs';
import { access, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { WordmillError } from '@wordmill/core';
import { fileError } from '@wordmill/core/internal';

/** Whether a result goes to standard output, where nothing else may then be written. */
export const isStandardOutput = (path: string | undefined): boolean => path === '-' || path === '/dev/stdout';

/**
 * Lets `write` write to a path. What goes to standard output is written to a temporary file first: writers seek, and
 * replace files by renaming.
 */
export async function writeTo(path: string, write: (path: string) => Promise<void>): Promise<void> {
  if (!isStandardOutput(path)) return write(path);
  const folder = await mkdtemp(join(tmpdir(), 'wordmill-'));
  try {
    const file = join(folder, 'output');
    await write(file);
    await pipeline(createReadStream(file), process.stdout, { end: false });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Fails for a file that could not be written, before hours are spent on what should go there. */
export async function checkWritable(path: string | undefined): Promise<void> {
  if (path === undefined || isStandardOutput(path)) return;
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) {
    throw new WordmillError('ERR_WORDMILL_IO', `${path}: it is a folder, not a file; give the name of a file in it`, {
      file: path,
      system: 'EISDIR',
    });
  }
  // A file is replaced by renaming, which needs the right to write in its folder; a pipe or device is written itself.
  const needed = existing === undefined || existing.isFile() ? dirname(path) : path;
  await access(needed, constants.W_OK).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, needed);
    const message = `${path}: there is no folder ${needed}; create it or give another name`;
    throw new WordmillError('ERR_WORDMILL_IO', message, { file: path, system: 'ENOENT', cause: error });
  });
}

import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isWordmillError, WordmillError } from '@wordmill/native';
import { nearestName } from './nearest-name.js';

export { isWordmillError, WordmillError };

/** What the operating system's refusals mean, in words that say what to do. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: check the rights of the file and its folder',
  EPERM: 'the operating system does not permit it: check the rights of the file and its folder',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENAMETOOLONG: 'the path is too long',
  ENOSPC: 'the disk is full: free some space and try again',
  EDQUOT: 'the disk quota is used up: free some space and try again',
  EFBIG: 'the file would be larger than the file system or the process limit allows',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many files are open in this process',
  ENFILE: 'too many files are open on this machine',
};

/**
 * An error that happened while working on `path`, as what to throw: refusals of the operating system become
 * ERR_WORDMILL_IO, errors of the engine get the file's name, and everything else (the reason of an abort) stays.
 */
export function fileError(error: unknown, path: string): unknown {
  if (isWordmillError(error)) return error.file === undefined ? withFile(error, path) : error;
  const system = (error as NodeJS.ErrnoException | undefined)?.code;
  if (!(error instanceof Error) || typeof system !== 'string' || !/^E[A-Z0-9]+$/.test(system)) return error;
  const meaning = system === 'ENOENT' ? missing(path) : (REFUSALS[system] ?? error.message);
  return new WordmillError('ERR_WORDMILL_IO', `${path}: ${meaning}`, { file: path, system, cause: error });
}

function withFile(error: WordmillError, path: string): WordmillError {
  const { code, offset, option, block, system } = error;
  const at = offset === undefined || error.message.includes(String(offset)) ? '' : ` (at byte ${offset})`;
  return new WordmillError(code, `${path}: ${error.message}${at}`, {
    file: path,
    offset,
    option,
    block,
    system,
    cause: error,
  });
}

function missing(path: string): string {
  const folder = dirname(path);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return `there is no such file: the folder ${folder} does not exist or cannot be read`;
  }
  const nearest = nearestName(basename(path), names);
  return nearest === undefined
    ? 'there is no such file'
    : `there is no such file; did you mean ${folder === '.' ? nearest : join(folder, nearest)}?`;
}

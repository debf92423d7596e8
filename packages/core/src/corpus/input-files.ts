import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, WordmillError } from '../errors.js';
import { filePath } from '../files.js';

/** A file to read, and its length; undefined for a pipe or device, which can be read only once and to its end. */
export interface InputFile {
  readonly path: string;
  readonly bytes: number | undefined;
}

/**
 * A file, a folder (its files in the order of their names; folders inside it and names that begin with a dot are left
 * out), or a list of both.
 */
export type FileSource = string | URL | readonly (string | URL)[];

/** Finds the files of a source before any of them is read, so that a missing one is an error at once. */
export async function listInputFiles(source: FileSource): Promise<InputFile[]> {
  const sources = typeof source === 'string' || source instanceof URL ? [source] : source;
  if (sources.length === 0) {
    throw new WordmillError('ERR_WORDMILL_CORPUS', 'the list of files is empty', { option: 'source' });
  }
  const files: InputFile[] = [];
  for (const one of sources) files.push(...(await listPath(filePath(one, 'source'))));
  return files;
}

async function listPath(path: string): Promise<InputFile[]> {
  const status = await statOf(path);
  if (!status.isDirectory()) return [{ path, bytes: status.isFile() ? status.size : undefined }];
  const names = await readdir(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  const files: InputFile[] = [];
  for (const name of names.filter((name) => !name.startsWith('.')).sort()) {
    const inner = join(path, name);
    const innerStatus = await statOf(inner);
    if (innerStatus.isFile()) files.push({ path: inner, bytes: innerStatus.size });
  }
  if (files.length === 0) {
    throw new WordmillError('ERR_WORDMILL_CORPUS', `the folder "${path}" holds no files`, { file: path });
  }
  return files;
}

async function statOf(path: string) {
  if (path.includes('\n') || path.includes('\r')) throw looksLikeText(path);
  try {
    return await stat(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code;
    if ((missing === 'ENOENT' || missing === 'ENAMETOOLONG') && path.includes(' ')) throw looksLikeText(path, error);
    throw fileError(error, path);
  }
}

/** A string given as a source is a path; text given by mistake gets told so. */
function looksLikeText(text: string, cause?: unknown): WordmillError {
  const start = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return new WordmillError(
    cause === undefined ? 'ERR_WORDMILL_OPTION' : 'ERR_WORDMILL_IO',
    `there is no file ${JSON.stringify(start)}: a string given as source is a path; if it is the text itself, use Corpus.fromText()`,
    cause === undefined ? { option: 'source' } : { file: text, cause },
  );
}

import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileError, WordmillError } from '../errors.js';
import { filePath, statRegularFile } from '../files.js';
import { formatError, limitError } from '../formats/limits.js';
import { fromHuggingFace } from './hugging-face.js';
import type { Tokenizer } from './tokenizer.js';

/** The largest in use take a seventh of it. */
const MAX_BYTES = 1 << 28;

const LIBRARY = '@huggingface/tokenizers';

/**
 * Makes a tokenizer of a `tokenizer.json`, with the package `@huggingface/tokenizers`, which must be installed beside this one.
 * Throws ERR_WORDMILL_TOKENIZER where it is not, and for a file that it does not take.
 *
 * @example
 * const tokenizer = await loadTokenizer('bert-base-uncased/tokenizer.json');
 */
export async function loadTokenizer(
  path: string | URL,
  options: { readonly name?: string | undefined } = {},
): Promise<Tokenizer> {
  const file = filePath(path);
  return tokenizerOf(await readTokenizerJson(file), file, options.name ?? nameOf(file));
}

/** The content of a `tokenizer.json`, an object. */
export async function readTokenizerJson(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { size } = await statRegularFile(file);
    if (size > MAX_BYTES) throw limitError(`it has ${size} bytes; a tokenizer has at most ${MAX_BYTES}`);
    return parsed(await readFile(file, 'utf8'));
  } catch (error) {
    throw fileError(error, file);
  }
}

/** The tokenizer that this content describes. */
export async function tokenizerOf(json: object, file: string, name: string): Promise<Tokenizer> {
  const { Tokenizer: HuggingFace } = await importLibrary(file);
  try {
    return fromHuggingFace(new HuggingFace(json, {}), { name });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WordmillError('ERR_WORDMILL_TOKENIZER', `${file}: ${LIBRARY} does not take it: ${why}`, { file, cause });
  }
}

async function importLibrary(file: string): Promise<typeof import('@huggingface/tokenizers')> {
  try {
    return await import('@huggingface/tokenizers');
  } catch (cause) {
    throw new WordmillError(
      'ERR_WORDMILL_TOKENIZER',
      `${file}: reading it takes the package ${LIBRARY}: npm install ${LIBRARY}@0.2, or give another tokenizer`,
      { file, option: 'tokenizer', cause },
    );
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw formatError(`it is not JSON: ${(error as Error).message.slice(0, 100)}`);
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw formatError('it is JSON and no object');
}

/** Models lie in folders that have their names. */
function nameOf(file: string): string {
  const folder = basename(dirname(file));
  return folder === '' || folder === '.' ? basename(file) : folder;
}

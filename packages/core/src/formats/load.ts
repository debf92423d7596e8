import * as v from 'valibot';
import { Cancellation } from '../cancellation.js';
import { fileError, WordmillError } from '../errors.js';
import { filePath } from '../files.js';
import { callback, checkOptions, flag, integer, oneOf, signal } from '../options.js';
import type { Progress } from '../progress.js';
import { checkVectorsTokenizer } from '../tokenizers/check-vectors.js';
import { tokenizer } from '../tokenizers/checks.js';
import type { Tokenizer } from '../tokenizers/tokenizer.js';
import { ByteSource } from './byte-source.js';
import { detectFormat } from './detect.js';
import { FORMATS, type FormatName, importFormat, type LoadedVectors } from './format.js';
import type { InvalidUtf8 } from './key-bytes.js';
import { MAX_ROWS } from './limits.js';
import { TABLE_TYPES, type TableType } from './numbers.js';
import { refusal } from './refused.js';

/** How a file of vectors is read. */
export interface LoadOptions {
  /** The format, where the content does not tell. Default: recognised by the content. */
  readonly format?: FormatName | undefined;
  /** Read only so many rows from the beginning (gensim `limit`). Default: all. */
  readonly limit?: number | undefined;
  /**
   * Number type in memory. `i8` is signed bytes and a scale for each row: a quarter of f32, with cosines that differ by less
   * than 0.01. Default: the file's own in safetensors, GGUF and .npy, else `f32`.
   */
  readonly dtype?: TableType | undefined;
  /**
   * Map the file instead of copying it: opens at once, and processes share the memory. The file must not be changed in
   * place meanwhile (saving over it is safe: that replaces it). Default true for safetensors and GGUF unless `dtype` asks for
   * another type, false for .npy; other formats cannot be mapped.
   */
  readonly mmap?: boolean | undefined;
  /**
   * Which tensor of a language model is the table (safetensors of other programs, GGUF). Default: the token embedding, where its
   * name is known; else the error lists the candidates.
   */
  readonly tensor?: string | undefined;
  /**
   * File of the words that belong to .npy (default `PATH.words`), Projector (default `metadata.tsv`) or GloVe binary files, to
   * safetensors of other programs (one a line, or a `tokenizer.json`; default: that beside the file, else words are the
   * numbers of the rows), or that are to be the vocabulary of a floret table (default: none).
   */
  readonly words?: string | URL | undefined;
  /**
   * The tokenizer that the rows must belong to. ERR_WORDMILL_TOKENIZER, which names both, where the file was made with another one;
   * a file that does not say is compared by its keys.
   */
  readonly tokenizer?: Tokenizer | undefined;
  /** What to do with words that are not UTF-8. Default `escape`: kept as they are (gensim `unicode_errors`). */
  readonly invalidUtf8?: InvalidUtf8 | undefined;
  /** Stops the loading; the promise then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes read so far. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

const loadSchema = v.strictObject({
  format: v.optional(oneOf(...FORMATS)),
  limit: v.optional(integer(1, MAX_ROWS)),
  dtype: v.optional(oneOf(...TABLE_TYPES)),
  mmap: v.optional(flag),
  tensor: v.optional(v.string()),
  words: v.optional(v.union([v.string(), v.instance(URL)])),
  tokenizer,
  invalidUtf8: v.optional(oneOf('strict', 'replace', 'escape'), 'escape'),
  signal,
  onProgress: v.optional(callback<(progress: Progress) => void>()),
});

/** What was found while loading. */
export interface LoadReport {
  readonly file: string;
  readonly format: FormatName;
  readonly rows: number;
  /** rows that were left out because their key had occurred before */
  readonly duplicates: number;
  readonly mapped: boolean;
  /** name of the table that was read, in safetensors of other programs and GGUF */
  readonly tensor: string | undefined;
}

/** Reads a file of any format. */
export async function loadVectors(
  path: string | URL,
  options: LoadOptions | undefined,
): Promise<LoadedVectors & { readonly report: LoadReport }> {
  const checked = checkOptions(loadSchema, options);
  const file = filePath(path);
  const cancellation = new Cancellation(checked.signal);
  const onProgress = cancellation.observer(checked.onProgress);
  let source: ByteSource | undefined;
  try {
    cancellation.throwIfAborted();
    source = await ByteSource.open(file);
    const format = checked.format ?? recognise(source);
    refuseImpossible(source, format, checked);
    const words = checked.words === undefined ? undefined : filePath(checked.words, 'words');
    const { limit, dtype, mmap, tensor, invalidUtf8 } = checked;
    const settings = { limit, dtype, mmap, words, tensor, invalidUtf8, cancellation, onProgress };
    const loaded = await (await importFormat(format)).read(source, settings);
    if (checked.tokenizer !== undefined) requireSameTokenizer(loaded, checked.tokenizer, limit !== undefined);
    const { rows, owner } = loaded.table.describe();
    const { duplicates, tensor: table } = loaded;
    const report = { file, format, rows, duplicates, mapped: owner === 'mapped', tensor: table };
    return { ...loaded, report };
  } catch (error) {
    throw fileError(cancellation.cause(error), file);
  } finally {
    await source?.close();
    cancellation.close();
  }
}

function requireSameTokenizer(loaded: LoadedVectors, tokenizer: Tokenizer, limited: boolean): void {
  try {
    checkVectorsTokenizer(loaded, tokenizer, limited);
  } catch (error) {
    loaded.table.dispose();
    loaded.keys.dispose();
    loaded.subwords?.index.dispose();
    loaded.subwords?.table.dispose();
    throw error;
  }
}

function recognise(source: ByteSource): FormatName {
  const format = detectFormat(source);
  if (typeof format === 'string') return format;
  throw refusal(format);
}

/** Options that the format has no use for are mistakes, not wishes. */
function refuseImpossible(
  source: ByteSource,
  format: FormatName,
  { mmap, words, tensor }: v.InferOutput<typeof loadSchema>,
): void {
  const isSafetensors = format === 'safetensors' || format === 'safetensors-index';
  const canMap = isSafetensors || format === 'gguf' || format === 'npy' || format === 'fasttext-bin';
  if (mmap === true && !canMap) {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `option mmap: ${format} files cannot be mapped; save the vectors as safetensors first`,
      { option: 'mmap' },
    );
  }
  const takesWords =
    isSafetensors || format === 'npy' || format === 'projector' || format === 'glove-binary' || format === 'floret';
  if (words !== undefined && !takesWords) {
    throw new WordmillError('ERR_WORDMILL_OPTION', `option words: ${format} files hold their words themselves`, {
      option: 'words',
    });
  }
  if (tensor !== undefined && !isSafetensors && format !== 'gguf') {
    throw new WordmillError('ERR_WORDMILL_OPTION', `option tensor: ${format} files hold one table`, {
      option: 'tensor',
    });
  }
  if (canMap && source.compression !== undefined) {
    throw new WordmillError('ERR_WORDMILL_UNSUPPORTED', `a ${format} file must not be packed: unpack it first`);
  }
}

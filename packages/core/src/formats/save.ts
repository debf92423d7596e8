import * as v from 'valibot';
import { Cancellation } from '../cancellation.js';
import { WordmillError } from '../errors.js';
import { filePath } from '../files.js';
import { callback, checkOptions, oneOf, signal } from '../options.js';
import type { Progress } from '../progress.js';
import { FORMATS, type FormatName, importFormat, type NativeVectors } from './format.js';
import { TABLE_TYPES, type TableType } from './numbers.js';

/** How vectors are written. */
export interface SaveOptions {
  /**
   * Default, by the end of the name: `.safetensors`, `.bin` (word2vec binary), `.txt` (word2vec text), `.vec` (fastText),
   * `.npy` (and `.npy.words`), `.tsv` (TensorFlow Projector); a further `.gz` packs all but safetensors and .npy.
   * GloVe text (no header) has no ending of its own.
   */
  readonly format?: FormatName | undefined;
  /** Number type in the file, for safetensors and .npy (f32, f16). Default: as in memory, where the format has it. */
  readonly dtype?: TableType | undefined;
  /**
   * How text formats write numbers: `shortest` (default) has the fewest digits that read back as the same number, `fixed6` six
   * decimals as word2vec.c and GloVe.
   */
  readonly numbers?: 'shortest' | 'fixed6' | undefined;
  /**
   * Name of the tensor in a safetensors file for other programs: the table alone, in f32, f16 or bf16, as transformers reads it
   * (`model.embed_tokens.weight`). Its keys are not in such a file; rows keep their order.
   */
  readonly tensor?: string | undefined;
  /** File of the words for .npy (default `PATH.words`) and Projector files (default `metadata.tsv`). */
  readonly words?: string | URL | undefined;
  /** Stops the saving; the promise then rejects with its reason and a file of that name is left as it was. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the rows or bytes written so far. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

const saveSchema = v.strictObject({
  format: v.optional(oneOf(...FORMATS)),
  dtype: v.optional(oneOf(...TABLE_TYPES)),
  numbers: v.optional(oneOf('shortest', 'fixed6')),
  tensor: v.optional(v.pipe(v.string(), v.nonEmpty('must not be empty'))),
  words: v.optional(v.union([v.string(), v.instance(URL)])),
  signal,
  onProgress: v.optional(callback<(progress: Progress) => void>()),
});

const ENDINGS: ReadonlyMap<string, FormatName> = new Map([
  ['.safetensors', 'safetensors'],
  ['.bin', 'word2vec-binary'],
  ['.txt', 'word2vec-text'],
  ['.vec', 'fasttext-vec'],
  ['.npy', 'npy'],
  ['.tsv', 'projector'],
]);

/** Writes a file; one of that name is replaced when all is written. */
export async function saveVectors(
  vectors: NativeVectors,
  path: string | URL,
  options: SaveOptions | undefined,
): Promise<void> {
  const checked = checkOptions(saveSchema, options);
  const file = filePath(path);
  const gzip = file.endsWith('.gz');
  const format = checked.format ?? formatByName(gzip ? file.slice(0, -3) : file);
  refuseUseless(format, checked);
  if (vectors.keys.size === 0) {
    throw new WordmillError('ERR_WORDMILL_UNSUPPORTED', 'there are no words to save: load the table with option words');
  }
  const cancellation = new Cancellation(checked.signal);
  try {
    cancellation.throwIfAborted();
    await (await importFormat(format)).write(vectors, file, {
      dtype: checked.dtype,
      words: checked.words === undefined ? undefined : filePath(checked.words, 'words'),
      tensor: checked.tensor,
      numbers: checked.numbers ?? 'shortest',
      gzip,
      cancellation,
      onProgress: cancellation.observer(checked.onProgress),
    });
  } catch (error) {
    throw cancellation.cause(error);
  } finally {
    cancellation.close();
  }
}

/** The format that a name asks for. */
export function formatByName(path: string): FormatName {
  for (const [ending, format] of ENDINGS) if (path.toLowerCase().endsWith(ending)) return format;
  throw new WordmillError(
    'ERR_WORDMILL_OPTION',
    `${path} does not say the format: end it with ${[...ENDINGS.keys()].join(', ')} or give option format`,
    { option: 'format' },
  );
}

/** Options that the format has no use for are mistakes, not wishes. */
function refuseUseless(format: FormatName, options: v.InferOutput<typeof saveSchema>): void {
  const isText = format.endsWith('text') || format === 'fasttext-vec' || format === 'projector';
  const useless =
    (options.dtype !== undefined && format !== 'safetensors' && format !== 'npy' && 'dtype') ||
    (options.numbers !== undefined && !isText && 'numbers') ||
    (options.tensor !== undefined && format !== 'safetensors' && 'tensor') ||
    (options.words !== undefined && format !== 'npy' && format !== 'projector' && 'words');
  if (!useless) return;
  throw new WordmillError('ERR_WORDMILL_OPTION', `option ${useless} means nothing for ${format}; leave it out`, {
    option: useless,
  });
}

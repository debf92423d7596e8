/**
 * What went wrong: `ERR_WORDMILL_` and one of
 *
 * - `FORMAT`: the bytes are not what their format says
 * - `TRUNCATED`: the input ends too early
 * - `CHECKSUM`: the data changed since it was written
 * - `LIMIT`: a length or count exceeds what is allowed
 * - `IO`: the operating system refused; `system` names its reason
 * - `MEMORY`: not enough memory
 * - `OPTION`: an argument or option is wrong; `option` names it
 * - `OOV`: a word is not in the vocabulary
 * - `CORPUS`: the corpus is empty, or nothing of it is left
 * - `DIVERGED`: training gave numbers that are not finite, in `block`
 * - `DEVICE`: an accelerator or its module is missing, does not fit, or failed
 * - `UNSUPPORTED`: this machine, build or version cannot do that
 * - `TOKENIZER`: a tokenizer does not fit
 * - `DISPOSED`: the object has been disposed of
 * - `NATIVE`: the engine is missing or has a defect
 * - `CANCELLED`: inside the packages only; callers get the reason of their own `AbortSignal`
 */
export type WordmillErrorCode = `ERR_WORDMILL_${
  | 'FORMAT'
  | 'TRUNCATED'
  | 'CHECKSUM'
  | 'LIMIT'
  | 'IO'
  | 'MEMORY'
  | 'OPTION'
  | 'OOV'
  | 'CORPUS'
  | 'DIVERGED'
  | 'DEVICE'
  | 'UNSUPPORTED'
  | 'TOKENIZER'
  | 'DISPOSED'
  | 'NATIVE'
  | 'CANCELLED'}`;

export interface WordmillErrorDetails {
  readonly file?: string | undefined;
  readonly offset?: number | undefined;
  readonly option?: string | undefined;
  readonly block?: number | undefined;
  readonly system?: string | undefined;
  readonly needed?: number | undefined;
  readonly free?: number | undefined;
  readonly cause?: unknown;
}

/** Every error that Wordmill raises by itself. The message says what happened and what to do. */
export class WordmillError extends Error {
  override readonly name = 'WordmillError';
  readonly code: WordmillErrorCode;
  /** The file at fault. */
  declare readonly file?: string;
  /** Where in the file or input, in bytes from its start. */
  declare readonly offset?: number;
  /** The option or argument at fault, as the caller spells it. */
  declare readonly option?: string;
  /** The block of the training in which it happened. */
  declare readonly block?: number;
  /** What the operating system called it, for instance `ENOSPC`. */
  declare readonly system?: string;
  /** `MEMORY` of a device: bytes that were asked for. */
  declare readonly needed?: number;
  /** And bytes that were free. */
  declare readonly free?: number;

  constructor(code: WordmillErrorCode, message: string, details: WordmillErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    for (const name of ['file', 'offset', 'option', 'block', 'system', 'needed', 'free'] as const) {
      if (details[name] !== undefined) Object.assign(this, { [name]: details[name] });
    }
  }
}

/** Whether `value` is a {@link WordmillError}, also one of another copy of this package. */
export function isWordmillError(value: unknown): value is WordmillError {
  if (value instanceof WordmillError) return true;
  if (!(value instanceof Error) || value.name !== 'WordmillError') return false;
  return String((value as Partial<WordmillError>).code).startsWith('ERR_WORDMILL_');
}

import { fileError } from '../errors.js';
import { filePath } from '../files.js';
import { ByteSource } from './byte-source.js';
import { detectFormat } from './detect.js';
import { type FormatName, importFormat } from './format.js';
import { readGgufHeader } from './gguf-header.js';
import { type LongWork, openSafetensors } from './safetensors.js';
import { readIndex } from './safetensors-index.js';
import { VERSION_NAME } from './safetensors-vectors.js';
import { tableCandidates } from './table-tensor.js';

/** A tensor of a safetensors or GGUF file, or of an index, which tells only its name. */
export interface TensorDescription {
  readonly name: string;
  /** as the file spells it */
  readonly dtype: string | undefined;
  readonly shape: readonly number[] | undefined;
  /** CRC-32 in hexadecimal; undefined in files of other programs */
  readonly crc32: string | undefined;
}

/** What {@link inspect} tells of a file. */
export interface FileDescription {
  readonly file: string;
  readonly bytes: number;
  readonly compression: 'gzip' | 'zstd' | undefined;
  /** the name for `format` options, or the description of a format that is not read */
  readonly format: FormatName | (string & {});
  /** false: `advice` says how to convert it */
  readonly readable: boolean;
  readonly advice: string | undefined;
  /** undefined where the file does not say, and where it is not readable */
  readonly rows: number | undefined;
  readonly dimension: number | undefined;
  readonly dtype: string | undefined;
  /** safetensors and GGUF only, which also have names of tensors */
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly tensors: readonly TensorDescription[] | undefined;
  /**
   * In a file of a language model: which tensors may be the table of embeddings (option `tensor` of `load`). The first of
   * them is read where `readable` is true.
   */
  readonly candidates: readonly string[] | undefined;
}

/**
 * Describes any file whose format is recognised. The checksums of a safetensors file are compared with its content, unless
 * `verify` is false; a difference is ERR_WORDMILL_CHECKSUM.
 */
export async function inspect(
  path: string | URL,
  options: LongWork & { readonly verify?: boolean | undefined } = {},
): Promise<FileDescription> {
  const file = filePath(path);
  const source = await ByteSource.open(file);
  try {
    const { fileBytes: bytes, compression } = source;
    const format = detectFormat(source);
    const common = { file, bytes, compression, advice: undefined, ...NO_TENSORS };
    if (typeof format !== 'string') {
      const { name, advice } = format;
      return { ...common, ...UNKNOWN_SHAPE, format: name, readable: false, advice };
    }
    if (format === 'safetensors' || format === 'safetensors-index' || format === 'gguf') {
      if (compression === undefined) return await describeTensors(source, format, common, options);
      const advice = 'unpack it, since it is read by mapping it';
      return { ...common, ...UNKNOWN_SHAPE, format, readable: false, advice };
    }
    const shape = await (await importFormat(format)).shape(source);
    return { ...common, format, readable: true, ...shape };
  } catch (error) {
    throw fileError(error, file);
  } finally {
    await source.close();
  }
}

const UNKNOWN_SHAPE = { rows: undefined, dimension: undefined, dtype: undefined };
const NO_TENSORS = { metadata: undefined, tensors: undefined, candidates: undefined };
const UNKNOWN_TENSOR = { dtype: undefined, shape: undefined, crc32: undefined };

function namesOf(tensors: readonly TensorDescription[]): string[] {
  return tableCandidates(tensors).map(({ name }) => name);
}

type Common = Omit<FileDescription, 'format' | 'readable' | 'rows' | 'dimension' | 'dtype'>;

async function describeTensors(
  source: ByteSource,
  format: 'safetensors' | 'safetensors-index' | 'gguf',
  common: Common,
  options: LongWork & { readonly verify?: boolean | undefined },
): Promise<FileDescription> {
  if (format === 'safetensors') return inspectSafetensors(source, common, options);
  if (format === 'safetensors-index') {
    const tensors = [...(await readIndex(source)).keys()].map((name) => ({ ...UNKNOWN_TENSOR, name }));
    return describeTable(source, format, { ...common, tensors, candidates: namesOf(tensors) });
  }
  const { tensors: found, metadata } = await readGgufHeader(source);
  const tensors = [...found.values()].map(({ name, dtype, shape }) => ({ ...UNKNOWN_TENSOR, name, dtype, shape }));
  return describeTable(source, format, { ...common, metadata, tensors, candidates: namesOf(tensors) });
}

/** A file that holds tensors, of which one can be read, or none, which is why. */
async function describeTable(source: ByteSource, format: FormatName, described: Common): Promise<FileDescription> {
  try {
    const shape = await (await importFormat(format)).shape(source);
    return { ...described, format, readable: true, ...shape };
  } catch (error) {
    return { ...described, ...UNKNOWN_SHAPE, format, readable: false, advice: (error as Error).message };
  }
}

async function inspectSafetensors(
  source: ByteSource,
  common: Common,
  options: LongWork & { readonly verify?: boolean | undefined },
): Promise<FileDescription> {
  const content = await openSafetensors(source.path);
  try {
    if (options.verify !== false) await content.verify(options);
    const tensors = [...content.tensors.values()].map(({ name, dtype, shape }) => {
      return { name, dtype, shape, crc32: content.checksum(name)?.toString(16).padStart(8, '0') };
    });
    const own = Object.entries(content.metadata).filter(([name]) => !name.startsWith('crc32.'));
    const metadata = Object.fromEntries(own);
    const candidates = VERSION_NAME in metadata ? undefined : namesOf(tensors);
    return await describeTable(source, 'safetensors', { ...common, metadata, tensors, candidates });
  } finally {
    await content.close();
  }
}

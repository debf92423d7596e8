import { fileError } from '../errors.js';
import { filePath } from '../files.js';
import { ByteSource } from './byte-source.js';
import { detectFormat } from './detect.js';
import { type FormatName, importFormat } from './format.js';
import { type LongWork, openSafetensors } from './safetensors.js';

/** A tensor of a safetensors file. */
export interface TensorDescription {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
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
  /** safetensors only */
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly tensors: readonly TensorDescription[] | undefined;
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
    const common = { file, bytes, compression, metadata: undefined, tensors: undefined, advice: undefined };
    if (typeof format !== 'string') {
      const { name, advice } = format;
      return {
        ...common,
        format: name,
        readable: false,
        advice,
        rows: undefined,
        dimension: undefined,
        dtype: undefined,
      };
    }
    if (format === 'safetensors' && compression === undefined) return await inspectSafetensors(source, common, options);
    const shape = await (await importFormat(format)).shape(source);
    return { ...common, format, readable: true, ...shape };
  } catch (error) {
    throw fileError(error, file);
  } finally {
    await source.close();
  }
}

async function inspectSafetensors(
  source: ByteSource,
  common: Pick<FileDescription, 'file' | 'bytes' | 'compression'>,
  options: LongWork & { readonly verify?: boolean | undefined },
): Promise<FileDescription> {
  const content = await openSafetensors(source.path);
  try {
    if (options.verify !== false) await content.verify(options);
    const tensors = [...content.tensors.values()].map(({ name, dtype, shape }) => {
      return { name, dtype, shape, crc32: content.checksum(name)?.toString(16).padStart(8, '0') };
    });
    const own = Object.entries(content.metadata).filter(([name]) => !name.startsWith('crc32.'));
    const described = { ...common, format: 'safetensors', metadata: Object.fromEntries(own), tensors } as const;
    try {
      const shape = await (await importFormat('safetensors')).shape(source);
      return { ...described, readable: true, advice: undefined, ...shape };
    } catch (error) {
      const unknown = { rows: undefined, dimension: undefined, dtype: undefined };
      return { ...described, readable: false, advice: (error as Error).message, ...unknown };
    }
  } finally {
    await content.close();
  }
}

import { WordmillError } from '@wordmill/native';
import type { ByteSource } from './byte-source.js';
import { GgufReader } from './gguf-reader.js';
import { formatError, MAX_KEY_BYTES, MAX_ROWS, truncatedError } from './limits.js';

const VERSIONS = [2, 3];
/** As long as gguf allows keys to be; names of tensors are shorter. */
const MAX_NAME_BYTES = 65535;
/** ggml's GGML_MAX_DIMS. */
const MAX_RANK = 4;
/** Metadata that is shown: chat templates and other long texts are not. */
const MAX_SHOWN_BYTES = 200;
const DEFAULT_ALIGNMENT = 32;
const TOKENS = 'tokenizer.ggml.tokens';
const ALIGNMENT = 'general.alignment';

/** Types of metadata values, by their numbers. */
const STRING = 8;
const ARRAY = 9;
const SCALARS: ReadonlyMap<number, readonly [bytes: number, read: (bytes: Buffer) => number | bigint | boolean]> =
  new Map<number, readonly [number, (bytes: Buffer) => number | bigint | boolean]>([
    [0, [1, (bytes) => bytes.readUInt8(0)]],
    [1, [1, (bytes) => bytes.readInt8(0)]],
    [2, [2, (bytes) => bytes.readUInt16LE(0)]],
    [3, [2, (bytes) => bytes.readInt16LE(0)]],
    [4, [4, (bytes) => bytes.readUInt32LE(0)]],
    [5, [4, (bytes) => bytes.readInt32LE(0)]],
    [6, [4, (bytes) => bytes.readFloatLE(0)]],
    [7, [1, (bytes) => bytes.readUInt8(0) !== 0]],
    [10, [8, (bytes) => bytes.readBigUInt64LE(0)]],
    [11, [8, (bytes) => bytes.readBigInt64LE(0)]],
    [12, [8, (bytes) => bytes.readDoubleLE(0)]],
  ]);

/** ggml's tensor types by their numbers: name, and where it is known how many numbers take how many bytes. */
const TENSOR_TYPES: ReadonlyMap<number, readonly [name: string, numbers?: number, bytes?: number]> = new Map<
  number,
  readonly [string, number?, number?]
>([
  [0, ['F32', 1, 4]],
  [1, ['F16', 1, 2]],
  [2, ['Q4_0', 32, 18]],
  [3, ['Q4_1', 32, 20]],
  [6, ['Q5_0', 32, 22]],
  [7, ['Q5_1', 32, 24]],
  [8, ['Q8_0', 32, 34]],
  [9, ['Q8_1']],
  [10, ['Q2_K', 256, 84]],
  [11, ['Q3_K', 256, 110]],
  [12, ['Q4_K', 256, 144]],
  [13, ['Q5_K', 256, 176]],
  [14, ['Q6_K', 256, 210]],
  ...['Q8_K', 'IQ2_XXS', 'IQ2_XS', 'IQ3_XXS', 'IQ1_S', 'IQ4_NL', 'IQ3_S', 'IQ2_S', 'IQ4_XS'].map(
    (name, i) => [15 + i, [name]] as const,
  ),
  [24, ['I8', 1, 1]],
  [25, ['I16', 1, 2]],
  [26, ['I32', 1, 4]],
  [27, ['I64', 1, 8]],
  [28, ['F64', 1, 8]],
  [29, ['IQ1_M']],
  [30, ['BF16', 1, 2]],
  [34, ['TQ1_0']],
  [35, ['TQ2_0']],
  [39, ['MXFP4']],
]);

export interface GgufTensor {
  readonly name: string;
  /** ggml's name of the type, or its number */
  readonly dtype: string;
  /** rows first, as everywhere else; GGUF has the columns first */
  readonly shape: readonly number[];
  /** of its first byte in the file */
  readonly offset: number;
}

export interface GgufHeader {
  readonly version: number;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** numbers and short texts */
  readonly metadata: Readonly<Record<string, string>>;
  /** bytes of the tokens, and where each begins */
  readonly tokens: { readonly bytes: Buffer; readonly offsets: BigUint64Array } | undefined;
}

/** Reads all that stands before the tensors. Counts, lengths and offsets are compared with the file before they are used. */
export async function readGgufHeader(source: ByteSource): Promise<GgufHeader> {
  const reader = new GgufReader(source);
  if ((await reader.take(4, 'its first four bytes')).toString('latin1') !== 'GGUF')
    throw formatError('it does not begin with GGUF', 0);
  const version = await reader.u32('its version');
  if (!VERSIONS.includes(version)) throw otherVersion(version);
  const tensorCount = await reader.count('tensors', 24);
  const valueCount = await reader.count('metadata values', 13);
  const values = new Map<string, string | undefined>();
  let tokens: GgufHeader['tokens'];
  let alignment = DEFAULT_ALIGNMENT;
  for (let i = 0; i < valueCount; i++) {
    const at = reader.position;
    const key = await reader.name('a metadata key', MAX_NAME_BYTES);
    if (values.has(key)) throw formatError(`it has metadata ${JSON.stringify(key)} twice`, at);
    const type = await reader.u32('a metadata type');
    let shown: string | undefined;
    if (key === TOKENS) tokens = await readTokens(reader, type);
    else if (key === ALIGNMENT) alignment = await readAlignment(reader, type);
    else shown = await readValue(reader, type, key);
    values.set(key, shown);
  }
  const tensors = await readTensors(reader, tensorCount, alignment, source.fileBytes);
  const metadata = Object.fromEntries([...values].filter((entry): entry is [string, string] => entry[1] !== undefined));
  return { version, tensors, metadata, tokens };
}

function otherVersion(version: number): WordmillError {
  const why =
    version === 1
      ? 'it has version 1 of GGUF, whose lengths are shorter; convert the model again'
      : version !== 0 && version % 2 ** 16 === 0
        ? 'it is a big-endian GGUF file; convert it with gguf-py/scripts/gguf_convert_endian.py'
        : `it has version ${version} of GGUF and this release reads ${VERSIONS.join(' and ')}`;
  return new WordmillError('ERR_WORDMILL_UNSUPPORTED', why, { offset: 4 });
}

async function readAlignment(reader: GgufReader, type: number): Promise<number> {
  const at = reader.position;
  if (type !== 4) throw formatError(`${ALIGNMENT} is of type ${type}, not a 32-bit number`, at);
  const alignment = await reader.u32(ALIGNMENT);
  if (alignment > 0 && Number.isInteger(Math.log2(alignment))) return alignment;
  throw formatError(`${ALIGNMENT} is ${alignment}, which is no power of two`, at);
}

/** The value as text, or undefined where it is too long to be shown, or a list. */
async function readValue(reader: GgufReader, type: number, key: string): Promise<string | undefined> {
  if (type === STRING) {
    const text = await reader.count(`bytes of metadata ${JSON.stringify(key)}`, 1);
    if (text <= MAX_SHOWN_BYTES) return (await reader.take(text, 'metadata')).toString();
    reader.skip(text, 'metadata');
    return undefined;
  }
  if (type === ARRAY) {
    await skipArray(reader, key);
    return undefined;
  }
  const scalar = SCALARS.get(type);
  if (scalar === undefined) throw unknownType(type, key, reader.position - 4);
  return String(scalar[1](await reader.take(scalar[0], 'metadata')));
}

async function skipArray(reader: GgufReader, key: string): Promise<void> {
  const type = await reader.u32('a metadata type');
  const what = `elements of metadata ${JSON.stringify(key)}`;
  if (type === STRING) {
    await reader.strings(await reader.count(what, 8), 'a string', Number.MAX_SAFE_INTEGER, () => {});
    return;
  }
  const scalar = SCALARS.get(type);
  if (scalar === undefined) throw unknownType(type, key, reader.position - 4);
  reader.skip((await reader.count(what, scalar[0])) * scalar[0], 'metadata');
}

function unknownType(type: number, key: string, offset: number): WordmillError {
  return formatError(`metadata ${JSON.stringify(key)} is of type ${type}, which is unknown`, offset);
}

async function readTokens(reader: GgufReader, type: number): Promise<GgufHeader['tokens']> {
  const at = reader.position;
  if (type !== ARRAY || (await reader.u32('a metadata type')) !== STRING) {
    throw formatError(`${TOKENS} is no list of strings`, at);
  }
  const count = await reader.count('tokens', 8, MAX_ROWS);
  const offsets = new BigUint64Array(count + 1);
  let bytes = Buffer.alloc(Math.min(count * 8, reader.left));
  let length = 0;
  let row = 0;
  await reader.strings(count, 'a token', MAX_KEY_BYTES, (token) => {
    if (length + token.length > bytes.length) {
      bytes = Buffer.concat([bytes], Math.max(bytes.length * 2, length + token.length));
    }
    length += token.copy(bytes, length);
    offsets[++row] = BigInt(length);
  });
  return { bytes: bytes.subarray(0, length), offsets };
}

async function readTensors(
  reader: GgufReader,
  count: number,
  alignment: number,
  fileBytes: number,
): Promise<ReadonlyMap<string, GgufTensor>> {
  const tensors = new Map<string, GgufTensor & { readonly bytes: number }>();
  for (let i = 0; i < count; i++) {
    const at = reader.position;
    const name = await reader.name('the name of a tensor', MAX_NAME_BYTES);
    if (tensors.has(name)) throw formatError(`it has two tensors ${JSON.stringify(name)}`, at);
    const rank = await reader.u32('the rank of a tensor');
    if (rank > MAX_RANK) throw formatError(`tensor ${JSON.stringify(name)} has ${rank} dimensions`, at);
    const shape: number[] = [];
    for (let j = 0; j < rank; j++) shape.unshift(await reader.size('the size of a tensor'));
    const type = await reader.u32('the type of a tensor');
    const offset = await reader.size('the offset of a tensor');
    if (offset % alignment !== 0) {
      throw formatError(`tensor ${JSON.stringify(name)} lies at ${offset}, not at a multiple of ${alignment}`, at);
    }
    const [dtype, numbers = 1, unit = 0] = TENSOR_TYPES.get(type) ?? [`type ${type}`];
    if ((shape.at(-1) ?? 1) % numbers !== 0) {
      throw formatError(
        `tensor ${JSON.stringify(name)} is ${dtype} [${shape}]: its blocks have ${numbers} numbers`,
        at,
      );
    }
    const bytes = shape.reduce((product, size) => product * size, unit / numbers);
    tensors.set(name, { name, dtype, shape, offset, bytes });
  }
  const start = Math.ceil(reader.position / alignment) * alignment;
  const placed = [...tensors.values()].map((tensor) => ({ ...tensor, offset: start + tensor.offset }));
  refuseOverlaps(placed, fileBytes);
  return new Map(placed.map(({ name, dtype, shape, offset }) => [name, { name, dtype, shape, offset }]));
}

/** Tensors of types whose size is not known are taken to end where the next one begins. */
function refuseOverlaps(tensors: readonly (GgufTensor & { readonly bytes: number })[], fileBytes: number): void {
  const ordered = [...tensors].sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let end = 0;
  let before = '';
  for (const { name, offset, bytes } of ordered) {
    if (offset < end)
      throw formatError(`tensors ${JSON.stringify(before)} and ${JSON.stringify(name)} overlap`, offset);
    end = offset + bytes;
    before = name;
    if (end > fileBytes) {
      throw truncatedError(`its tensor ${JSON.stringify(name)} ends at ${end} of ${fileBytes} bytes`, fileBytes);
    }
  }
}

import { formatError, limitError, truncatedError } from './limits.js';

/** Bytes of one element, for every dtype of the format whose elements are whole bytes. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1, F8_E8M0: 1 },
  ...{ U16: 2, I16: 2, F16: 2, BF16: 2 },
  ...{ U32: 4, I32: 4, F32: 4 },
  ...{ U64: 8, I64: 8, F64: 8, C64: 8 },
};

/** The longest header that the format allows. */
export const MAX_HEADER_BYTES = 100_000_000;

/** A tensor as the header describes it. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** offset of its first byte in the file */
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Length of the JSON text, from the first eight bytes of a file of that length. */
export function headerLength(start: Buffer, fileBytes: number): number {
  if (start.length < 8) throw truncatedError('a safetensors file begins with 8 bytes of header length', fileBytes);
  const length = start.readBigUInt64LE(0);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw limitError(`it claims a header of ${length} bytes; safetensors allows ${MAX_HEADER_BYTES}`, 0);
  }
  if (Number(length) + 8 > fileBytes) throw truncatedError(`it claims a header of ${length} bytes`, fileBytes);
  return Number(length);
}

/**
 * Reads the JSON text and checks all that it claims: known dtypes, shapes that fit their bytes, tensors one after the other
 * without hole or overlap, and the end of the last one at the end of the file.
 */
export function parseHeader(json: Buffer, fileBytes: number): SafetensorsHeader {
  const text = headerText(json);
  const entries = Object.entries(text);
  const metadata = metadataOf(text);
  const dataStart = 8 + json.length;
  const tensors = entries
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => tensorInfo(name, value, dataStart))
    .sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let end = dataStart;
  for (const tensor of tensors) {
    if (tensor.offset !== end)
      throw formatError(`tensor ${quoted(tensor.name)} does not begin where the one before ends`, end);
    end += tensor.bytes;
    if (!Number.isSafeInteger(end))
      throw limitError(`tensor ${quoted(tensor.name)} ends beyond any file`, tensor.offset);
  }
  if (end > fileBytes) throw truncatedError(`its tensors take ${end} bytes and there are ${fileBytes}`, fileBytes);
  if (end < fileBytes) throw formatError(`there are ${fileBytes - end} bytes after its last tensor`, end);
  return { tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])), metadata };
}

function headerText(json: Buffer): Record<string, unknown> {
  if (json[0] !== 0x7b) throw formatError('its header is not JSON', 8);
  let header: unknown;
  const text = json.toString();
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw formatError(`its header is not JSON: ${(error as Error).message.slice(0, 100)}`, 8);
  }
  const twice = repeatedName(text);
  if (twice !== undefined) throw formatError(`its header has two tensors ${quoted(twice)}`, 8);
  return header as Record<string, unknown>;
}

function metadataOf(header: Record<string, unknown>): Record<string, string> {
  const metadata = Object.hasOwn(header, '__metadata__') ? header.__metadata__ : {};
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw formatError('__metadata__ in its header is no object', 8);
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') throw formatError(`${quoted(name)} of __metadata__ in its header is no string`, 8);
  }
  return metadata as Record<string, string>;
}

function tensorInfo(name: string, value: unknown, dataStart: number): TensorInfo {
  const wrong = (what: string) => formatError(`tensor ${quoted(name)} in its header ${what}`, 8);
  if (typeof value !== 'object' || value === null) throw wrong('is no object');
  const { dtype, shape, data_offsets: range } = value as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENT_BYTES, dtype))
    throw wrong(`has dtype ${quoted(String(dtype))}`);
  if (!isSizes(shape)) throw wrong('has no valid shape');
  if (!isSizes(range) || range.length !== 2) throw wrong('has no valid data_offsets');
  const [begin, end] = range as [number, number];
  const bytes = shape.reduce((product, size) => product * size, ELEMENT_BYTES[dtype]!);
  if (bytes !== end - begin)
    throw wrong(`has ${end - begin} bytes, which is not its shape [${shape.slice(0, 8)}] of ${dtype}`);
  return { name, dtype, shape, offset: dataStart + begin, bytes };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** A name that occurs twice in the outermost object: JSON.parse keeps the last, other readers the first. */
function repeatedName(json: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    if (character !== '"') continue;
    const start = at;
    at = stringEnd(json, at);
    if (depth !== 1 || !/^\s*:/.test(json.slice(at + 1, at + 100))) continue;
    const name = JSON.parse(json.slice(start, at + 1)) as string;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

/** Index of the quote that ends the string whose opening quote is at `start`. */
function stringEnd(json: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = json.indexOf('"', at);
    let backslashes = 0;
    while (json[at - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return at;
  }
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

/** The header of a file with these tensors in this order: length, JSON, and spaces so that the data begins at 64 bytes. */
export function headerBytes(
  tensors: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[] }[],
  metadata: Readonly<Record<string, string>>,
): Buffer {
  const header = new Map<string, unknown>([['__metadata__', metadata]]);
  let end = 0;
  for (const { name, dtype, shape } of tensors) {
    const begin = end;
    end += tensorBytes(dtype, shape);
    header.set(name, { dtype, shape, data_offsets: [begin, end] });
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const bytes = Buffer.alloc(Math.ceil((8 + json.length) / 64) * 64, ' ');
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8), 0);
  json.copy(bytes, 8);
  return bytes;
}

export function tensorBytes(dtype: string, shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, ELEMENT_BYTES[dtype]!);
}

/** Order in which every tensor lies at a multiple of its element's size: the widest elements first. */
export function byElementSize(a: { readonly dtype: string }, b: { readonly dtype: string }): number {
  return ELEMENT_BYTES[b.dtype]! - ELEMENT_BYTES[a.dtype]!;
}

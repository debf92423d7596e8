import { writeFileSync } from 'node:fs';

/** A tensor of a file that is made by hand; `dims` as GGUF has them, columns first. */
export interface GgufTensorData {
  readonly name: string;
  readonly type: number;
  readonly dims: readonly (number | bigint)[];
  readonly data: Uint8Array;
  /** in place of where it lies */
  readonly offset?: number | bigint | undefined;
}

export interface GgufContent {
  readonly version?: number | undefined;
  /** type and bytes of each value; `string`, `strings` and `u32` make them */
  readonly metadata?: readonly (readonly [key: string, type: number, value: Buffer])[] | undefined;
  readonly tensors: readonly GgufTensorData[];
  readonly alignment?: number | undefined;
  /** in place of the true ones */
  readonly tensorCount?: bigint | undefined;
  readonly valueCount?: bigint | undefined;
}

export const GGUF_TYPES = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8, Q6_K: 14, BF16: 30 } as const;

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function string(text: string | Buffer): Buffer {
  return Buffer.concat([u64(Buffer.from(text).length), Buffer.from(text)]);
}

export function strings(texts: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat([u32(8), u64(texts.length), ...texts.map(string)]);
}

export const tokens = (texts: readonly (string | Buffer)[]) => ['tokenizer.ggml.tokens', 9, strings(texts)] as const;
export const architecture = ['general.architecture', 8, string('llama')] as const;

/** The bytes of a GGUF file. */
export function ggufBytes(content: GgufContent): Buffer {
  const { version = 3, metadata = [], tensors, alignment = 32 } = content;
  const parts = [Buffer.from('GGUF'), u32(version)];
  parts.push(u64(content.tensorCount ?? tensors.length), u64(content.valueCount ?? metadata.length));
  for (const [key, type, value] of metadata) parts.push(string(key), u32(type), value);
  let offset = 0;
  const data: Buffer[] = [];
  for (const tensor of tensors) {
    parts.push(string(tensor.name), u32(tensor.dims.length), ...tensor.dims.map(u64), u32(tensor.type));
    parts.push(u64(tensor.offset ?? offset));
    const padding = (alignment - (tensor.data.length % alignment)) % alignment;
    data.push(Buffer.from(tensor.data), Buffer.alloc(padding));
    offset += tensor.data.length + padding;
  }
  const header = Buffer.concat(parts);
  const gap = Buffer.alloc((alignment - (header.length % alignment)) % alignment);
  return Buffer.concat([header, gap, ...data]);
}

export function writeGguf(path: string, content: GgufContent): string {
  writeFileSync(path, ggufBytes(content));
  return path;
}

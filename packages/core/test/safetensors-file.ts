import { truncateSync, writeFileSync } from 'node:fs';

/** A tensor of a file that is made by hand. */
export interface HandMadeTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** A safetensors file as other programs write it. */
export function writeSafetensorsFile(
  path: string,
  tensors: Readonly<Record<string, HandMadeTensor>>,
  metadata: Readonly<Record<string, string>> | undefined = { format: 'pt' },
): string {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  let end = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, end + data.length] };
    end += data.length;
  }
  const parts = Object.values(tensors).map(({ data }) => data);
  writeFileSync(path, Buffer.concat([headerOf(JSON.stringify(header)), ...parts]));
  return path;
}

/** A safetensors file whose tensors are holes in the file: it takes no place on the disk, and reads as zeros. */
export function writeSparseSafetensors(
  path: string,
  tensors: Readonly<
    Record<string, { readonly dtype: string; readonly shape: readonly number[]; readonly bytes: number }>
  >,
): string {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const start = headerOf(JSON.stringify(header));
  writeFileSync(path, start);
  truncateSync(path, start.length + end);
  return path;
}

/** A file with another header and the same data. */
export function rewriteHeader(path: string, whole: Buffer, change: (text: string) => string): string {
  const length = Number(whole.readBigUInt64LE(0));
  const header = headerOf(change(whole.toString('utf8', 8, 8 + length)));
  writeFileSync(path, Buffer.concat([header, whole.subarray(8 + length)]));
  return path;
}

function headerOf(text: string): Buffer {
  const json = Buffer.from(text);
  const bytes = Buffer.alloc(8 + json.length);
  bytes.writeBigUInt64LE(BigInt(json.length), 0);
  json.copy(bytes, 8);
  return bytes;
}

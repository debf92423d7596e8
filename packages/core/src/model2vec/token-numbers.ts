import { type DType, native, type WordmillError } from '@wordmill/native';
import type { Cancellation } from '../cancellation.js';
import { formatError } from '../formats/limits.js';
import type { SafetensorsFile } from '../formats/safetensors.js';
import type { TensorInfo } from '../formats/safetensors-header.js';
import { TABLE_DTYPES } from '../formats/tensors.js';

/** The weight of each token; undefined where the file has none. */
export async function readWeights(
  file: SafetensorsFile,
  name: string,
  tokens: number,
  cancellation: Cancellation,
): Promise<Float32Array | undefined> {
  const found = await tensorOfTokens(file, name, tokens, cancellation);
  if (found === undefined) return undefined;
  const { tensor, bytes } = found;
  const weights = realNumbers(tensor, bytes, tokens);
  const at = weights.findIndex((weight) => !Number.isFinite(weight));
  if (at >= 0) throw wrong(tensor, `holds ${weights[at]} for token ${at}`);
  return weights;
}

/** The row of each token; undefined where the file has none. */
export async function readMapping(
  file: SafetensorsFile,
  name: string,
  tokens: number,
  cancellation: Cancellation,
): Promise<Uint32Array | undefined> {
  const found = await tensorOfTokens(file, name, tokens, cancellation);
  if (found === undefined) return undefined;
  const { tensor, bytes } = found;
  const values = wholeNumbers(tensor, bytes, tokens);
  return Uint32Array.from(values, (value, token) => {
    if (value >= 0 && value <= 0xfffffffe) return value;
    throw wrong(tensor, `holds ${value} for token ${token}`);
  });
}

async function tensorOfTokens(
  file: SafetensorsFile,
  name: string,
  tokens: number,
  cancellation: Cancellation,
): Promise<{ readonly tensor: TensorInfo; readonly bytes: Buffer } | undefined> {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) return undefined;
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  if (count !== tokens) throw wrong(tensor, `holds ${count} numbers for ${tokens} tokens`);
  return { tensor, bytes: await file.readWhole(name, cancellation) };
}

function realNumbers(tensor: TensorInfo, bytes: Buffer, count: number): Float32Array {
  if (tensor.dtype === 'F64') return Float32Array.from(new Float64Array(bytes.buffer, bytes.byteOffset, count));
  const dtype: DType | undefined = Object.hasOwn(TABLE_DTYPES, tensor.dtype) ? TABLE_DTYPES[tensor.dtype] : undefined;
  if (dtype === undefined || dtype === 'i8') throw notRead(tensor);
  const table = native().wrapTable(dtype, count, 1, bytes.length / count, bytes);
  try {
    const numbers = new Float32Array(count);
    table.read(0, count, 'f32', numbers);
    return numbers;
  } finally {
    table.dispose();
  }
}

function wholeNumbers(tensor: TensorInfo, { buffer, byteOffset }: Buffer, count: number): number[] {
  switch (tensor.dtype) {
    case 'I64':
      return Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case 'I32':
      return Array.from(new Int32Array(buffer, byteOffset, count));
    case 'U32':
      return Array.from(new Uint32Array(buffer, byteOffset, count));
    default:
      throw notRead(tensor);
  }
}

function notRead(tensor: TensorInfo): WordmillError {
  return wrong(tensor, `is ${tensor.dtype}, which is not read`);
}

function wrong(tensor: TensorInfo, what: string): WordmillError {
  return formatError(`tensor "${tensor.name}" ${what}`, tensor.offset);
}

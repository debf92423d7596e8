import { type DType, native, type Table, WordmillError } from '@wordmill/native';
import type { ByteSource } from './byte-source.js';
import type { Format, LoadedVectors, ReadSettings } from './format.js';
import { type GgufHeader, type GgufTensor, readGgufHeader } from './gguf-header.js';
import { checkShape, formatError } from './limits.js';
import { rowBytes } from './numbers.js';
import { copyPlacement, isMapped, refuseReplaced, type TablePlacement } from './table-placement.js';
import { chooseTable } from './table-tensor.js';
import { rowKeys, type TokenKeys, tokenKeysBeside } from './token-names.js';

/** The engine's number types by ggml's names. */
const DTYPES: Readonly<Record<string, DType>> = {
  ...{ F32: 'f32', F16: 'f16', BF16: 'bf16' },
  ...{ Q8_0: 'q8_0', Q4_0: 'q4_0' },
};

/** llama.cpp's model files: the token embedding, with the tokens that the file carries as keys. */
export const gguf: Format = {
  async read(source, settings) {
    const header = await readGgufHeader(source);
    const name = chooseTable(header.tensors, settings.tensor);
    const place = placementOf(header.tensors.get(name)!);
    const { keys, duplicates } = await keysOf(header, place.rows, source, settings);
    let table: Table | undefined;
    try {
      if (isMapped(place.dtype, settings)) {
        const { offset, dtype, columns } = place;
        table = native().mapTable(source.path, offset, dtype, keys.size, columns, rowBytes(dtype, columns));
        await refuseReplaced(source.path, source.inode);
      } else {
        table = await copyPlacement(source, place, settings);
      }
      settings.cancellation.throwIfAborted();
      return { table, keys, duplicates, tensor: name } satisfies LoadedVectors;
    } catch (error) {
      keys.dispose();
      table?.dispose();
      throw error;
    }
  },
  write() {
    throw new WordmillError('ERR_WORDMILL_UNSUPPORTED', 'GGUF files are read and not written; choose safetensors', {
      option: 'format',
    });
  },
  async shape(source) {
    const header = await readGgufHeader(source);
    const { rows, columns, dtype } = placementOf(header.tensors.get(chooseTable(header.tensors, undefined))!);
    return { rows, dimension: columns, dtype };
  },
};

/** Where a table lies, and of which of our types it is. */
function placementOf(tensor: GgufTensor): TablePlacement {
  const { name, shape, offset } = tensor;
  const dtype = Object.hasOwn(DTYPES, tensor.dtype) ? DTYPES[tensor.dtype] : undefined;
  if (dtype === undefined || shape.length !== 2) {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      `tensor "${name}" is ${tensor.dtype} [${shape}]; what is read are matrices of ${Object.keys(DTYPES).join(', ')}: ` +
        'llama-quantize --token-embedding-type q8_0 makes one',
      { offset },
    );
  }
  const [rows, columns] = shape as [number, number];
  checkShape(rows, columns, offset);
  return { offset, rows, columns, dtype };
}

async function keysOf(
  { tokens }: GgufHeader,
  rows: number,
  source: ByteSource,
  settings: ReadSettings,
): Promise<TokenKeys> {
  if (tokens === undefined) return tokenKeysBeside(source.path, rows, settings);
  const { bytes, offsets } = tokens;
  const count = offsets.length - 1;
  if (count > rows) throw formatError(`it has ${count} tokens for ${rows} rows of its table`);
  const kept = Math.min(count, settings.limit ?? count);
  const keys = native().createKeys(bytes.subarray(0, Number(offsets[kept])), offsets.subarray(0, kept + 1));
  return rowKeys(keys, Math.min(rows, settings.limit ?? rows), settings);
}

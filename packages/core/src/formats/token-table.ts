import { type DType, native, type Table, WordmillError } from '@wordmill/native';
import type { LoadedVectors, ReadSettings } from './format.js';
import type { TableType } from './numbers.js';
import type { SafetensorsFile, TensorSource } from './safetensors.js';
import { isMapped, refuseReplaced } from './table-placement.js';
import { chooseTable } from './table-tensor.js';
import { readTable, scalesOf, TABLE_DTYPES, tableInfo, tableTensor } from './tensors.js';
import { tokenKeysBeside } from './token-names.js';

/** The tensor of a file of another program that is to be read, whose numbers are of a type that is. */
export function chooseTokenTable(file: SafetensorsFile, wanted: string | undefined): string {
  const name = chooseTable(file.tensors, wanted);
  const { dtype, shape, offset } = file.tensors.get(name)!;
  const isRead = Object.hasOwn(TABLE_DTYPES, dtype) && (dtype !== 'I8' || file.tensors.has(scalesOf(name)));
  if (isRead && shape.length === 2) return name;
  throw new WordmillError(
    'ERR_WORDMILL_UNSUPPORTED',
    `tensor "${name}" is ${dtype} [${shape}]; what is read are matrices of F32, F16, BF16, and I8 with a tensor ` +
      `"${scalesOf(name)}": a table that is packed in another way (GPTQ, AWQ, FP8, bitsandbytes) must be converted first`,
    { offset },
  );
}

/** The table of a language model out of a file that may hold much else, which is not read. Row i has the key of token i. */
export async function readTokenTable(
  file: SafetensorsFile,
  name: string,
  settings: ReadSettings,
): Promise<LoadedVectors> {
  const { shape, offset, table: stored, bytes } = tableInfo(file, name);
  const [all, columns] = shape as [number, number];
  const { keys, duplicates } = await tokenKeysBeside(file.path, all, settings);
  let table: Table | undefined;
  try {
    if (isMapped(stored, settings)) {
      table = native().mapTable(file.path, offset, stored, keys.size, columns, bytes / all);
      await refuseReplaced(file.path, file.inode);
    } else {
      const { dtype, limit, cancellation, onProgress } = settings;
      const onBytes = (done: number): void => onProgress?.({ phase: 'loading', done, total: bytes });
      table = await readTable(file, name, { dtype, limit, cancellation, onBytes });
    }
    settings.cancellation.throwIfAborted();
    return { table, keys, duplicates, tensor: name };
  } catch (error) {
    keys.dispose();
    table?.dispose();
    throw error;
  }
}

/** A file of one tensor, as PyTorch's programs expect it. */
export function plainTensor(
  name: string,
  table: Table,
  dtype: TableType | undefined,
): { readonly tensors: readonly TensorSource[]; readonly metadata: Readonly<Record<string, string>> } {
  if (dtype === 'i8') {
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      "option dtype: a tensor for other programs is 'f32', 'f16' or 'bf16', not i8",
      { option: 'dtype' },
    );
  }
  const stored: DType = table.describe().dtype;
  const isPlain = stored === 'f32' || stored === 'f16' || stored === 'bf16';
  return { tensors: [tableTensor(name, table, dtype ?? (isPlain ? stored : 'f16'))], metadata: { format: 'pt' } };
}

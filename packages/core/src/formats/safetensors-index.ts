import { dirname, join } from 'node:path';
import { fileError, WordmillError } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import type { Format } from './format.js';
import { formatError, limitError, truncatedError } from './limits.js';
import { openSafetensors, type SafetensorsFile } from './safetensors.js';
import { chooseTable } from './table-tensor.js';
import { tableInfo } from './tensors.js';
import { chooseTokenTable, readTokenTable } from './token-table.js';

/** Longer than the header of any shard. */
const MAX_INDEX_BYTES = 100_000_000;

/**
 * `model.safetensors.index.json`: which file (shard) of a model holds which tensor. Only the shard that holds the table is
 * opened.
 */
export const safetensorsIndex: Format = {
  async read(source, settings) {
    return withShard(source, settings.tensor, (file, name) => readTokenTable(file, name, settings));
  },
  write() {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      'an index of shards is not written: save the table as safetensors, with option tensor',
      { option: 'format' },
    );
  },
  async shape(source) {
    return withShard(source, undefined, async (file, name) => {
      const { shape, table } = tableInfo(file, name);
      return { rows: shape[0], dimension: shape[1]!, dtype: table };
    });
  },
};

async function withShard<Result>(
  source: ByteSource,
  wanted: string | undefined,
  use: (file: SafetensorsFile, name: string) => Promise<Result>,
): Promise<Result> {
  const shards = await readIndex(source);
  const name = chooseTable(new Map([...shards.keys()].map((tensor) => [tensor, { name: tensor }])), wanted);
  const file = await openSafetensors(join(dirname(source.path), shards.get(name)!));
  try {
    if (!file.tensors.has(name)) throw formatError(`it has no tensor "${name}", which the index says is in it`);
    return await use(file, chooseTokenTable(file, name));
  } catch (error) {
    throw fileError(error, file.path);
  } finally {
    await file.close();
  }
}

/** The file of each tensor. */
export async function readIndex(source: ByteSource): Promise<ReadonlyMap<string, string>> {
  if (source.fileBytes > MAX_INDEX_BYTES) {
    throw limitError(`it has ${source.fileBytes} bytes; an index has at most ${MAX_INDEX_BYTES}`);
  }
  const bytes = await source.readAt(0, Buffer.alloc(source.fileBytes));
  if (bytes.length < source.fileBytes) throw truncatedError('it was cut while being read', bytes.length);
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
  } catch (error) {
    throw formatError(`it is not JSON: ${(error as Error).message.slice(0, 100)}`);
  }
  const map: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, 'weight_map') : undefined;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw formatError('its weight_map is no object of tensors and files');
  }
  const shards = Object.entries(map as Record<string, unknown>);
  for (const [tensor, file] of shards) {
    // Files beside the index only: one elsewhere is a trick, or a mistake.
    if (typeof file === 'string' && file !== '' && !/[/\\\0]/.test(file) && file !== '..') continue;
    throw formatError(
      `its weight_map has ${JSON.stringify(file)?.slice(0, 100)} for tensor ${JSON.stringify(tensor)}; expected the name of a ` +
        'file beside it',
    );
  }
  return new Map(shards as [string, string][]);
}

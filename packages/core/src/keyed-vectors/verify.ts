import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { Cancellation } from '../cancellation.js';
import { WordmillError } from '../errors.js';
import type { NativeVectors } from '../formats/format.js';
import type { LongWork, TensorSource } from '../formats/safetensors.js';
import { tensorBytes } from '../formats/safetensors-header.js';
import { KEYS, VECTORS } from '../formats/safetensors-vectors.js';
import { keyTensors, tableTensors } from '../formats/tensors.js';

/** Bytes checked between two turns of the event loop. */
const CHUNK_BYTES = 8 << 20;

/** Compares what is in memory, or mapped, with the checksums of the file that it came from; returns the tensors' names. */
export async function verifyVectors(
  { table, keys }: NativeVectors,
  checksums: ReadonlyMap<string, number>,
  file: string,
  work: LongWork,
): Promise<string[]> {
  const tensors = [...tableTensors(VECTORS, table), ...keyTensors(KEYS, keys)].filter(({ name }) =>
    checksums.has(name),
  );
  const total = tensors.reduce((sum, { dtype, shape }) => sum + tensorBytes(dtype, shape), 0);
  const cancellation = new Cancellation(work.signal);
  const onProgress = cancellation.observer(work.onProgress);
  let done = 0;
  try {
    for (const tensor of tensors) {
      const checksum = await checksumOf(tensor, async (bytes) => {
        cancellation.throwIfAborted();
        done += bytes;
        onProgress?.({ phase: 'verifying', done, total });
        await setImmediate();
      });
      if (checksum === checksums.get(tensor.name)) continue;
      throw new WordmillError(
        'ERR_WORDMILL_CHECKSUM',
        `${file}: tensor "${tensor.name}" is not what was saved: the file was damaged since, restore it from a copy`,
        { file },
      );
    }
    cancellation.throwIfAborted();
  } finally {
    cancellation.close();
  }
  return tensors.map(({ name }) => name);
}

async function checksumOf(tensor: TensorSource, onChunk: (bytes: number) => Promise<void>): Promise<number> {
  const bytes = tensorBytes(tensor.dtype, tensor.shape);
  const unit = tensor.unit ?? 8;
  const step = Math.max(unit, CHUNK_BYTES - (CHUNK_BYTES % unit));
  const buffer = new Uint8Array(Math.min(step, bytes));
  let checksum = 0;
  for (let at = 0; at < bytes; at += step) {
    const chunk = buffer.subarray(0, Math.min(step, bytes - at));
    tensor.read(at, chunk);
    checksum = crc32(chunk, checksum);
    await onChunk(chunk.length);
  }
  return checksum;
}

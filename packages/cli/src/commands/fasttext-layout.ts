import { open } from 'node:fs/promises';
import {
  ByteSource,
  FASTTEXT_MAGIC,
  type FastTextLayout,
  fileError,
  readFastTextLayout,
} from '@wordmill/core/internal';

/** Of the kind of model in a file, and the number for classifiers. */
const KIND_OFFSET = 36;
const SUPERVISED = 3;

/** What is in a `.bin` or `.ftz` file, but for its numbers. */
export async function layoutOf(path: string): Promise<FastTextLayout> {
  let source: ByteSource | undefined;
  try {
    source = await ByteSource.open(path);
    return await readFastTextLayout(source);
  } catch (error) {
    throw fileError(error, path);
  } finally {
    await source?.close();
  }
}

/** Whether it is a `.bin` or `.ftz` file of a classifier. */
export async function isClassifier(path: string): Promise<boolean> {
  const head = Buffer.alloc(40);
  try {
    const file = await open(path, 'r');
    try {
      await file.read(head, 0, head.length, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
  return head.readUInt32LE(0) === FASTTEXT_MAGIC && head.readInt32LE(KIND_OFFSET) === SUPERVISED;
}

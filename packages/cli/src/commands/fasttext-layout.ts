import { ByteSource, type FastTextLayout, fileError, readFastTextLayout } from '@wordmill/core/internal';

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

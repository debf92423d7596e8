import { Corpus } from '@wordmill/core';

/** A corpus of a text in memory. */
export async function readBytes(bytes: Uint8Array, threads: number): Promise<Corpus> {
  async function* whole() {
    yield bytes;
  }
  return Corpus.fromStream(whole(), { threads });
}

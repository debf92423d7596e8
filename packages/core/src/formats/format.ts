import type { Keys, Subwords, Table } from '@wordmill/native';
import type { Cancellation } from '../cancellation.js';
import type { Progress } from '../progress.js';
import type { ByteSource } from './byte-source.js';
import type { InvalidUtf8 } from './key-bytes.js';
import type { TableType } from './numbers.js';

/** Formats that are read and, all but `glove-binary`, `fasttext-bin`, `floret`, `safetensors-index` and `gguf`, written. */
export const FORMATS = [
  'word2vec-binary',
  'word2vec-text',
  'fasttext-vec',
  'glove-text',
  'glove-binary',
  'fasttext-bin',
  'floret',
  'safetensors',
  'safetensors-index',
  'gguf',
  'npy',
  'projector',
] as const;
export type FormatName = (typeof FORMATS)[number];

/** Vectors of character n-grams, from which those of unknown words are made. */
export interface NativeSubwords {
  /** which row of the table belongs to which n-gram */
  readonly index: Subwords;
  readonly table: Table;
}

/** Rows and keys in the engine, with what belongs to them: what every reader makes and every writer takes. */
export interface NativeVectors {
  readonly table: Table;
  readonly keys: Keys;
  /** one for each row, where the frequencies are known */
  readonly counts?: BigUint64Array | undefined;
  /** names and values that travel with the vectors in the safetensors format */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly subwords?: NativeSubwords | undefined;
}

/** What a reader found. */
export interface LoadedVectors extends NativeVectors {
  /** rows that were left out because their key had occurred before */
  readonly duplicates: number;
  /** name of the table in a file of many */
  readonly tensor?: string | undefined;
  /** CRC-32 of each tensor as stored, as long as the vectors are exactly what the file holds */
  readonly checksums?: ReadonlyMap<string, number> | undefined;
}

export interface ReadSettings {
  readonly limit: number | undefined;
  readonly dtype: TableType | undefined;
  readonly mmap: boolean | undefined;
  /** the file of keys that belongs to a file without any */
  readonly words: string | undefined;
  /** name of the table in a file of many */
  readonly tensor: string | undefined;
  readonly invalidUtf8: InvalidUtf8;
  readonly cancellation: Cancellation;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

export interface WriteSettings {
  readonly dtype: TableType | undefined;
  readonly words: string | undefined;
  /** name of the one tensor to write, for other programs */
  readonly tensor: string | undefined;
  readonly numbers: 'shortest' | 'fixed6';
  readonly gzip: boolean;
  readonly cancellation: Cancellation;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** What a file says of itself, before its rows are read. */
export interface Shape {
  /** undefined where only counting the lines would tell */
  readonly rows: number | undefined;
  readonly dimension: number;
  readonly dtype: string;
}

/** One format, as a module behind a dynamic import. */
export interface Format {
  read(source: ByteSource, settings: ReadSettings): Promise<LoadedVectors>;
  write(vectors: NativeVectors, path: string, settings: WriteSettings): Promise<void>;
  shape(source: ByteSource): Promise<Shape>;
}

/** The module of a format; only formats that are used are loaded. */
export async function importFormat(name: FormatName): Promise<Format> {
  switch (name) {
    case 'word2vec-binary':
      return (await import('./word2vec-binary.js')).word2vecBinary;
    case 'word2vec-text':
      return (await import('./word2vec-text.js')).word2vecText;
    case 'fasttext-vec':
      return (await import('./fasttext-vec.js')).fasttextVec;
    case 'glove-text':
      return (await import('./glove-text.js')).gloveText;
    case 'glove-binary':
      return (await import('./glove-binary.js')).gloveBinary;
    case 'fasttext-bin':
      return (await import('./fasttext-bin.js')).fasttextBin;
    case 'floret':
      return (await import('./floret.js')).floret;
    case 'safetensors':
      return (await import('./safetensors-vectors.js')).safetensorsVectors;
    case 'safetensors-index':
      return (await import('./safetensors-index.js')).safetensorsIndex;
    case 'gguf':
      return (await import('./gguf.js')).gguf;
    case 'npy':
      return (await import('./npy.js')).npy;
    case 'projector':
      return (await import('./projector.js')).projector;
  }
}

import { open } from 'node:fs/promises';
import { WordmillError } from '@wordmill/core';
import { type FileWriter, fileError, filePath, type LongWork, writeFiles } from '@wordmill/core/internal';
import type { Table } from '@wordmill/native';
import { BIASES, type Weights } from './weights.js';

// The binary files of glove: for each word its vector and bias, then for each word its context vector and bias, as 64-bit
// floats without a header. Files of squared gradients have the same shape.

/** The parameters of a model, or their squared gradients, as such a file has them. */
type Sides = readonly [Side, Side];

interface Side {
  readonly table: Table;
  /** row of the biases */
  readonly biases: number;
}

const PARAMETERS = (weights: Weights): Sides => [
  { table: weights.words, biases: BIASES.words },
  { table: weights.contexts, biases: BIASES.contexts },
];
const SQUARES = (weights: Weights): Sides => [
  { table: weights.wordSquares, biases: BIASES.wordSquares },
  { table: weights.contextSquares, biases: BIASES.contextSquares },
];

/** Numbers that are converted at once. */
const CHUNK_NUMBERS = 1 << 18;

/** Writes glove's `-binary 1` file (also that of `-save-init-param`). */
export const writeParameters = (path: string | URL, weights: Weights, work: LongWork): Promise<void> =>
  writeSides(path, weights, PARAMETERS(weights), work);

/** Writes glove's `-save-gradsq 1` file. */
export const writeSquares = (path: string | URL, weights: Weights, work: LongWork): Promise<void> =>
  writeSides(path, weights, SQUARES(weights), work);

/** Reads glove's `-init-param-file` over the weights. */
export const readParameters = (path: string | URL, weights: Weights, signal: AbortSignal): Promise<void> =>
  readSides(path, weights, PARAMETERS(weights), 'parameter', signal);

/** Reads glove's `-init-gradsq-file` over the weights. */
export const readSquares = (path: string | URL, weights: Weights, signal: AbortSignal): Promise<void> =>
  readSides(path, weights, SQUARES(weights), 'sum of squared gradients', signal);

async function writeSides(
  path: string | URL,
  { biases }: Weights,
  sides: Sides,
  { signal, onProgress }: LongWork,
): Promise<void> {
  const { rows, columns } = sides[0].table.describe();
  const total = 2 * rows * (columns + 1) * 8;
  const write = async (file: FileWriter): Promise<void> => {
    for (const side of sides) {
      const own = new Float32Array(rows);
      biases.read(side.biases, 1, 'f32', own);
      for (const { first, count } of pieces(rows, columns)) {
        signal?.throwIfAborted();
        const values = new Float32Array(count * columns);
        side.table.read(first, count, 'f32', values);
        const out = new Float64Array(count * (columns + 1));
        for (let i = 0; i < count; i++) {
          out.set(values.subarray(i * columns, (i + 1) * columns), i * (columns + 1));
          out[i * (columns + 1) + columns] = own[first + i]!;
        }
        await file.write(new Uint8Array(out.buffer));
        onProgress?.({ phase: 'saving', done: file.position, total });
      }
    }
  };
  signal?.throwIfAborted();
  await writeFiles([{ path: filePath(path), write }]);
}

async function readSides(
  path: string | URL,
  { biases }: Weights,
  sides: Sides,
  what: string,
  signal: AbortSignal,
): Promise<void> {
  const file = filePath(path);
  const { rows, columns } = sides[0].table.describe();
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      refuseOtherSize(size, rows, columns);
      let position = 0;
      for (const side of sides) {
        const own = new Float32Array(rows);
        for (const { first, count } of pieces(rows, columns)) {
          signal.throwIfAborted();
          const numbers = new Float64Array(count * (columns + 1));
          await readFully(handle, new Uint8Array(numbers.buffer), position);
          const wrong = numbers.findIndex((value) => !Number.isFinite(value) || Math.abs(value) > 3.4e38);
          if (wrong >= 0) {
            throw new WordmillError('ERR_WORDMILL_FORMAT', `a ${what} is not a finite number`, {
              offset: position + wrong * 8,
            });
          }
          const values = new Float32Array(count * columns);
          for (let i = 0; i < count; i++) {
            const at = i * (columns + 1);
            values.set(numbers.subarray(at, at + columns), i * columns);
            own[first + i] = numbers[at + columns]!;
          }
          side.table.write(first, count, 'f32', values);
          position += numbers.byteLength;
        }
        biases.write(side.biases, 1, 'f32', own);
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, file);
  }
}

function* pieces(rows: number, columns: number): Generator<{ readonly first: number; readonly count: number }> {
  const step = Math.max(1, Math.floor(CHUNK_NUMBERS / (columns + 1)));
  for (let first = 0; first < rows; first += step) yield { first, count: Math.min(step, rows - first) };
}

function refuseOtherSize(size: number, rows: number, columns: number): void {
  const expected = 2 * rows * (columns + 1) * 8;
  if (size === expected) return;
  throw new WordmillError(
    size < expected ? 'ERR_WORDMILL_TRUNCATED' : 'ERR_WORDMILL_FORMAT',
    `it has ${size} bytes; parameters of ${rows} words with vectors of ${columns} numbers take ${expected}: it belongs to another ` +
      'vocabulary or vectorSize, or is not complete',
    { offset: Math.min(size, expected) },
  );
}

async function readFully(handle: Awaited<ReturnType<typeof open>>, out: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < out.length; ) {
    const { bytesRead } = await handle.read(out, done, out.length - done, position + done);
    if (bytesRead === 0) {
      throw new WordmillError('ERR_WORDMILL_TRUNCATED', 'it was cut while being read', { offset: position + done });
    }
    done += bytesRead;
  }
}

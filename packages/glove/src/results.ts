import { KeyedVectors, type TokenizerFingerprint } from '@wordmill/core';
import { eventLoopTurn, tokenizerMetadata } from '@wordmill/core/internal';
import { type Keys, native, type Table } from '@wordmill/native';
import type { ResultKind } from './options.js';
import { biasesOf, type Weights } from './weights.js';

const UNKNOWN = '<unk>';
/** glove's number of rare words whose mean stands for unknown ones. */
const UNKNOWN_SAMPLE = 100;
/** Numbers that are made at once, so that the event loop gets its turn in between. */
const CHUNK_NUMBERS = 1 << 19;

/** What the rows of a model stand for. */
export interface ModelWords {
  readonly keys: Keys;
  readonly counts: BigUint64Array;
  /** whose ids the rows are; undefined for words */
  readonly tokenizer: TokenizerFingerprint | undefined;
}

/** Vectors made of a model's parameters, of their own memory. */
export async function vectorsOf(
  weights: Weights,
  words: ModelWords,
  { result, unknownVector }: { readonly result: ResultKind; readonly unknownVector: boolean },
  signal?: AbortSignal | undefined,
): Promise<KeyedVectors> {
  const { rows, columns: d } = weights.words.describe();
  const wide = result === 'parameters' ? 2 * d + 2 : result === 'concatenated' ? 2 * d : d;
  const table = native().createTable('f32', unknownVector ? rows + 1 : rows, wide);
  try {
    const make = rowMaker(weights, result, wide);
    const step = Math.max(1, Math.floor(CHUNK_NUMBERS / wide));
    for (let first = 0; first < rows; first += step) {
      signal?.throwIfAborted();
      const count = Math.min(step, rows - first);
      table.write(first, count, 'f32', make(first, count));
      await eventLoopTurn();
    }
    if (unknownVector) table.write(rows, 1, 'f32', meanOfLast(table, rows));
    const keys = native().createKeysFrom([...words.keys.slice(0, rows), ...(unknownVector ? [UNKNOWN] : [])]);
    const counts = new BigUint64Array(keys.size);
    counts.set(words.counts);
    return KeyedVectors.fromNative({ table, keys, counts, metadata: tokenizerMetadata(words.tokenizer) });
  } catch (error) {
    table.dispose();
    throw error;
  }
}

/** Squared gradients in the shape of `parameters`, as glove's gradsq files have them. */
export function squaresOf(
  weights: Weights,
  words: ModelWords,
  unknownVector: boolean,
  signal?: AbortSignal | undefined,
): Promise<KeyedVectors> {
  const { wordSquares, contextSquares, biases } = weights;
  const { columns } = biases.describe();
  const squares = native().createTable('f32', 4, columns);
  const values = new Float32Array(2 * columns);
  biases.read(2, 2, 'f32', values);
  squares.write(0, 2, 'f32', values);
  const asParameters = { ...weights, words: wordSquares, contexts: contextSquares, biases: squares };
  return vectorsOf(asParameters, words, { result: 'parameters', unknownVector }, signal).finally(() =>
    squares.dispose(),
  );
}

/** Makes rows first .. first + count of a result. */
function rowMaker(weights: Weights, result: ResultKind, wide: number): (first: number, count: number) => Float32Array {
  const { columns: d } = weights.words.describe();
  const read = (table: Table, first: number, count: number): Float32Array => {
    const values = new Float32Array(count * d);
    table.read(first, count, 'f32', values);
    return values;
  };
  switch (result) {
    case 'word':
      return (first, count) => read(weights.words, first, count);
    case 'context':
      return (first, count) => read(weights.contexts, first, count);
    case 'word+context':
      return (first, count) => {
        const sum = read(weights.words, first, count);
        const contexts = read(weights.contexts, first, count);
        for (let i = 0; i < sum.length; i++) sum[i]! += contexts[i]!;
        return sum;
      };
    case 'concatenated':
    case 'parameters': {
      const half = wide / 2;
      const biases = half > d ? [biasesOf(weights, 'words'), biasesOf(weights, 'contexts')] : [];
      return (first, count) => {
        const out = new Float32Array(count * wide);
        for (const [side, table] of [weights.words, weights.contexts].entries()) {
          const values = read(table, first, count);
          for (let i = 0; i < count; i++) {
            const at = i * wide + side * half;
            out.set(values.subarray(i * d, (i + 1) * d), at);
            if (half > d) out[at + d] = biases[side]![first + i]!;
          }
        }
        return out;
      };
    }
  }
}

function meanOfLast(table: Table, rows: number): Float32Array {
  const { columns } = table.describe();
  const count = Math.min(UNKNOWN_SAMPLE, rows);
  const values = new Float32Array(count * columns);
  table.read(rows - count, count, 'f32', values);
  const mean = new Float32Array(columns);
  for (let c = 0; c < columns; c++) {
    let sum = 0;
    for (let i = c; i < values.length; i += columns) sum += values[i]!;
    mean[c] = sum / count;
  }
  return mean;
}

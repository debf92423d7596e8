import { type NextTokenTables, native, type Table } from '@wordmill/native';
import { requireMemory } from '../formats/limits.js';
import { randomiseRows } from '../training/rows.js';
import { tableBytes } from '../training/trial.js';
import type { NextTokenSettings } from './settings.js';

/** The matrices of a model. */
export interface Weights {
  /** the embedding: row i belongs to token i */
  readonly input: Table;
  /** the linear layer from the context to the hidden vector, its last column the bias; none where the mean itself is that */
  readonly map: Table | undefined;
  /** the output, a row for each token, or node of the tree; none where it is tied */
  readonly output: Table | undefined;
  /** one row: the bias of each row of the output */
  readonly bias: Table;
}

/** What is left of the weights: without the output only the embedding. */
export type KeptWeights = Pick<Weights, 'input'> & { readonly [Name in 'map' | 'output' | 'bias']: Table | undefined };

export const usesTree = ({ objective }: NextTokenSettings): boolean => objective === 'hierarchical-softmax';

/**
 * Without a map, a mean against its own rows would be a symmetric form, in which no token could follow another more than the
 * other way round; and against rows of their own, a map would only be one more factor of the same product.
 */
export const usesMap = ({ context, tied }: NextTokenSettings): boolean => context === 'concatenated' || tied;

type Shape = readonly [rows: number, columns: number];

/** Of each matrix. */
interface Shapes {
  readonly input: Shape;
  readonly map: Shape | undefined;
  readonly output: Shape | undefined;
  readonly bias: Shape;
}

export function shapesOf(settings: NextTokenSettings, tokens: number): Shapes {
  const { context, contextSize, vectorSize, tied } = settings;
  const outputs = usesTree(settings) ? tokens - 1 : tokens;
  const width = context === 'concatenated' ? contextSize * vectorSize : vectorSize;
  return {
    input: [tokens, vectorSize],
    map: usesMap(settings) ? [vectorSize, width + 1] : undefined,
    output: tied ? undefined : [outputs, vectorSize],
    bias: [1, outputs],
  };
}

/** Numbers that an optimiser keeps beside each value. */
const STATES = { sgd: 0, adagrad: 1, adam: 2, adamw: 2 } as const;

/**
 * Throws ERR_WORDMILL_MEMORY with the figures when the matrices, and what training them takes, cannot be had. Of the text there is a
 * copy of `textTokens`, at 4 bytes and a bit each.
 */
export function refuseWhatDoesNotFit(settings: NextTokenSettings, tokens: number, textTokens: number): void {
  requireMemory(
    trainingBytes(settings, tokens) + textTokens * 4.125,
    `training on ${tokens} tokens with ${settings.vectorSize} numbers each, in batches of ${settings.batchSize},`,
    'raise minCount, or lower maxVocabulary, vectorSize or batchSize',
  );
}

/** The matrices, what the optimiser keeps beside them, and what a step needs. */
export function trainingBytes(settings: NextTokenSettings, tokens: number): number {
  const copies = 1 + Math.max(STATES[settings.optimizer], settings.momentum > 0 ? 1 : 0);
  let numbers = 0;
  const { input, map, output, bias } = shapesOf(settings, tokens);
  for (const shape of [input, map, output, bias]) {
    if (shape !== undefined) numbers += tableBytes(shape[0], shape[1]) * copies;
  }
  const { objective, batchSize, negativeSamples, vectorSize } = settings;
  // Logits of a batch, and the output's rows twice, packed.
  if (objective === 'softmax') return numbers + 4 * (batchSize * tokens + 2 * tokens * vectorSize);
  return numbers + (objective === 'sampled-softmax' ? 4 * negativeSamples * (batchSize + 3 * vectorSize) : 0);
}

/** Weights of zero. */
export function createWeights(settings: NextTokenSettings, tokens: number): Weights {
  const made: Table[] = [];
  const create = ([rows, columns]: Shape): Table => {
    const table = native().createTable('f32', rows, columns);
    made.push(table);
    return table;
  };
  const { input, map, output, bias } = shapesOf(settings, tokens);
  try {
    return { input: create(input), map: map && create(map), output: output && create(output), bias: create(bias) };
  } catch (error) {
    for (const table of made) table.dispose();
    throw error;
  }
}

/**
 * First values: vectors and the map uniform around zero, the output zero, and its biases such that the probabilities are those
 * of the tokens' frequencies, with 1 added. So training begins at the unigrams' perplexity.
 */
export async function initialise(
  { input, map, bias }: Weights,
  settings: NextTokenSettings,
  counts: BigUint64Array,
  signal: AbortSignal,
): Promise<void> {
  const seed = BigInt(settings.seed);
  await randomiseRows(input, 0, VECTOR_BOUND, seed, signal);
  if (map !== undefined) {
    // Uniform with the variance 1 / width: a hidden vector is then as long as a vector of a token.
    const width = map.describe().columns - 1;
    await randomiseRows(map, 0, Math.sqrt(3 / width), seed + 1n, signal);
  }
  if (usesTree(settings)) return;
  let total = counts.length;
  for (const count of counts) total += Number(count);
  const logarithms = Float32Array.from(counts, (count) => Math.log((Number(count) + 1) / total));
  bias.write(0, 1, 'f32', logarithms);
}

const VECTOR_BOUND = 0.1;

/**
 * What the engine takes. Rows that are ids stand for all tokens of a tokenizer, also those that the text does not have or that were
 * pruned: these have no part in the softmax, which would otherwise spend most of its time on them.
 */
export function tablesOf(
  { input, map, output, bias }: Weights,
  settings: NextTokenSettings,
  { counts, rowsAreIds }: { readonly counts: BigUint64Array; readonly rowsAreIds: boolean },
): NextTokenTables {
  const countedOnly = rowsAreIds && !usesTree(settings);
  return { input, bias, counts, countedOnly, ...(map && { map }), ...(output && { output }) };
}

/** The embedding alone; frees the rest. */
export function withoutOutput({ input, map, output, bias }: KeptWeights): KeptWeights {
  for (const table of [map, output, bias]) table?.dispose();
  return { input, map: undefined, output: undefined, bias: undefined };
}

export function disposeWeights({ input, map, output, bias }: Weights): void {
  for (const table of [input, map, output, bias]) table?.dispose();
}

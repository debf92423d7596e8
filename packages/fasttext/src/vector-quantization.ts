import { WordmillError } from '@wordmill/core';
import { checkOptions, flag, integer, signal, threads, withScope } from '@wordmill/core/internal';
import { native, type QuantizedParts, type Table } from '@wordmill/native';
import * as v from 'valibot';
import { treeOf } from './binary-file.js';
import { byFallingCount, treeMatrix } from './binary-writer.js';
import { asTable, firstRows, Handles, joined } from './copied-rows.js';
import type { StoredModel } from './model.js';
import { subwordRules } from './settings.js';

/** How word vectors are made small; see {@link FastText.quantize}. */
export interface QuantizeVectorsOptions {
  /** Numbers that share a byte; 1 to all. Default 2. */
  readonly pieceLength?: number | undefined;
  /** Code the lengths of rows apart from their directions: a byte more a row. Default false. */
  readonly normalize?: boolean | undefined;
  /** Quantise the output layer too, which only further training would need. Default true. */
  readonly output?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const schema = v.strictObject({
  pieceLength: v.optional(integer(1, 65536), 2),
  normalize: v.optional(flag, false),
  output: v.optional(flag, true),
  threads,
  signal,
});

/** The reference's seed of k-means. */
const SEED = 1234n;

/** A small copy of a model, with its words in the order of files. */
export async function quantizeVectors(model: StoredModel, options?: QuantizeVectorsOptions): Promise<StoredModel> {
  const { pieceLength, normalize, threads, signal, ...asked } = checkOptions(schema, options);
  const { settings, keys, counts, subwords, weights } = model;
  const columns = settings.vectorSize;
  if (model.quantized !== undefined) {
    throw new WordmillError(
      'ERR_WORDMILL_UNSUPPORTED',
      'the model is quantised already: quantise the one it was made from',
    );
  }
  if (pieceLength > columns) {
    throw new WordmillError('ERR_WORDMILL_OPTION', `option pieceLength is above the vectors' ${columns} numbers`, {
      option: 'pieceLength',
    });
  }
  return withScope({ signal }, async ({ cancellation }) => {
    const made = new Handles();
    const scratch = new Handles();
    const code = async (table: Table): Promise<[QuantizedParts, Table]> => {
      const all = firstRows(table.describe().rows);
      const how = { pieceLength, norms: normalize, seed: SEED, threads };
      const coded = scratch.keep(await cancellation.run((s) => native().quantizeRows(table, all, how, s)));
      return [coded.parts(), await coded.decode()];
    };
    const copy = (table: Table, rows: Uint32Array): Promise<Table> =>
      asTable({ table, rows }, columns, cancellation.signal);
    try {
      const order = byFallingCount(counts);
      const buckets = subwords.buckets();
      const bucketOf = (row: number): number => buckets[row - keys.size]!;
      const ngrams = Uint32Array.from(buckets, (_, i) => keys.size + i).sort((a, b) => bucketOf(a) - bucketOf(b));
      const isPruned = ngrams.length < settings.buckets;
      const [inputParts, input] = await code(scratch.keep(await copy(weights.input, joined(order, ngrams))));
      made.keep(input);
      const ownKeys = made.keep(native().createKeysFrom(Array.from(order, (row) => keys.at(row))));
      const kept = isPruned ? ngrams.map(bucketOf) : undefined;
      const index = made.keep(native().createSubwords(subwordRules(settings), order.length, kept, isPruned));
      const composed = made.keep(await cancellation.run((s) => index.compose(input, ownKeys, threads, s)));

      const { output, tree } = weights;
      const stored = scratch.keep(
        await asTable(
          output === undefined ? treeMatrix(tree!, keys.size) : { table: output, rows: order },
          columns,
          cancellation.signal,
        ),
      );
      const [outputParts, layer] = asked.output
        ? await code(stored)
        : [undefined, await copy(stored, firstRows(stored.describe().rows))];
      const isTree = output === undefined;
      const ownLayer = made.keep(isTree ? await treeOf(layer) : layer);
      return {
        ...model,
        keys: ownKeys,
        counts: BigUint64Array.from(order, (row) => counts[row]!),
        weights: { input, output: isTree ? undefined : ownLayer, tree: isTree ? ownLayer : undefined },
        subwords: index,
        composed,
        isPruned,
        quantized: { input: inputParts, output: outputParts },
      };
    } catch (error) {
      made.dispose();
      throw error;
    } finally {
      scratch.dispose();
    }
  });
}

import { checkOptions, flag, Handles, integer, signal, threads, withScope } from '@wordmill/core/internal';
import { native, type Table } from '@wordmill/native';
import * as v from 'valibot';
import { treeOf } from './binary-file.js';
import { byFallingCount, treeMatrix } from './binary-writer.js';
import { checkCoding, codeRows } from './coded-rows.js';
import { asTable, firstRows, joined } from './copied-rows.js';
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

/** A small copy of a model, with its words in the order of files. */
export async function quantizeVectors(model: StoredModel, options?: QuantizeVectorsOptions): Promise<StoredModel> {
  const { pieceLength, normalize, threads, signal, ...asked } = checkOptions(schema, options);
  const { settings, keys, counts, subwords, weights } = model;
  const columns = settings.vectorSize;
  checkCoding(model, pieceLength);
  return withScope({ signal }, async ({ cancellation }) => {
    const made = new Handles();
    const scratch = new Handles();
    const coding = { pieceLength, normalize, threads };
    const copy = (table: Table, rows: Uint32Array): Promise<Table> =>
      asTable({ table, rows }, columns, cancellation.signal);
    try {
      const order = byFallingCount(counts);
      const buckets = subwords.buckets();
      const bucketOf = (row: number): number => buckets[row - keys.size]!;
      const ngrams = Uint32Array.from(buckets, (_, i) => keys.size + i).sort((a, b) => bucketOf(a) - bucketOf(b));
      const isPruned = ngrams.length < settings.buckets;
      const rows = scratch.keep(await copy(weights.input, joined(order, ngrams)));
      const { parts: inputParts, decoded: input } = await codeRows(rows, coding, cancellation);
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
      const coded = asked.output ? await codeRows(stored, coding, cancellation) : undefined;
      const layer = coded?.decoded ?? (await copy(stored, firstRows(stored.describe().rows)));
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
        // Rows are in another order.
        tokenizer: undefined,
        quantized: { input: inputParts, output: coded?.parts },
      };
    } catch (error) {
      made.dispose();
      throw error;
    } finally {
      scratch.dispose();
    }
  });
}

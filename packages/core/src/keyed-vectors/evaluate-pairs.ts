import * as v from 'valibot';
import { checkOptions, flag, integer, signal } from '../options.js';
import { type LineSource, lineError, testLines } from './evaluation-lines.js';
import { evaluationVocabulary } from './evaluation-vocabulary.js';
import type { Rows } from './rows.js';
import { type Correlation, pearson, spearman } from './statistics.js';
import { cosine } from './vector-math.js';

/** How pairs of words with human judgements are compared. */
export interface PairEvaluationOptions {
  /** What separates the two words and the judgement. Default: a tab where the line has one, else white space. */
  readonly delimiter?: string | undefined;
  /** Words are among the first so many rows. Default 300000 (gensim). */
  readonly restrictVocab?: number | undefined;
  /** Compare uppercased words. Default true. */
  readonly caseInsensitive?: boolean | undefined;
  /** Give pairs with unknown words the similarity 0 (gensim `dummy4unknown`). Default false: they are skipped. */
  readonly unknownIsZero?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How well cosine similarities agree with judgements. */
export interface PairEvaluation {
  readonly pearson: Correlation;
  readonly spearman: Correlation;
  /** pairs that were compared */
  readonly used: number;
  /** pairs with words that are unknown */
  readonly oov: number;
  /** the same as a fraction of all pairs */
  readonly oovRatio: number;
}

const schema = v.strictObject({
  delimiter: v.optional(v.pipe(v.string(), v.nonEmpty())),
  restrictVocab: v.optional(integer(1), 300_000),
  caseInsensitive: v.optional(flag, true),
  unknownIsZero: v.optional(flag, false),
  signal,
});

/** Correlates similarities with the judgements of lines `word word number`; those that begin with `#` are comments. */
export async function evaluatePairs(
  rows: Rows,
  source: LineSource,
  options?: PairEvaluationOptions | undefined,
): Promise<PairEvaluation> {
  const { delimiter, restrictVocab, caseInsensitive, unknownIsZero, signal } = checkOptions(schema, options);
  signal?.throwIfAborted();
  const vocabulary = evaluationVocabulary(rows, restrictVocab, caseInsensitive);
  const judged: number[] = [];
  const measured: number[] = [];
  let oov = 0;
  let pairs = 0;
  for await (const line of testLines(source, signal)) {
    if (line.text.startsWith('#')) continue;
    const [first, second, judgement] = line.text.split(delimiter ?? (line.text.includes('\t') ? '\t' : /\s+/));
    const score = Number(judgement?.trim() || Number.NaN);
    if (first === undefined || second === undefined || !Number.isFinite(score)) {
      // Tables often begin with the names of their columns.
      if (line.number === 1) continue;
      throw lineError(source, line, 'two words and a number');
    }
    pairs++;
    const a = vocabulary.rowOf(first.trim());
    const b = vocabulary.rowOf(second.trim());
    const known = a !== undefined && b !== undefined;
    if (!known) oov++;
    if (!known && !unknownIsZero) continue;
    judged.push(score);
    measured.push(known ? cosine(rows.row(a), rows.row(b)) : 0);
  }
  return {
    pearson: pearson(judged, measured),
    spearman: spearman(judged, measured),
    used: judged.length,
    oov,
    oovRatio: pairs === 0 ? 0 : oov / pairs,
  };
}

import type { Objective } from '@wordmill/word2vec';
import { UsageError } from '../usage-error.js';

/**
 * The objective that word2vec.c's two switches mean: hierarchical softmax is off by default and 5 negative samples are on,
 * so that `-hs 1` alone trains both.
 */
export function objectiveOf(given: {
  readonly objective: Objective | undefined;
  readonly hs: boolean | undefined;
  readonly negativeSamples: number | undefined;
}): { readonly objective: Objective; readonly negativeSamples?: number | undefined } {
  const { objective, hs = false, negativeSamples } = given;
  if (objective !== undefined) {
    if (given.hs !== undefined) throw new UsageError('--hs cannot go with --objective, which says the same');
    return { objective, negativeSamples };
  }
  if (negativeSamples !== 0) return { objective: hs ? 'both' : 'negative-sampling', negativeSamples };
  if (hs) return { objective: 'hierarchical-softmax' };
  throw new UsageError(
    '-negative 0 needs -hs 1: without negative samples and hierarchical softmax there is nothing to learn',
  );
}

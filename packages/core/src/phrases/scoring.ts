/** How often two words stand side by side, and what to judge that by. */
export interface PairCounts {
  readonly pair: number;
  readonly first: number;
  readonly second: number;
}

/**
 * `default` is word2phrase's score, (count(ab) - minCount) / count(a) / count(b) * tokens (Mikolov et al. 2013, equation 6,
 * times the length of the text); `npmi` is normalised pointwise mutual information (Bouma 2009), from -1 to 1.
 */
export type Scoring = 'default' | 'npmi';

export function phraseScore(scoring: Scoring, counts: PairCounts, tokens: number, minCount: number): number {
  const { pair, first, second } = counts;
  if (scoring === 'default') return ((pair - minCount) / first / second) * tokens;
  const probability = pair / tokens;
  return Math.log((probability * tokens * tokens) / (first * second)) / -Math.log(probability);
}

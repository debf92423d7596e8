import { KeyedVectors } from '@wordmill/core';

/** Analogies are looked for among so many words, the most frequent, as everybody does. */
export const RESTRICT = 30_000;

/** What vectors in a file are worth. */
export async function judge(path, { pairs, analogies }) {
  const vectors = await KeyedVectors.load(path, { invalidUtf8: 'escape' });
  try {
    const { spearman } = await vectors.evaluateWordPairs(pairs);
    const { accuracy, questions } = await vectors.evaluateWordAnalogies(analogies, { restrictVocab: RESTRICT });
    return { spearman: spearman.coefficient, accuracy: accuracy * 100, questions };
  } finally {
    vectors.dispose();
  }
}

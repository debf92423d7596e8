// node examples/query.mjs [FILE]: vectors from a file of any format, or a few made by hand.
import { KeyedVectors } from '@wordmill/core';

const few = { man: [1, 0, 0], king: [1, 1, 0], woman: [0, 0.1, 1], queen: [0, 1.1, 1], apple: [0.3, -1, 0.1] };
const vectors = process.argv[2] ? await KeyedVectors.load(process.argv[2]) : KeyedVectors.from(few);
console.log(vectors.similarity('king', 'queen'));
console.log(await vectors.mostSimilar('king', { topN: 3 }));
console.log(await vectors.analogy('man', 'king', 'woman', { topN: 1 }));
console.log(await vectors.nearest('king - man + woman', { topN: 1 }));
console.log(vectors.doesntMatch(['man', 'woman', 'apple']));

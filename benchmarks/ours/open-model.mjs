// Opens a fastText model, takes a vector and searches. Takes { model, word }.
import { KeyedVectors, runtime } from '@wordmill/core';
import { residentMemory } from '../machine.mjs';
import { seconds } from '../statistics.mjs';

const { model, word } = JSON.parse(process.argv[2]);
runtime();
const before = residentMemory();
let vectors;
const toVector = await seconds(async () => {
  vectors = await KeyedVectors.load(model);
  vectors.get(word);
});
const toSearch = toVector + (await seconds(() => vectors.mostSimilar(word)));
process.stdout.write(JSON.stringify({ toVector, toSearch, memory: residentMemory() - before }));

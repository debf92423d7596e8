// Reads the table of a language model and takes a vector. Takes { model, dtype, key }.
import { KeyedVectors } from '@wordmill/core';
import { anonymousMemory } from '../machine.mjs';
import { seconds } from '../statistics.mjs';

const { model, dtype, key } = JSON.parse(process.argv[2]);
const before = anonymousMemory();
let vectors;
const taken = await seconds(async () => {
  vectors = await KeyedVectors.load(model, { dtype });
  vectors.get(key);
});
const { size, dimension, loadReport } = vectors;
const memory = anonymousMemory() - before;
process.stdout.write(JSON.stringify({ seconds: taken, memory, size, dimension, mapped: loadReport.mapped }));

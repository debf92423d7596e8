// Opens mapped vectors and takes one. Takes { vectors, key }.
import { KeyedVectors } from '@wordmill/core';
import { seconds } from '../statistics.mjs';

const { vectors, key } = JSON.parse(process.argv[2]);
let first;
const taken = await seconds(async () => {
  const opened = await KeyedVectors.load(vectors, { mmap: true });
  first = opened.get(key);
});
process.stdout.write(JSON.stringify({ seconds: taken, length: first.length }));

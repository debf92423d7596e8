// Reads and encodes a text, and makes the vocabulary of a training. Takes { text, minCount, threads }.
import { Corpus } from '@wordmill/core';
import { seconds } from '../statistics.mjs';

const { text, minCount, threads } = JSON.parse(process.argv[2]);
let view;
const taken = await seconds(async () => {
  const corpus = await Corpus.fromFile(text, { invalidUtf8: 'escape', threads });
  view = await corpus.view({ minCount });
});
process.stdout.write(JSON.stringify({ seconds: taken, vocabulary: view.size }));

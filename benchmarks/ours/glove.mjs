// Counts a file and trains GloVe on it in a process of its own, timing each part. Takes { text, counting, training, epochs, seed,
// threads, output }.
import { Corpus } from '@wordmill/core';
import { countCooccurrences, Glove } from '@wordmill/glove';
import { peakMemory, residentMemory } from '../machine.mjs';
import { seconds } from '../statistics.mjs';

const { text, counting, training, epochs, seed, threads, output } = JSON.parse(process.argv[2]);

let corpus;
const readSeconds = await seconds(async () => {
  corpus = await Corpus.fromFile(text, { invalidUtf8: 'escape', threads });
});
const memoryOfText = residentMemory();
let counts;
const countSeconds = await seconds(async () => {
  counts = await countCooccurrences(corpus, { ...counting, threads });
});
const memoryWhileCounting = peakMemory();
corpus.dispose();

const costs = [];
const memory = [];
let model;
let orderSeconds;
const start = performance.now();
const wholeSeconds = await seconds(async () => {
  model = await Glove.train(counts, {
    ...training,
    epochs,
    seed,
    threads,
    onStart: () => {
      counts.dispose();
      orderSeconds = (performance.now() - start) / 1000;
      memory.push(residentMemory());
    },
    onEpoch: ({ cost }) => {
      costs.push(cost);
      memory.push(residentMemory());
    },
  });
});
if (output !== undefined) await model.vectors.save(output, { format: 'word2vec-binary' });

const { nonzeros, vocabulary, isa } = model.report;
const result = {
  readSeconds,
  countSeconds,
  /** what takes the place of GloVe's shuffle: counts into tiles, and the weights at their start */
  orderSeconds,
  seconds: model.report.seconds,
  wholeSeconds: readSeconds + countSeconds + wholeSeconds,
  nonzeros,
  vocabulary,
  costs,
  isa,
  memoryOfText,
  memoryWhileCounting,
  memoryWhileTraining: Math.max(...memory),
};
process.stdout.write(JSON.stringify(result));

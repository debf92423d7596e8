// Trains from a file in a process of its own, timing the two parts of the work. Takes { text, training, epochs, seed, threads,
// output, watch }.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Corpus } from '@wordmill/core';
import { Word2Vec } from '@wordmill/word2vec';
import { peakMemory } from '../machine.mjs';
import { seconds } from '../statistics.mjs';

/** Milliseconds between two looks at the event loop. */
const RESOLUTION = 1;

const { text, training, epochs, seed, threads, output, watch = false } = JSON.parse(process.argv[2]);

let corpus;
const vocabularySeconds = await seconds(async () => {
  corpus = await Corpus.fromFile(text, { invalidUtf8: 'escape', threads });
  (await corpus.view({ minCount: training.minCount })).dispose();
});

// A thousand looks a second cost the engine's threads some percent of two processors, so only where they are asked for.
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
if (watch) delay.enable();
let model;
const wholeSeconds = await seconds(async () => {
  model = await Word2Vec.train(corpus, { ...training, epochs, seed, threads, onProgress: () => {} });
});
delay.disable();
const memory = peakMemory();
if (output !== undefined) await model.vectors.save(output, { format: 'word2vec-binary' });

const { tokens, loss, vocabulary, isa, seconds: trainingSeconds } = model.report;
const result = {
  vocabularySeconds,
  seconds: trainingSeconds,
  /** with all that comes before the first word: the vocabulary once more, weights, samplers */
  wholeSeconds,
  tokens,
  vocabulary,
  loss,
  isa,
  peakMemory: memory,
  textTokens: corpus.info.tokens,
  /** milliseconds beyond the interval of the timer that measures */
  delay: watch && {
    p50: delay.percentile(50) / 1e6,
    p99: delay.percentile(99) / 1e6,
    max: delay.max / 1e6,
    resolution: RESOLUTION,
  },
};
process.stdout.write(JSON.stringify(result));

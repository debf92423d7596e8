import { setTimeout as sleep } from 'node:timers/promises';
import { Corpus, KeyedVectors } from '@wordmill/core';
import { Word2Vec } from '@wordmill/word2vec';
import { randomVectors, textOf } from '../inputs.mjs';
import { chosenSettings } from '../settings.mjs';
import { figure, takeTurns } from '../statistics.mjs';

/** Milliseconds of work before the abort; the work is made to last longer. */
const BEFORE = [100, 150, 200, 250, 300];
const COLUMNS = 300;
const QUERIES = 4096;

export const abort = {
  name: 'abort',
  title: 'Abort: time until the promise is settled',
  needs: ['text'],
  async run({ options, log }) {
    const text = textOf(options);
    const { threads, rounds } = options;
    const corpus = await Corpus.fromFile(text, { invalidUtf8: 'escape' });
    const vectors = await KeyedVectors.load(randomVectors(options, options.rows, COLUMNS));
    const queries = Array.from({ length: QUERIES }, (_, i) => `word${i}`);
    const work = {
      // The same text again and again, so that it does not end first.
      'reading text': (signal) => Corpus.fromFile(Array(50).fill(text), { invalidUtf8: 'escape', threads, signal }),
      'searching a batch': (signal) => vectors.mostSimilarBatch(queries, { threads, signal }),
    };
    const trainings = [...chosenSettings(options), FULL_SOFTMAX];
    for (const { title, training } of trainings) {
      work[`training ${title}`] = (signal) => Word2Vec.train(corpus, { ...training, epochs: 1000, threads, signal });
    }
    const contenders = Object.fromEntries(
      Object.entries(work).map(([name, start]) => {
        let turn = 0;
        return [name, () => settling(start, BEFORE[turn++ % BEFORE.length])];
      }),
    );
    const samples = await takeTurns(rounds, contenders, log);
    vectors.dispose();
    corpus.dispose();
    const figures = Object.entries(samples).flatMap(([name, times]) => [
      figure(name, 'ms', times),
      figure(`${name}: slowest`, 'ms', [Math.max(...times)]),
    ]);
    return { figures, settings: { threads, rows: options.rows, columns: COLUMNS } };
  },
};

const FULL_SOFTMAX = {
  title: 'skip-gram, full softmax',
  training: { architecture: 'skip-gram', objective: 'softmax', vectorSize: 100, minCount: 5 },
};

/** Milliseconds from the abort until the work is refused with its reason. */
async function settling(start, before) {
  const controller = new AbortController();
  const working = start(controller.signal).then(
    () => new Error('the work ended before it was aborted'),
    (error) => error,
  );
  await sleep(before);
  const reason = new Error('enough');
  const aborted = performance.now();
  controller.abort(reason);
  const outcome = await working;
  const taken = performance.now() - aborted;
  if (outcome !== reason) throw outcome;
  return taken;
}

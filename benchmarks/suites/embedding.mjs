import { Embedding } from '@wordmill/core';
import { uniform } from '../inputs.mjs';
import { measurePeak } from '../machine.mjs';
import { comparison, figure, seconds, takeTurns } from '../statistics.mjs';

const ROWS = 131072;
const COLUMNS = 1024;
/** Ids of a step: a small batch, whose ids are nearly all different, and a large one. */
const BATCHES = [8192, 125_000];
/** Steps of a sample, so that it takes long enough to be timed. */
const REPEATS = 5;

export const embedding = {
  name: 'embedding',
  title: 'Training a look-up table: the gradient of the rows of some ids, and a step of AdaGrad on them',
  needs: [],
  async run({ options, log }) {
    const { threads, rounds } = options;
    const layer = new Embedding({ rows: ROWS, dimension: COLUMNS, initial: 'uniform', threads });
    const figures = [];
    for (const count of BATCHES) {
      const random = uniform(9);
      const ids = Int32Array.from({ length: count }, () => Math.floor(random() * ROWS));
      const gradient = Float32Array.from({ length: count * COLUMNS }, () => random() - 0.5);
      const different = new Set(ids).size;
      // The gradient is read; values and sums of squares of the rows are read and written.
      const gigabytes = ((count + 4 * different) * COLUMNS * 4) / 1e9;
      const step = () => {
        layer.backward(ids, gradient);
        layer.step({ optimizer: 'adagrad', learningRate: 0.01 });
        layer.zeroGradient();
      };
      step();
      const samples = await takeTurns(
        rounds,
        {
          ours: () =>
            seconds(() => {
              for (let i = 0; i < REPEATS; i++) step();
            }),
          // It reads and writes each byte.
          memcpy: async () => (measurePeak(options)?.copyGBs ?? Number.NaN) * 2,
        },
        log,
      );
      const name = `backward and AdaGrad, ${count} ids`;
      const rates = samples.ours.map((time) => (gigabytes * REPEATS) / time);
      figures.push(figure(name, 'GB/s', rates));
      if (samples.memcpy.every(Number.isFinite)) {
        figures.push(comparison(name, 'GB/s', rates, 'memcpy', samples.memcpy));
      }
    }
    layer.dispose();
    return { figures, settings: { rows: ROWS, columns: COLUMNS, batches: BATCHES, threads }, notes: NOTES };
  },
};

const NOTES = [
  `GB a second of what must be moved: the gradient read, and the values and the sums of squares of the rows read and written. memcpy is
what a small C program reads and writes with the same threads.`,
];

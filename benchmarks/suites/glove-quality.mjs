import { join } from 'node:path';
import { textOf } from '../inputs.mjs';
import { judge } from '../judgement.mjs';
import { ours } from '../processes.mjs';
import { glove as settings } from '../settings.mjs';
import { mean } from '../statistics.mjs';

const EPOCHS = 15;
const COSTS_AFTER = [2, 5, 10, 15];

export const gloveQuality = {
  name: 'glove-quality',
  title: 'GloVe after 15 epochs: cost, WordSim353 and analogies among the 30,000 most frequent words, means over seeds',
  needs: ['text', 'pairs', 'analogies'],
  async run({ options, log }) {
    const { threads, seeds, work } = options;
    const text = textOf(options);
    const output = join(work, 'wordmill-glove.bin');
    const runs = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const run = await ours('glove', { text, ...settings, epochs: EPOCHS, seed, threads, output });
      runs.push({ ...run, ...(await judge(output, options)) });
      const { costs, spearman, accuracy, wholeSeconds } = runs.at(-1);
      log(
        `seed ${seed}: cost ${costs.at(-1).toFixed(6)}, ${spearman.toFixed(4)}, ${accuracy.toFixed(2)} %, ${wholeSeconds.toFixed(1)} s`,
      );
    }
    const figureOf = (name, unit, value) => {
      const samples = runs.map(value);
      return { name, unit, ours: { mean: mean(samples), samples } };
    };
    const figures = [
      ...COSTS_AFTER.map((epoch) => figureOf(`cost after ${epoch} epochs`, '', ({ costs }) => costs[epoch - 1])),
      figureOf('WordSim353', 'Spearman', ({ spearman }) => spearman),
      figureOf('analogies', '%', ({ accuracy }) => accuracy),
      figureOf('training', 'M counts/s', ({ nonzeros, seconds }) => (nonzeros * EPOCHS) / seconds / 1e6),
      figureOf('text to vectors', 's', ({ wholeSeconds }) => wholeSeconds),
    ];
    return { figures, settings: { epochs: EPOCHS, threads, seeds, ...settings } };
  },
};

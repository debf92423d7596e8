import { runtime } from '@wordmill/core';
import { textOf } from '../inputs.mjs';
import { ours } from '../processes.mjs';
import { chosenSettings } from '../settings.mjs';
import { comparison, median, takeTurns } from '../statistics.mjs';

const BASELINE = 'scalar';

export const instructionSets = {
  name: 'instruction-sets',
  title: 'Training in each instruction set against the scalar fallback, one epoch',
  needs: ['text'],
  async run({ options, log }) {
    const text = textOf(options);
    const { rounds, threads } = options;
    const isas = runtime().available;
    const figures = [];
    for (const { title, training } of chosenSettings(options)) {
      log(title);
      const run = (isa) => () => ours('train', { text, training, epochs: 1, seed: 1, threads }, { isa });
      const samples = await takeTurns(rounds, Object.fromEntries(isas.map((isa) => [isa, run(isa)])), log);
      const speeds = (isa) => samples[isa].map(({ tokens, seconds }) => tokens / seconds / 1e6);
      const losses = Object.fromEntries(isas.map((isa) => [isa, median(samples[isa].map(({ loss }) => loss))]));
      for (const isa of isas.filter((one) => one !== BASELINE)) {
        const figure = comparison(`${title}, ${isa}`, 'M words/s', speeds(isa), BASELINE, speeds(BASELINE));
        figures.push({ ...figure, losses: { [isa]: losses[isa], [BASELINE]: losses[BASELINE] } });
      }
    }
    return { figures, settings: { threads, trainings: chosenSettings(options) } };
  },
};

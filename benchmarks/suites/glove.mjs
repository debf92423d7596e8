import { runtime } from '@wordmill/core';
import { textOf } from '../inputs.mjs';
import { ours } from '../processes.mjs';
import { glove as settings } from '../settings.mjs';
import { comparison, figure, takeTurns } from '../statistics.mjs';

const BASELINE = 'scalar';
const EPOCHS = 1;
const DIMENSIONS = [100, 300];
const MB = 1e6;

export const glove = {
  name: 'glove',
  title: 'GloVe: counting and one epoch in each instruction set against the scalar fallback',
  needs: ['text'],
  async run({ options, log }) {
    const text = textOf(options);
    const { rounds, threads } = options;
    const isas = runtime().available;
    const best = runtime().isa;
    const figures = [];
    for (const vectorSize of DIMENSIONS) {
      log(`${vectorSize} numbers in a vector`);
      const { counting, training } = settings;
      const request = { text, counting, training: { ...training, vectorSize }, epochs: EPOCHS, seed: 1, threads };
      const run = (isa) => () => ours('glove', request, { isa });
      const samples = await takeTurns(rounds, Object.fromEntries(isas.map((isa) => [isa, run(isa)])), log);
      if (vectorSize === DIMENSIONS[0]) figures.push(...countingFigures(samples[best]));
      const speeds = (isa) => samples[isa].map(({ nonzeros, seconds }) => nonzeros / seconds / 1e6);
      for (const isa of isas.filter((one) => one !== BASELINE)) {
        const name = `training, d ${vectorSize}, ${isa}`;
        figures.push(comparison(name, 'M counts/s', speeds(isa), BASELINE, speeds(BASELINE)));
      }
    }
    return { figures, settings: { epochs: EPOCHS, threads, ...settings }, notes: NOTES };
  },
};

const NOTES = [
  `Counting has no part that depends on the instruction set. "Ordering" is what takes the place of GloVe's shuffle: counts into tiles,
and the weights at their start. Memory is resident: of the process with the text alone, the peak while counting without a limit, and the most
while training with 100 numbers in a vector.`,
];

function countingFigures(samples) {
  const of = (key, scale = 1) => samples.map((sample) => sample[key] / scale);
  return [
    figure('reading the text', 's', of('readSeconds')),
    figure('counting', 's', of('countSeconds')),
    figure('ordering', 's', of('orderSeconds')),
    figure('nonzero counts', 'M', of('nonzeros', 1e6)),
    figure('memory with the text', 'MB', of('memoryOfText', MB)),
    figure('memory while counting', 'MB', of('memoryWhileCounting', MB)),
    figure('memory while training', 'MB', of('memoryWhileTraining', MB)),
  ];
}

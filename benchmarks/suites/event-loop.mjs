import { textOf } from '../inputs.mjs';
import { ours } from '../processes.mjs';
import { chosenSettings } from '../settings.mjs';
import { figure, takeTurns } from '../statistics.mjs';

export const eventLoop = {
  name: 'event-loop',
  title: 'Delay of the event loop while training on all threads, with progress callbacks',
  needs: ['text'],
  async run({ options, log }) {
    const text = textOf(options);
    const { rounds, threads } = options;
    const figures = [];
    for (const { title, training } of chosenSettings(options)) {
      const train = () => ours('train', { text, training, epochs: 1, seed: 1, threads, watch: true });
      const { wordmill } = await takeTurns(rounds, { wordmill: train }, log);
      for (const percentile of ['p50', 'p99', 'max']) {
        const name = `${title}: ${percentile}`;
        figures.push(
          figure(
            name,
            'ms',
            wordmill.map(({ delay }) => delay[percentile]),
          ),
        );
      }
    }
    return { figures, settings: { threads, trainings: chosenSettings(options) }, notes: NOTES };
  },
};

const NOTES = [
  'As `perf_hooks.monitorEventLoopDelay` gives it, which looks every millisecond: the interval is part of the delay.',
];

import { textOf } from '../inputs.mjs';
import { ours } from '../processes.mjs';
import { chosenSettings, subwordSettings } from '../settings.mjs';
import { comparison, figure, takeTurns } from '../statistics.mjs';
import { trainFasttext } from './training.mjs';

const EPOCHS = 1;

export const subwords = {
  name: 'subwords',
  title: 'Training speed with subwords: one epoch with the same settings',
  needs: ['text'],
  async run({ options, peers, log }) {
    const text = textOf(options);
    const { rounds, threads } = options;
    const figures = [];
    const settings = chosenSettings(options, subwordSettings);
    for (const { title, training } of settings) {
      log(title);
      const contenders = { wordmill: () => ours('subwords', { text, training, epochs: EPOCHS, seed: 1, threads }) };
      if (peers.fasttext) contenders.fasttext = () => trainFasttext(peers.fasttext, { text, training, options });
      const samples = await takeTurns(rounds, contenders, log);
      figures.push(...figuresOf(title, samples));
    }
    return { figures, settings: { epochs: EPOCHS, threads, trainings: settings }, notes: NOTES };
  },
};

const NOTES = [
  `Words per second are those of the vocabulary, before subsampling; fastText says its speed itself. Its package is compiled for any x86-64.
Memory is the peak of the process, with the text in memory.`,
];

function figuresOf(title, { wordmill, fasttext }) {
  const speeds = wordmill.map(({ tokens, seconds }) => tokens / seconds / 1e6);
  const unit = 'M words/s';
  const memory = figure(
    `${title}: memory`,
    'MB',
    wordmill.map(({ peakMemory }) => peakMemory / 1e6),
  );
  if (!fasttext) return [figure(title, unit, speeds), memory];
  const theirs = fasttext.map(({ tokensPerSecond }) => tokensPerSecond / 1e6);
  return [comparison(title, unit, speeds, 'fasttext', theirs), memory];
}

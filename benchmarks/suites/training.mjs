import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from '../inputs.mjs';
import { ours } from '../processes.mjs';
import { chosenSettings, fasttextArguments, gensimTraining } from '../settings.mjs';
import { comparison, figure, takeTurns } from '../statistics.mjs';

const EPOCHS = 1;

export const training = {
  name: 'training',
  title: 'Training speed: one epoch with the same settings',
  needs: ['text'],
  async run({ options, peers, log }) {
    const text = textOf(options);
    const { rounds, threads } = options;
    const figures = [];
    for (const { title, training } of chosenSettings(options)) {
      log(title);
      const contenders = { wordmill: () => ours('train', { text, training, epochs: EPOCHS, seed: 1, threads }) };
      if (peers.gensim) contenders.gensim = () => trainGensim(peers.gensim, { text, training, threads });
      if (peers.fasttext) contenders.fasttext = () => trainFasttext(peers.fasttext, { text, training, options });
      const samples = await takeTurns(rounds, contenders, log);
      figures.push(...figuresOf(title, samples));
    }
    const settings = { epochs: EPOCHS, threads, trainings: chosenSettings(options) };
    return { figures, settings, notes: NOTES };
  },
};

const NOTES = [
  `Words per second are those of the vocabulary, before subsampling; reading the text and counting its words comes before. "Text to
vectors" is the seconds of both. gensim trains with \`corpus_file\`, its fastest way. fastText trains without subwords and says its speed itself.`,
];

async function trainGensim(gensim, { text, training, threads }) {
  const process = gensim.start();
  const options = gensimTraining(training);
  const result = await process.ask({ do: 'train', text, options, epochs: EPOCHS, seed: 1, workers: threads });
  process.close();
  return result;
}

/** Words per second of fastText's program. */
export async function trainFasttext(fasttext, { text, training, options: { work, threads } }) {
  const output = join(work, 'fasttext');
  const args = [...fasttextArguments(training), '-input', text, '-output', output, '-epoch', String(EPOCHS)];
  try {
    return { tokensPerSecond: await fasttext.train(args, threads) };
  } finally {
    for (const ending of ['bin', 'vec']) rmSync(`${output}.${ending}`, { force: true });
  }
}

function figuresOf(title, { wordmill, gensim, fasttext }) {
  const speeds = wordmill.map(({ tokens, seconds }) => tokens / seconds / 1e6);
  const totals = wordmill.map(({ vocabularySeconds, wholeSeconds }) => vocabularySeconds + wholeSeconds);
  const unit = 'M words/s';
  if (!gensim && !fasttext) return [figure(title, unit, speeds), figure(`${title}: text to vectors`, 's', totals)];
  const figures = [];
  if (gensim) {
    const theirs = gensim.map(({ tokens, seconds }) => tokens / seconds / 1e6);
    const theirTotals = gensim.map(({ vocabularySeconds, seconds }) => vocabularySeconds + seconds);
    figures.push(comparison(title, unit, speeds, 'gensim', theirs));
    const name = `${title}: text to vectors`;
    figures.push(comparison(name, 's', totals, 'gensim', theirTotals, { lowerIsBetter: true }));
  }
  if (fasttext) {
    const theirs = fasttext.map(({ tokensPerSecond }) => tokensPerSecond / 1e6);
    figures.push(comparison(title, unit, speeds, 'fasttext', theirs));
  }
  return figures;
}

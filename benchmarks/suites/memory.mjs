import { textOf } from '../inputs.mjs';
import { ours } from '../processes.mjs';
import { chosenSettings, gensimTraining } from '../settings.mjs';
import { comparison, figure, takeTurns } from '../statistics.mjs';

/** Rows that are trained are padded to that. */
const ROW_BYTES = 64;
const MB = 1e6;

export const memory = {
  name: 'memory',
  title: 'Memory of the training process at its peak',
  needs: ['text'],
  async run({ options, peers: { gensim }, log }) {
    const text = textOf(options);
    const { rounds, threads } = options;
    const figures = [];
    for (const { title, training } of chosenSettings(options)) {
      log(title);
      const contenders = { wordmill: () => ours('train', { text, training, epochs: 1, seed: 1, threads }) };
      if (gensim) contenders.gensim = () => trainGensim(gensim, { text, training, threads });
      const { wordmill, gensim: theirs } = await takeTurns(rounds, contenders, log);
      const peaks = wordmill.map(({ peakMemory }) => peakMemory / MB);
      const rest = wordmill.map((run) => (run.peakMemory - needed(run, training)) / MB);
      const name = `${title}: peak`;
      if (theirs) {
        const theirPeaks = theirs.map(({ peakMemory }) => peakMemory / MB);
        figures.push(comparison(name, 'MB', peaks, 'gensim', theirPeaks, { lowerIsBetter: true }));
      } else figures.push(figure(name, 'MB', peaks));
      figures.push(figure(`${title}: peak less padded matrices and 4 bytes a token`, 'MB', rest));
    }
    return { figures, settings: { threads, trainings: chosenSettings(options) } };
  },
};

/** Two matrices (words, and contexts or nodes of the tree), and the encoded text. */
function needed({ vocabulary, textTokens }, { vectorSize }) {
  const row = Math.ceil((vectorSize * 4) / ROW_BYTES) * ROW_BYTES;
  return 2 * vocabulary * row + 4 * textTokens;
}

async function trainGensim(gensim, { text, training, threads }) {
  const process = gensim.start();
  const options = gensimTraining(training);
  const result = await process.ask({ do: 'train', text, options, epochs: 1, seed: 1, workers: threads });
  process.close();
  return result;
}

import { textOf } from '../inputs.mjs';
import { ours } from '../processes.mjs';
import { comparison, figure, takeTurns } from '../statistics.mjs';

const MIN_COUNT = 5;

export const vocabulary = {
  name: 'vocabulary',
  title: 'Vocabulary: reading a text, counting its words and, in Wordmill, encoding it',
  needs: ['text'],
  async run({ options, peers: { gensim }, log }) {
    const text = textOf(options);
    const { threads } = options;
    const contenders = { wordmill: () => ours('vocabulary', { text, minCount: MIN_COUNT, threads }) };
    for (const how of gensim ? ['corpus_file', 'LineSentence'] : []) {
      contenders[how] = async () => {
        const process = gensim.start();
        const result = await process.ask({ do: 'vocabulary', text, how, min_count: MIN_COUNT });
        process.close();
        return result;
      };
    }
    const samples = await takeTurns(options.rounds, contenders, log);
    const seconds = (name) => samples[name].map((one) => one.seconds);
    const own = seconds('wordmill');
    const peers = Object.keys(contenders).filter((name) => name !== 'wordmill');
    const figures = peers.map((how) =>
      comparison('vocabulary', 's', own, `gensim ${how}`, seconds(how), { lowerIsBetter: true }),
    );
    if (figures.length === 0) figures.push(figure('vocabulary', 's', own));
    return { figures, settings: { threads, minCount: MIN_COUNT, vocabulary: samples.wordmill[0].vocabulary } };
  },
};

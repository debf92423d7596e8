import { countCooccurrences, Glove } from '@wordmill/glove';
import type { Case, CaseSettings, Outcome } from '../case.js';
import { readBytes } from '../text-bytes.js';
import { zipfText } from '../zipf-text.js';

export const gloveCases: readonly Case[] = [
  {
    name: 'GloVe, counting',
    unit: 'M words/s',
    hasDevice: true,
    async prepare({ words, seed, threads, device }) {
      const corpus = await readBytes(zipfText(words, seed), threads);
      return {
        amount: words / 1e6,
        async run() {
          (await countCooccurrences(corpus, { threads, device })).dispose();
        },
        dispose: () => corpus.dispose(),
      };
    },
  },
  {
    name: 'GloVe, training',
    unit: 'M counts/s',
    hasDevice: true,
    async prepare({ words, seed, threads, device, columns: vectorSize }: CaseSettings) {
      const corpus = await readBytes(zipfText(words, seed), threads);
      const counts = await countCooccurrences(corpus, { threads });
      corpus.dispose();
      let outcome: Outcome = { seconds: 0, loss: 0 };
      return {
        amount: counts.nonzeros / 1e6,
        async run() {
          const model = await Glove.train(counts, { vectorSize, threads, device, seed, epochs: 1 });
          outcome = { seconds: model.report.seconds, loss: model.report.cost };
          model.dispose();
        },
        outcome: () => outcome,
        dispose: () => counts.dispose(),
      };
    },
  },
];

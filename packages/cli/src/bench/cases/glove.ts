import type { Corpus } from '@wordmill/core';
import { type Cooccurrence, countCooccurrences, Glove } from '@wordmill/glove';
import type { Case, Outcome, Settings } from '../case.js';
import { readBytes } from '../text-bytes.js';
import { zipfText } from '../zipf-text.js';

export const gloveCases: readonly Case[] = [
  {
    name: 'GloVe, counting',
    unit: 'M words/s',
    async prepare({ words, seed, threads }) {
      const corpus = await readBytes(zipfText(words, seed), threads);
      return {
        amount: words / 1e6,
        async run() {
          (await count(corpus, threads)).dispose();
        },
        dispose: () => corpus.dispose(),
      };
    },
  },
  {
    name: 'GloVe, training',
    unit: 'M counts/s',
    async prepare({ words, seed, threads, columns: vectorSize }: Settings) {
      const corpus = await readBytes(zipfText(words, seed), threads);
      const counts = await count(corpus, threads);
      corpus.dispose();
      let outcome: Outcome = { seconds: 0, loss: 0 };
      return {
        amount: counts.nonzeros / 1e6,
        async run() {
          const model = await Glove.train(counts, { vectorSize, threads, seed, epochs: 1 });
          outcome = { seconds: model.report.seconds, loss: model.report.cost };
          model.dispose();
        },
        outcome: () => outcome,
        dispose: () => counts.dispose(),
      };
    },
  },
];

const count = (corpus: Corpus, threads: number): Promise<Cooccurrence> => countCooccurrences(corpus, { threads });

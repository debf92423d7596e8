import type { Corpus, ViewOptions } from '@wordmill/core';
import { type Architecture, type Objective, Word2Vec } from '@wordmill/word2vec';
import type { Case, CaseSettings, Outcome } from '../case.js';
import { readBytes } from '../text-bytes.js';
import { zipfText } from '../zipf-text.js';

/** The usual settings of comparisons; the rest are the defaults. */
const SAMPLE = 1e-4;
/** Full softmax scores each word of the vocabulary at each position: a piece of the text and its first words have to do. */
const SOFTMAX_SHARE = 50;
const SOFTMAX_WORDS = 1000;

export const textCases: readonly Case[] = [
  {
    name: 'vocabulary and encoding',
    unit: 'M words/s',
    async prepare({ words, seed, threads }) {
      const text = zipfText(words, seed);
      return {
        amount: words / 1e6,
        async run() {
          const corpus = await readBytes(text, threads);
          const view = await corpus.view();
          view.dispose();
          corpus.dispose();
        },
        dispose: () => {},
      };
    },
  },
  training('skip-gram', 'negative-sampling'),
  training('skip-gram', 'hierarchical-softmax'),
  training('cbow', 'negative-sampling'),
  training('cbow', 'hierarchical-softmax'),
  training('cbow', 'softmax'),
];

function training(architecture: Architecture, objective: Objective): Case {
  const isFull = objective === 'softmax';
  return {
    name: `${architecture === 'cbow' ? 'CBOW' : architecture}, ${objective.replace('-', ' ')}`,
    unit: isFull ? 'k words/s' : 'M words/s',
    hasDevice: !isFull,
    async prepare({ words, seed, threads, device, columns: vectorSize }: CaseSettings) {
      const size = isFull ? Math.ceil(words / SOFTMAX_SHARE) + SOFTMAX_WORDS : words;
      const corpus = await readBytes(zipfText(size, seed), threads);
      const vocabulary = isFull ? { maxVocabulary: SOFTMAX_WORDS, minCount: 1 } : {};
      const { tokens } = await viewInfo(corpus, vocabulary);
      const sample = isFull ? 0 : SAMPLE;
      const options = { architecture, objective, vectorSize, threads, device, seed, sample, epochs: 1, ...vocabulary };
      let outcome: Outcome = { seconds: 0, loss: 0 };
      return {
        amount: tokens / (isFull ? 1e3 : 1e6),
        async run() {
          const model = await Word2Vec.train(corpus, options);
          outcome = model.report;
          model.dispose();
        },
        outcome: () => outcome,
        dispose: () => corpus.dispose(),
      };
    },
  };
}

async function viewInfo(corpus: Corpus, vocabulary: ViewOptions) {
  const view = await corpus.view(vocabulary);
  try {
    return view.info;
  } finally {
    view.dispose();
  }
}

import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { KeyedVectors } from '@wordmill/core';
import { uniform, writeFile } from '../inputs.mjs';
import { comparison, figure, seconds, takeTurns } from '../statistics.mjs';

const VOCABULARY = 30_000;
const COLUMNS = 100;

export const analogies = {
  name: 'analogies',
  title: 'Evaluation of analogies: all questions among 30,000 words',
  needs: ['analogies'],
  async run({ options, peers: { gensim }, log }) {
    const { analogies: questions, threads, rounds } = options;
    const path = vectorsFor(questions, options);
    const vectors = await KeyedVectors.load(path);
    let asked = 0;
    const contenders = {
      wordmill: () =>
        seconds(async () => {
          const evaluation = await vectors.evaluateWordAnalogies(questions, { restrictVocab: VOCABULARY, threads });
          asked = evaluation.questions;
        }),
    };
    const process = gensim?.start(threads);
    if (process) {
      const request = { do: 'analogies', vectors: path, questions, restrict: VOCABULARY };
      contenders.gensim = async () => (await process.ask(request)).seconds;
    }
    const samples = await takeTurns(rounds, contenders, log);
    process?.close();
    vectors.dispose();
    const name = `${asked} questions x ${VOCABULARY} words`;
    const figures = [
      samples.gensim
        ? comparison(name, 's', samples.wordmill, 'gensim', samples.gensim, { lowerIsBetter: true })
        : figure(name, 's', samples.wordmill),
    ];
    return { figures, settings: { threads, columns: COLUMNS }, notes: NOTES };
  },
};

const NOTES = ['The vectors are random and have all words of the questions, so that every question is asked.'];

/** Random vectors of the words of the questions and, up to the size of the vocabulary, of others. */
function vectorsFor(questions, { work }) {
  const lines = readFileSync(questions, 'utf8').split('\n');
  const words = lines.filter((line) => !line.startsWith(':')).flatMap((line) => line.toLowerCase().split(/\s+/));
  const keys = new Set(words.filter((word) => word !== ''));
  for (let i = 0; keys.size < VOCABULARY; i++) keys.add(`filler${i}`);
  return writeFile(join(work, 'analogies.bin'), (file) => {
    const random = uniform(1);
    writeSync(file, `${keys.size} ${COLUMNS}\n`);
    for (const key of keys) {
      const numbers = Float32Array.from({ length: COLUMNS }, () => random() - 0.5);
      writeSync(file, Buffer.concat([Buffer.from(`${key} `), Buffer.from(numbers.buffer), Buffer.from('\n')]));
    }
  });
}

import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { KeyedVectors } from '@wordmill/core';
import { randomVectors } from '../inputs.mjs';
import { dropFromCache } from '../machine.mjs';
import { comparison, figure, seconds, takeTurns } from '../statistics.mjs';

const COLUMNS = 300;

export const load = {
  name: 'load',
  title: 'Loading a word2vec binary file that is not in the page cache',
  needs: [],
  async run({ options, peers: { gensim }, log }) {
    const { rows, rounds } = options;
    const path = randomVectors(options, rows, COLUMNS);
    const process = gensim?.start();
    const cold = (work) => async () => {
      dropFromCache(path);
      return work();
    };
    const read = () => execFileSync('dd', [`if=${path}`, 'of=/dev/null', 'bs=8M', 'status=none']);
    const contenders = {
      wordmill: cold(() => seconds(async () => (await KeyedVectors.load(path)).dispose())),
      reading: cold(() => seconds(read)),
    };
    if (process) {
      contenders.gensim = cold(async () => {
        const taken = await process.ask({ do: 'load', vectors: path });
        await process.ask({ do: 'forget', vectors: path });
        return taken.seconds;
      });
    }
    const { wordmill, reading, gensim: theirs } = await takeTurns(rounds, contenders, log);
    process?.close();
    const gigabytes = statSync(path).size / 1e9;
    const rate = (times) => times.map((time) => gigabytes / time);
    const name = `load ${rows} x ${COLUMNS}`;
    const figures = [
      figure(name, 's', wordmill),
      comparison(name, 'GB/s', rate(wordmill), 'reading the file', rate(reading)),
    ];
    if (theirs) figures.push(comparison(name, 'GB/s', rate(wordmill), 'gensim', rate(theirs)));
    return { figures, settings: { rows, columns: COLUMNS, bytes: statSync(path).size }, notes: NOTES };
  },
};

const NOTES = [
  'The file is dropped from the page cache before each loading. "reading the file" is `dd bs=8M` to /dev/null.',
];

import { KeyedVectors } from '@wordmill/core';
import { randomVectors } from '../inputs.mjs';
import { measurePeak } from '../machine.mjs';
import { comparison, figure, seconds, takeTurns } from '../statistics.mjs';

const COLUMNS = 300;
const BATCH = 256;
const NEIGHBOURS = 10;
/** Queries of a sample, one after the other. */
const REPEATS = 10;

export const search = {
  name: 'search',
  title: 'Exact search for the most similar vectors',
  needs: [],
  async run({ options, peers, log }) {
    const { rows, threads, rounds } = options;
    const path = randomVectors(options, rows, COLUMNS);
    const vectors = await KeyedVectors.load(path);
    await vectors.norms();
    const dataset = peers.usearch && vectors.toFloat32Array();
    const searched = { vectors, dataset, path, threads };
    const gensim = peers.gensim?.start(threads);
    const one = await takeTurns(rounds, oneQuery(searched, { ...peers, gensim }, options), log);
    gensim?.close();
    const batch = await takeTurns(rounds, batchOfQueries(searched, peers, options), log);
    vectors.dispose();

    const gigabytes = (rows * COLUMNS * 4) / 1e9;
    const gigaoperations = (rows * COLUMNS * 2 * BATCH) / 1e9;
    return {
      figures: [
        ...figuresOf(`one query, ${rows} x ${COLUMNS}`, 'GB/s', gigabytes, one, (peak) => peak.readGBs),
        ...figuresOf(
          `batch of ${BATCH}, ${rows} x ${COLUMNS}`,
          'GFLOP/s',
          gigaoperations,
          batch,
          (peak) => peak.fmaGflops,
        ),
      ],
      settings: { rows, columns: COLUMNS, threads, neighbours: NEIGHBOURS },
      notes: NOTES,
    };
  },
};

const NOTES = [
  `"machine" is what a small C program reads from memory, or does in fused multiply-adds, with the same threads; there the ratio is the
share of it. gensim, whose norms are made before, and usearch are given the same vectors.`,
];

/** Seconds of each contender; the machine gives its figures. */
function oneQuery({ vectors, dataset, path, threads }, { gensim, usearch }, options) {
  const row = differentRows(vectors.size);
  const contenders = {
    wordmill: repeated(() => seconds(() => vectors.mostSimilar(`word${row()}`, { topN: NEIGHBOURS, threads }))),
    machine: async () => measurePeak(options),
  };
  if (usearch) {
    contenders.usearch = repeated(() => exactSearch(usearch, dataset, vectors.get(`word${row()}`), threads));
  }
  if (gensim) {
    contenders.gensim = repeated(async () => {
      const request = { do: 'similar', vectors: path, key: `word${row()}`, topn: NEIGHBOURS };
      return (await gensim.ask(request)).seconds;
    });
  }
  return contenders;
}

function batchOfQueries({ vectors, dataset, threads }, { usearch }, options) {
  const keys = Array.from({ length: BATCH }, (_, i) => `word${i}`);
  const contenders = {
    wordmill: () => seconds(() => vectors.mostSimilarBatch(keys, { topN: NEIGHBOURS, threads })),
    machine: async () => measurePeak(options),
  };
  if (usearch) contenders.usearch = () => exactSearch(usearch, dataset, vectors.getMany(keys), threads);
  return contenders;
}

/** Mean seconds of some queries. */
const repeated = (query) => async () => {
  let sum = 0;
  for (let i = 0; i < REPEATS; i++) sum += await query();
  return sum / REPEATS;
};

const exactSearch = ({ api }, dataset, queries, threads) =>
  seconds(() => api.exactSearch(dataset, queries, COLUMNS, NEIGHBOURS, api.MetricKind.Cos, threads));

function differentRows(rows) {
  let turn = 0;
  return () => (turn++ * 7919) % rows;
}

function figuresOf(name, unit, amount, { wordmill, machine, ...peers }, peakOf) {
  const rate = (times) => times.map((time) => amount / time);
  const own = rate(wordmill);
  const figures = [figure(name, unit, own)];
  if (machine.every((peak) => peak !== undefined))
    figures.push(comparison(name, unit, own, 'machine', machine.map(peakOf)));
  for (const [peer, times] of Object.entries(peers)) figures.push(comparison(name, unit, own, peer, rate(times)));
  return figures;
}

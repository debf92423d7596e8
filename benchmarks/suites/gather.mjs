import { Embedding, KeyedVectors } from '@wordmill/core';
import { randomVectors, uniform } from '../inputs.mjs';
import { measurePeak } from '../machine.mjs';
import { gatherModel } from '../peers/onnx-gather.mjs';
import { comparison, figure, seconds, takeTurns } from '../statistics.mjs';

const COLUMNS = 300;
const GATHERED = 8192;
/** Gathers a sample, so that it takes long enough to be timed. */
const REPEATS = 50;

/** The look-up of a language model: its table, and as many ids as many batches have. */
const LAYER = { rows: 131072, columns: 1024, ids: 1_000_000 };
/** The ids are looked up in so many calls, each of which overwrites what the one before gave, far more than caches hold. */
const CALLS = 8;

export const gather = {
  name: 'gather',
  title: 'Gather: copying the rows of some ids out of a table',
  needs: [],
  async run({ options, peers: { onnxruntime }, log }) {
    const { rows, rounds } = options;
    const vectors = await KeyedVectors.load(randomVectors(options, rows, COLUMNS));
    const { table } = vectors.native;
    const data = vectors.toFloat32Array();
    const random = uniform(7);
    const ids = Array.from({ length: REPEATS }, () =>
      Uint32Array.from({ length: GATHERED }, () => Math.floor(random() * rows)),
    );
    const keys = ids.map((batch) => Array.from(batch, (id) => `word${id}`));
    const out = new Float32Array(GATHERED * COLUMNS);
    const contenders = {
      gather: () => each((i) => table.gather(ids[i], out)),
      'gather with look-up of keys': () => each((i) => vectors.getMany(keys[i])),
      memcpy: () => each((i) => out.set(data.subarray(start(i, data.length), start(i, data.length) + out.length))),
    };
    if (onnxruntime) {
      const run = await onnxGather(onnxruntime.api, { data, columns: COLUMNS, ids, out, threads: 1 });
      contenders.onnxruntime = () => each(run);
    }
    const samples = await takeTurns(rounds, contenders, log);
    vectors.dispose();
    return {
      figures: [...figuresOf(samples), ...(await lookUpFigures(options, onnxruntime, log))],
      settings: { rows, columns: COLUMNS, gathered: GATHERED, layer: LAYER, calls: CALLS, threads: options.threads },
      notes: NOTES,
    };
  },
};

const NOTES = [
  `GB of copied rows a second. "gather" is on one thread, and memcpy beside it copies as many bytes in one piece, each time from another
place. "look-up" is \`Embedding.forward\` with ${LAYER.ids} ids of a table of ${LAYER.rows} x ${LAYER.columns}, in ${CALLS} calls; memcpy beside it is what a small C
program copies with the same threads.`,
];

/** Embedding.forward with the sizes of a language model, on all threads. */
async function lookUpFigures(options, onnxruntime, log) {
  const { threads, rounds } = options;
  const { rows, columns } = LAYER;
  const embedding = new Embedding({ rows, dimension: columns, initial: 'uniform', threads });
  const random = uniform(8);
  const count = LAYER.ids / CALLS;
  const ids = Array.from({ length: CALLS }, () =>
    Int32Array.from({ length: count }, () => Math.floor(random() * rows)),
  );
  const out = new Float32Array(count * columns);
  const inCalls = (work) =>
    seconds(async () => {
      for (let i = 0; i < CALLS; i++) await work(i);
    });
  const contenders = {
    'look-up': () => inCalls((i) => embedding.forward(ids[i], out)),
    memcpy: async () => measurePeak(options)?.copyGBs,
  };
  if (onnxruntime) {
    const data = embedding.toFloat32Array();
    const run = await onnxGather(onnxruntime.api, { data, columns, ids, out, threads });
    contenders.onnxruntime = () => inCalls(run);
  }
  const { memcpy, ...samples } = await takeTurns(rounds, contenders, log);
  embedding.dispose();
  const rate = (name) => samples[name].map((time) => (LAYER.ids * columns * 4) / 1e9 / time);
  const figures = [figure('look-up', 'GB/s', rate('look-up'))];
  if (memcpy.every((speed) => speed !== undefined)) {
    figures.push(comparison('look-up', 'GB/s', rate('look-up'), 'memcpy', memcpy));
  }
  if (onnxruntime) figures.push(comparison('look-up', 'GB/s', rate('look-up'), 'onnxruntime', rate('onnxruntime')));
  return figures;
}

/** Places far from each other, so that memcpy does not copy from the cache either. */
const start = (i, length) => Math.floor(((length - GATHERED * COLUMNS) * i) / REPEATS);

const each = (work) =>
  seconds(async () => {
    for (let i = 0; i < REPEATS; i++) await work(i);
  });

/** One of its gathers. It writes to memory that is given, as ours do. */
async function onnxGather({ InferenceSession, Tensor }, { data, columns, ids, out, threads }) {
  const session = await InferenceSession.create(gatherModel(), { intraOpNumThreads: threads, interOpNumThreads: 1 });
  const table = new Tensor('float32', data, [data.length / columns, columns]);
  const rows = new Tensor('float32', out, [out.length / columns, columns]);
  const batches = ids.map((batch) => new Tensor('int32', Int32Array.from(batch), [batch.length]));
  return (i) => session.run({ table, ids: batches[i] }, { rows });
}

function figuresOf(samples) {
  const gigabytes = (GATHERED * COLUMNS * 4 * REPEATS) / 1e9;
  const rate = (name) => samples[name].map((time) => gigabytes / time);
  const peers = ['memcpy', 'onnxruntime'].filter((peer) => peer in samples);
  return ['gather', 'gather with look-up of keys'].flatMap((name) => [
    figure(name, 'GB/s', rate(name)),
    ...peers.map((peer) => comparison(name, 'GB/s', rate(name), peer, rate(peer))),
  ]);
}

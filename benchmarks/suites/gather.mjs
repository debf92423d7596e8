import { KeyedVectors } from '@wordmill/core';
import { randomVectors, uniform } from '../inputs.mjs';
import { gatherModel } from '../peers/onnx-gather.mjs';
import { comparison, figure, seconds, takeTurns } from '../statistics.mjs';

const COLUMNS = 300;
const GATHERED = 8192;
/** Gathers a sample, so that it takes long enough to be timed. */
const REPEATS = 50;

export const gather = {
  name: 'gather',
  title: 'Gather: copying the rows of some ids out of a table, on one thread',
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
    if (onnxruntime) contenders.onnxruntime = await onnxGather(onnxruntime.api, data, ids, out);
    const samples = await takeTurns(rounds, contenders, log);
    vectors.dispose();
    return { figures: figuresOf(samples), settings: { rows, columns: COLUMNS, gathered: GATHERED }, notes: NOTES };
  },
};

const NOTES = [`GB of copied rows a second. memcpy copies as many bytes in one piece, each time from another place.`];

/** Places far from each other, so that memcpy does not copy from the cache either. */
const start = (i, length) => Math.floor(((length - GATHERED * COLUMNS) * i) / REPEATS);

const each = (work) =>
  seconds(async () => {
    for (let i = 0; i < REPEATS; i++) await work(i);
  });

/** It writes to memory that is given, as our gather does. */
async function onnxGather({ InferenceSession, Tensor }, data, ids, out) {
  const session = await InferenceSession.create(gatherModel(), { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const table = new Tensor('float32', data, [data.length / COLUMNS, COLUMNS]);
  const rows = new Tensor('float32', out, [GATHERED, COLUMNS]);
  const batches = ids.map((batch) => new Tensor('int32', Int32Array.from(batch), [GATHERED]));
  return () => each((i) => session.run({ table, ids: batches[i] }, { rows }));
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

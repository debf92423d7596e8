import { closeSync, existsSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { KeyedVectors } from '@wordmill/core';
import { randomSafetensors } from '../inputs.mjs';
import { ours } from '../processes.mjs';
import { comparison, figure, seconds, takeTurns } from '../statistics.mjs';

/** The table of a large model, and the rest of its file. */
const ROWS = 150_000;
const COLUMNS = 4096;
const FILE_BYTES = 4e9;
const MB = 1e6;

/** Searched: vectors of this length in each number type, by so many queries one after the other. */
const SEARCHED_COLUMNS = 300;
const TYPES = ['f16', 'bf16', 'i8'];
const REPEATS = 10;

export const tables = {
  name: 'tables',
  title: 'Tables of language models: memory to read one out of a file of 4 GB; search in each number type',
  needs: [],
  async run({ options, log }) {
    const { rounds, rows, threads } = options;
    const model = sparseModel(options);
    const read = (dtype) => () => ours('table', { model, dtype, key: String(ROWS - 1) });
    const samples = await takeTurns(rounds, { mapped: read(undefined), 'as an f32 copy': read('f32') }, log);
    const memory = Object.entries(samples).flatMap(([name, results]) => [
      figure(
        `${ROWS} x ${COLUMNS} bf16, ${name}: memory`,
        'MB',
        results.map((result) => result.memory / MB),
      ),
      figure(
        `${ROWS} x ${COLUMNS} bf16, ${name}: time`,
        'ms',
        results.map((result) => result.seconds * 1000),
      ),
    ]);
    return {
      figures: [...memory, ...(await searchFigures(options, log))],
      settings: { rows, columns: SEARCHED_COLUMNS, threads, modelBytes: FILE_BYTES },
      notes: NOTES,
    };
  },
};

async function searchFigures(options, log) {
  const { rounds, rows, threads } = options;
  const path = await randomSafetensors(options, rows, SEARCHED_COLUMNS);
  const opened = {};
  for (const dtype of ['f32', ...TYPES]) {
    opened[dtype] = await KeyedVectors.load(path, { dtype, mmap: false });
    await opened[dtype].norms();
  }
  const query = opened.f32.get('word0');
  const once = (vectors) => async () => {
    const taken = await seconds(async () => {
      for (let i = 0; i < REPEATS; i++) await vectors.mostSimilar(query, { topN: 10, threads });
    });
    return (rows * SEARCHED_COLUMNS * REPEATS) / taken / 1e9;
  };
  const contenders = Object.fromEntries(Object.entries(opened).map(([dtype, vectors]) => [dtype, once(vectors)]));
  const samples = await takeTurns(rounds, contenders, log);
  for (const vectors of Object.values(opened)) vectors.dispose();
  return TYPES.map((dtype) =>
    comparison(`one query, ${rows} x ${SEARCHED_COLUMNS}, ${dtype}`, 'G numbers/s', samples[dtype], 'f32', samples.f32),
  );
}

/** A safetensors file of holes: it takes no place on the disk and reads as zeros. */
function sparseModel({ work }) {
  const path = join(work, `sparse-${ROWS}x${COLUMNS}.safetensors`);
  if (existsSync(path)) return path;
  const table = ROWS * COLUMNS * 2;
  const rest = Math.floor((FILE_BYTES - table) / 2);
  const json = Buffer.from(
    JSON.stringify({
      __metadata__: { format: 'pt' },
      'model.layers.0.mlp.weight': { dtype: 'BF16', shape: [rest], data_offsets: [0, rest * 2] },
      'model.embed_tokens.weight': {
        ...{ dtype: 'BF16', shape: [ROWS, COLUMNS] },
        data_offsets: [rest * 2, rest * 2 + table],
      },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(path, 'w');
  writeSync(file, Buffer.concat([length, json]));
  ftruncateSync(file, 8 + json.length + rest * 2 + table);
  closeSync(file);
  return path;
}

const NOTES = [
  'Memory is what the process holds that is no file (RssAnon), more than before the reading; each time in a new process.',
  'At most 50 MB are expected of the mapped table, and 2458 + 50 MB of the copy.',
];

import { onDevice } from '@wordmill/core/internal';
import { native, type Table } from '@wordmill/native';
import type { Case, CaseSettings, Settings } from '../case.js';
import { randomNumbers } from '../zipf-text.js';

/** Rows that one gather asks for. */
const GATHERED = 4096;
/** Queries of a batch: enough for the matrix product to pay. */
const BATCH = 256;
const NEIGHBOURS = 10;

export const tableCases: readonly Case[] = [
  gather('f32'),
  gather('f16'),
  gather('i8'),
  {
    name: 'convert f32 to f16',
    unit: 'GB/s',
    async prepare({ rows, columns }) {
      const table = randomTable(rows, columns);
      const out = new Uint8Array(rows * columns * 2);
      return {
        amount: (rows * columns * 4) / 1e9,
        run: async () => table.read(0, rows, 'f16', out),
        dispose: () => table.dispose(),
      };
    },
  },
  {
    name: 'lengths of rows',
    unit: 'GB/s',
    async prepare({ rows, columns, threads }) {
      const table = randomTable(rows, columns);
      const row = new Float32Array(columns);
      table.read(0, 1, 'f32', row);
      return {
        amount: (rows * columns * 4) / 1e9,
        async run() {
          // Lengths are kept until the table changes.
          table.write(0, 1, 'f32', row);
          await table.norms(threads);
        },
        dispose: () => table.dispose(),
      };
    },
  },
  search('search, one query', 1, 'GB/s'),
  searchNarrow('f16'),
  searchNarrow('i8'),
  search(`search, batch of ${BATCH} (matrix product)`, BATCH, 'GFLOP/s'),
];

function gather(dtype: 'f32' | 'f16' | 'i8'): Case {
  return {
    name: `gather ${dtype}`,
    unit: 'GB/s',
    async prepare({ rows, columns, seed }) {
      const table = randomTable(rows, columns, dtype);
      const random = randomNumbers(seed);
      const ids = Uint32Array.from({ length: GATHERED }, () => Math.floor(random() * rows));
      const out = new Float32Array(GATHERED * columns);
      return {
        amount: out.byteLength / 1e9,
        run: async () => table.gather(ids, out),
        dispose: () => table.dispose(),
      };
    },
  };
}

/** One query reads every row once, so bytes count; a batch does two operations for each number and query. */
function search(name: string, count: number, unit: 'GB/s' | 'GFLOP/s'): Case {
  return {
    name,
    unit,
    hasDevice: true,
    async prepare({ rows, columns, threads, device }: CaseSettings) {
      const table = randomTable(rows, columns);
      const queries = new Float32Array(count * columns);
      table.read(0, count, 'f32', queries);
      await table.norms(threads);
      const numbers = rows * columns;
      return {
        amount: (unit === 'GB/s' ? numbers * 4 : numbers * 2 * count) / 1e9,
        async run() {
          const options = { metric: 'cosine', k: NEIGHBOURS, threads } as const;
          await onDevice(device, (device) => table.search(queries, { ...options, device }));
        },
        dispose: () => table.dispose(),
      };
    },
  };
}

/** One query over narrower numbers, in bytes of f32 for as many: what it would take to be as fast without them. */
function searchNarrow(dtype: 'f16' | 'i8'): Case {
  return {
    name: `search, one query, ${dtype}`,
    unit: 'GB/s',
    async prepare({ rows, columns, threads }: Settings) {
      const table = randomTable(rows, columns, dtype);
      const query = new Float32Array(columns);
      table.read(0, 1, 'f32', query);
      await table.norms(threads);
      return {
        amount: (rows * columns * 4) / 1e9,
        async run() {
          await table.search(query, { metric: 'cosine', k: NEIGHBOURS, threads });
        },
        dispose: () => table.dispose(),
      };
    },
  };
}

export function randomTable(rows: number, columns: number, dtype: 'f32' | 'f16' | 'i8' = 'f32'): Table {
  const table = native().createTable('f32', rows, columns);
  table.fillUniform(0, rows, -0.5, 0.5, 1n);
  if (dtype === 'f32') return table;
  const narrow = native().createTable(dtype, rows, columns);
  const bytes = new Uint8Array(rows * (dtype === 'i8' ? columns + 4 : columns * 2));
  table.read(0, rows, dtype, bytes);
  narrow.write(0, rows, dtype, bytes);
  table.dispose();
  return narrow;
}

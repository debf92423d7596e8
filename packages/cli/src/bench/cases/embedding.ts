import { Embedding } from '@wordmill/core';
import type { Case, Settings } from '../case.js';
import { randomNumbers } from '../zipf-text.js';

/** Ids that one call is given. */
const LOOKED_UP = 4096;
const IDS_OF_BAG = 8;

/** Numbers that a step moves for each number of a gradient: itself, and values and states to and fro. */
const MOVED = { adagrad: 5, adam: 7 } as const;

export const embeddingCases: readonly Case[] = [
  {
    name: `bags of ${IDS_OF_BAG} rows, sums`,
    unit: 'GB/s',
    async prepare(settings) {
      const { embedding, ids } = layer(settings);
      const offsets = Uint32Array.from({ length: LOOKED_UP / IDS_OF_BAG }, (_, bag) => bag * IDS_OF_BAG);
      const out = new Float32Array(offsets.length * settings.columns);
      return {
        amount: bytesOfRows(settings) / 1e9,
        run: async () => void embedding.bag(ids, offsets, { mode: 'sum' }, out),
        dispose: () => embedding.dispose(),
      };
    },
  },
  {
    name: 'gradients of rows, added up',
    unit: 'GB/s',
    async prepare(settings) {
      const { embedding, ids } = layer(settings);
      const gradient = gradientOf(settings);
      return {
        amount: bytesOfRows(settings) / 1e9,
        async run() {
          embedding.backward(ids, gradient);
          embedding.zeroGradient();
        },
        dispose: () => embedding.dispose(),
      };
    },
  },
  step('AdaGrad', 'adagrad'),
  step('Adam', 'adam'),
];

/** The gradient stays from step to step, so that nothing but the steps is measured. */
function step(title: string, optimizer: keyof typeof MOVED): Case {
  return {
    name: `${title}, rows with a gradient`,
    unit: 'GB/s',
    async prepare(settings) {
      const { embedding, ids } = layer(settings);
      embedding.backward(ids, gradientOf(settings));
      const stepped = embedding.gradient().rows.length;
      return {
        amount: (stepped * settings.columns * 4 * MOVED[optimizer]) / 1e9,
        run: async () => embedding.step({ optimizer, learningRate: 1e-6 }),
        dispose: () => embedding.dispose(),
      };
    },
  };
}

function layer({ rows, columns, seed, threads }: Settings): { embedding: Embedding; ids: Uint32Array } {
  const random = randomNumbers(seed);
  return {
    embedding: new Embedding({ rows, dimension: columns, initial: 'uniform', seed, threads }),
    ids: Uint32Array.from({ length: LOOKED_UP }, () => Math.floor(random() * rows)),
  };
}

function gradientOf({ columns, seed }: Settings): Float32Array {
  const random = randomNumbers(seed);
  return Float32Array.from({ length: LOOKED_UP * columns }, () => random() - 0.5);
}

const bytesOfRows = ({ columns }: Settings): number => LOOKED_UP * columns * 4;

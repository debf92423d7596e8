import { decodeText, type FastTextLayout, fastTextTable } from '@wordmill/core/internal';
import { type Context, defineCommand } from '../command.js';
import { UsageError } from '../usage-error.js';
import { layoutOf } from './fasttext-layout.js';
import { significant } from './fasttext-numbers.js';

const LOSSES = {
  'hierarchical-softmax': 'hs',
  'negative-sampling': 'ns',
  softmax: 'softmax',
  'one-vs-all': 'one-vs-all',
};
const KINDS = { cbow: 'cbow', 'skip-gram': 'sg', supervised: 'sup' };
/** Rows that are printed at once. */
const CHUNK_ROWS = 256;

export const fasttextDump = defineCommand({
  name: 'fasttext dump',
  summary: 'print what is in a model of fastText',
  usage: ['fasttext dump MODEL args|dict|input|output'],
  description: `Prints the options of a .bin or .ftz file, its words and labels with their counts, or one of its matrices. Matrices that
    are quantised are printed as what their codes stand for.`,
  options: {},
  examples: ['wordmill fasttext dump model.bin dict'],
  async run({ operands: [path, part, ...more] }, context) {
    if (path === undefined || part === undefined || more.length > 0) {
      throw new UsageError('give a model and one of args, dict, input and output');
    }
    if (part !== 'args' && part !== 'dict' && part !== 'input' && part !== 'output') {
      throw new UsageError(`there is no part ${JSON.stringify(part)}: choose args, dict, input or output`);
    }
    const layout = await layoutOf(path);
    if (part === 'args') return printArguments(layout, context);
    if (part === 'dict') return printDictionary(layout, context);
    return printMatrix(path, layout, part, context);
  },
});

function printArguments({ arguments: args }: FastTextLayout, { output }: Context): void {
  const entries = {
    dim: args.dimension,
    ws: args.windowSize,
    epoch: args.epochs,
    minCount: args.minCount,
    neg: args.negativeSamples,
    wordNgrams: args.wordNgrams,
    loss: LOSSES[args.loss],
    model: KINDS[args.architecture],
    bucket: args.buckets,
    minn: args.minNgramLength,
    maxn: args.maxNgramLength,
    lrUpdateRate: args.learningRateUpdateRate,
    t: args.sample,
  };
  output.result(entries, () => Object.entries(entries).map(([name, value]) => `${name} ${value}`));
}

function printDictionary({ dictionary }: FastTextLayout, { output }: Context): void {
  const { words, labels, bytes, offsets, counts } = dictionary;
  const entries = Array.from(counts, (count, i) => ({
    text: decodeText(bytes.subarray(Number(offsets[i]), Number(offsets[i + 1]))),
    count: Number(count),
    type: i < words ? 'word' : 'label',
  }));
  output.result({ entries }, function* () {
    yield String(words + labels);
    for (const { text, count, type } of entries) yield `${text} ${count} ${type}`;
  });
}

async function printMatrix(
  path: string,
  layout: FastTextLayout,
  part: 'input' | 'output',
  { output, signal }: Context,
): Promise<void> {
  const table = await fastTextTable(path, layout[part]);
  const { rows, columns } = table.describe();
  const all: number[][] = [];
  if (!output.json) output.line(`${rows} ${columns}`);
  for (let first = 0; first < rows && !signal.aborted; first += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows - first);
    const values = new Float32Array(count * columns);
    table.read(first, count, 'f32', values);
    for (let row = 0; row < count; row++) {
      const numbers = values.subarray(row * columns, (row + 1) * columns);
      if (output.json) all.push([...numbers]);
      else output.line(Array.from(numbers, (value) => significant(value, 6)).join(' '));
    }
  }
  if (output.json) output.result({ rows: all }, () => []);
}

import { type Corpus, type Keys, native, type Table, type View, type WindowOptions } from '@wordmill/native';

/** Text of `tokens` words w0, w1, ... with Zipf-like frequencies, the same at every call. */
export function zipfText(tokens: number, words = 2000): string {
  let state = 12345;
  const lines: string[] = [];
  for (let i = 0; i < tokens; i += 20) {
    const line: string[] = [];
    for (let k = 0; k < 20; k++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      line.push(`w${Math.floor(words ** (state / 2 ** 32)) - 1}`);
    }
    lines.push(line.join(' '));
  }
  return `${lines.join('\n')}\n`;
}

export async function corpusOf(text: string | Uint8Array): Promise<Corpus> {
  const builder = native().beginCorpus({ invalidUtf8: 'escape', threads: 2, maxTokenBytes: 1000, memoryLimit: 0 });
  await builder.append(typeof text === 'string' ? Buffer.from(text) : text);
  await builder.endInput();
  const corpus = await builder.finish();
  builder.dispose();
  return corpus;
}

export const viewOptions = {
  minCount: 1,
  maxVocabulary: 0,
  sentence: 'line',
  maxSentenceLength: 1000,
  lineEndToken: false,
} as const;

export async function viewOf(text: string): Promise<View> {
  const corpus = await corpusOf(text);
  const view = await corpus.view(viewOptions);
  corpus.dispose();
  return view;
}

export const windowOptions: WindowOptions = {
  architecture: 'skip-gram',
  objective: 'negative-sampling',
  mean: true,
  dynamicWindow: true,
  windowSize: 5,
  negativeSamples: 5,
  negativeExponent: 0.75,
  sample: 0,
  learningRate: 0.025,
  learningRateEnd: 0.0001,
  epochs: 1,
  seed: 1n,
  threads: 1,
};

/** Fresh tables for a view: inputs uniform, outputs zero. */
export function tablesFor(view: View, columns = 32): { readonly input: Table; readonly output: Table } {
  const { rows } = view.describe();
  const input = native().createTable('f32', rows, columns);
  input.fillUniform(0, rows, -0.5 / columns, 0.5 / columns, 1n);
  return { input, output: native().createTable('f32', rows, columns) };
}

export function bytesOf(table: Table): Buffer {
  const { rows, columns } = table.describe();
  const bytes = Buffer.alloc(rows * columns * 4);
  table.read(0, rows, 'f32', bytes);
  return bytes;
}

export const allKeys = (keys: Keys): string[] => keys.slice(0, keys.size);

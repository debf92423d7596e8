/** A small fastText `.bin`, byte by byte as its program writes it, with parts to be replaced by wrong ones. */
export interface Parts {
  readonly magic: number;
  readonly version: number;
  readonly numbers: readonly number[];
  readonly sample: number;
  readonly sizes: readonly [size: number, words: number, labels: number];
  readonly tokens: bigint;
  readonly pruned: bigint;
  readonly entries: readonly (readonly [word: string, count: bigint, type: number])[];
  readonly quantised: readonly [input: number, output: number];
  readonly input: readonly [rows: bigint, columns: bigint];
  readonly output: readonly [rows: bigint, columns: bigint];
}

const BUCKETS = 5;
const COLUMNS = 2;
const WORDS = ['the', 'cat', '</s>'];

export const parts: Parts = {
  magic: 0x2f4f16ba,
  version: 12,
  // dimension, window, epochs, least count, negatives, word n-grams, loss, model, buckets, minn, maxn, update rate
  numbers: [COLUMNS, 5, 1, 1, 5, 1, 2, 2, BUCKETS, 2, 3, 100],
  sample: 1e-4,
  sizes: [3, 3, 0],
  tokens: 9n,
  pruned: -1n,
  entries: WORDS.map((word, i) => [word, BigInt(5 - i), 0] as const),
  quantised: [0, 0],
  input: [BigInt(WORDS.length + BUCKETS), BigInt(COLUMNS)],
  output: [BigInt(WORDS.length), BigInt(COLUMNS)],
};

export function fastTextModel(replaced: Partial<Parts> = {}): Buffer {
  const all = { ...parts, ...replaced };
  const int32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value | 0);
    return bytes;
  };
  const int64 = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  };
  const double = Buffer.alloc(8);
  double.writeDoubleLE(all.sample);
  const matrix = ([rows, columns]: readonly [bigint, bigint], first: number): Buffer => {
    const numbers = Float32Array.from({ length: Number(rows * columns) % 1000 }, (_, i) => first + i);
    return Buffer.concat([int64(rows), int64(columns), new Uint8Array(numbers.buffer)]);
  };
  return Buffer.concat([
    int32(all.magic),
    int32(all.version),
    ...all.numbers.map(int32),
    double,
    ...all.sizes.map(int32),
    int64(all.tokens),
    int64(all.pruned),
    ...all.entries.flatMap(([word, count, type]) => [Buffer.from(word), Buffer.of(0), int64(count), Buffer.of(type)]),
    Buffer.of(all.quantised[0]),
    matrix(all.input, 0),
    Buffer.of(all.quantised[1]),
    matrix(all.output, 100),
  ]);
}

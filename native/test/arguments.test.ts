import { isWordmillError, native, type Table } from '@wordmill/native';
import { array, asyncProperty, assert as check, constantFrom, nat, record } from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { corpusOf, tablesFor, viewOptions, windowOptions } from './corpora.js';
import { emulatedModule } from './emulated-module.js';

/** A call that is right, so that replacing one thing in it reaches what comes after the first checks. */
interface Call {
  readonly object: object;
  readonly name: string;
  readonly given: readonly unknown[];
}

const corpusOptions = { invalidUtf8: 'strict', threads: 1, maxTokenBytes: 10, memoryLimit: 0 } as const;
const decoderOptions = { layout: 'text', dtype: 'f32', columns: 2, base: 0, maxKeyBytes: 10 } as const;
const searchOptions = {
  metric: 'dot',
  k: 2,
  firstRow: 0,
  lastRow: 3,
  exclude: Uint32Array.of(1),
  excludeOffsets: Uint32Array.of(0, 1),
  allowed: new Uint8Array(3).fill(1),
  threads: 1,
  device: undefined,
};

const run = { threads: 1, device: undefined };
const countOptions = { windowSize: 2, symmetric: true, distanceWeighting: true, memoryLimit: 0, ...run };
const gloveOptions = { learningRate: 0.1, xMax: 1, alpha: 1, gradientClip: 1, epochs: 1, seed: 1n, ...run };
const embeddingOptions = { paddingIndex: 1, maxNorm: 1, normType: 2, scaleByFrequency: false, threads: 1 };
const bags = {
  mode: 'sum',
  ids: Uint32Array.of(0, 1, 2),
  offsets: Uint32Array.of(0, 1),
  weights: new Float32Array(3),
} as const;
const optimizer = { optimizer: 'adam', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
const schedule = { schedule: 'cosine', warmupSteps: 2, totalSteps: 9, learningRate: 0.1, finalRate: 0 };
const matrixFile = {
  path: import.meta.filename,
  rows: 2,
  stored: 2,
  symmetric: true,
  unit: 1,
  offsetsAt: 0,
  columnsAt: 24,
  valuesAt: 32,
};

async function makeCalls(): Promise<Call[]> {
  const engine = native();
  const signal = engine.createSignal();
  const corpus = await corpusOf('a b c a b a\n');
  const view = await corpus.view(viewOptions);
  const tables = tablesFor(view, 4);
  const table = engine.createTable('f32', 3, 4);
  const keys = engine.createKeysFrom(['a', 'b', 'c']);
  const queries = new Float32Array(4).fill(1);
  const matrix = await view.countCooccurrences(countOptions);
  const rules = { minLength: 2, maxLength: 3, buckets: 8 };
  const subwords = engine.createSubwords(rules, 0, undefined, false);
  const labelled = await corpusOf('__label__x a b\n__label__y c a\n');
  const examplesOptions = { labelPrefix: '__label__', minCount: 1, minCountLabel: 0, wordNgrams: 2, rules };
  const examples = await engine.createExamples(labelled, examplesOptions);
  const input = engine.createTable('f32', examples.describe().rows, 4);
  const output = engine.createTable('f32', 2, 4);
  const training = {
    objective: 'softmax',
    negativeSamples: 1,
    learningRate: 0.1,
    epochs: 1,
    seed: 1n,
    ...run,
  } as const;
  const classifierParts = {
    ...{ words: examples.words(), labels: examples.labels(), labelCounts: examples.labelCounts() },
    ...{ labelPrefix: '__label__', wordNgrams: 2, subwords: examples.subwords(), input, output },
    objective: 'softmax' as const,
  };
  const classifier = engine.createClassifier(classifierParts);
  const asked = { k: 2, threshold: 0.1, sigmoidTable: false, threads: 1 };
  const texts = [Buffer.from('a bc'), BigUint64Array.of(2n, 4n), asked] as const;
  const quantizeOptions = { pieceLength: 3, norms: true, seed: 1n, threads: 1 };
  const quantized = await engine.quantizeRows(table, Uint32Array.of(0, 1), quantizeOptions);
  const embedding = engine.createEmbedding(engine.createTable('f32', 3, 4), embeddingOptions);
  const records = engine.createRecords({ memoryLimit: 0 });
  const wide = (): Table => engine.createTable('f32', 3, 4);
  const gloveTables = {
    words: wide(),
    contexts: wide(),
    wordSquares: wide(),
    contextSquares: wide(),
    biases: engine.createTable('f32', 4, 3),
  };
  const sequence = await view.sequence({ heldOut: 0, seed: 1n, takeHeldOut: false });
  const nextTokenTables = {
    ...{ input: wide(), map: engine.createTable('f32', 4, 9), output: wide(), bias: engine.createTable('f32', 1, 3) },
    ...{ counts: sequence.counts(), countedOnly: false },
  };
  const nextTokenOptions = {
    ...{ context: 'concatenated', contextSize: 2, objective: 'softmax', negativeSamples: 1, negativeExponent: 1 },
    ...{ batchSize: 2, optimizer: 'adam', momentum: 0, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 },
    ...{ schedule: 'linear', warmup: 0.1, learningRate: 0.1, learningRateEnd: 0, epochs: 1, seed: 1n, ...run },
  };
  const listed: [object, Record<string, readonly unknown[]>][] = [
    [
      engine,
      {
        runtime: [],
        loadModule: [emulatedModule],
        describeDevice: [emulatedModule, 0],
        openDevice: [emulatedModule, 0],
        createSignal: [],
        createTable: ['f32', 2, 3],
        wrapTable: ['f32', 2, 3, 12, new Uint8Array(24)],
        mapTable: [import.meta.filename, 0, 'f32', 2, 3, 12],
        createKeys: [Buffer.from('ab'), BigUint64Array.of(0n, 1n, 2n)],
        createKeysFrom: [['a', 'b']],
        mapKeys: [import.meta.filename, { offset: 0, length: 0 }, { offset: 0, count: 1 }, { offset: 0, count: 1 }],
        createDecoder: [decoderOptions],
        encodeRows: [table, keys, 0, { style: 'binary' }, new Uint8Array(99)],
        beginCorpus: [corpusOptions],
        beginIds: [keys, corpusOptions],
        corpusFromIds: [Uint32Array.of(0, 1, 2), keys, corpusOptions],
        loadCooccurrence: [matrixFile, { memoryLimit: 0 }, engine.createSignal()],
        createRecords: [{ memoryLimit: 0, temporaryFolder: '/tmp' }],
        createSubwords: [rules, 1, Uint32Array.of(3, 1), true],
        createExamples: [labelled, examplesOptions, engine.createSignal()],
        createClassifier: [classifierParts],
        quantizeRows: [table, Uint32Array.of(0, 2), quantizeOptions, engine.createSignal()],
        createQuantized: [quantized.parts()],
        createEmbedding: [table, embeddingOptions],
        scheduledRate: [schedule, 3],
        nextTokenProbabilities: [nextTokenTables, nextTokenOptions, Uint32Array.of(0, 2)],
      },
    ],
    [signal, { raise: [], done: [] }],
    [
      table,
      {
        describe: [],
        fillUniform: [0, 3, -1, 1, 1n],
        fillNormal: [0, 3, new Float32Array(4), new Float32Array(4), 1n, 2],
        moments: [1, 2],
        gather: [Uint32Array.of(0, 2), new Float32Array(8)],
        gatherAsync: [Uint32Array.of(0, 2), new Float32Array(8), 2],
        read: [0, 2, 'f32', new Float32Array(8)],
        write: [0, 2, 'f32', new Float32Array(8)],
        norms: [1, engine.createSignal()],
        firstNotFinite: [1],
        readScaled: [0, 3, new Uint8Array(12), new Float32Array(3)],
        writeScaled: [0, 3, new Uint8Array(12), new Float32Array(3)],
        search: [queries, searchOptions],
        searchSync: [queries, searchOptions],
        scores: [queries, 'cosine', 1, engine.createSignal()],
        scoresSync: [queries, 'cosine', 1],
      },
    ],
    [
      keys,
      {
        find: ['a'],
        findMany: [['a', 'x']],
        at: [1],
        slice: [0, 2],
        partSizes: [],
        part: ['bytes', 0, new Uint8Array(2)],
      },
    ],
    [engine.createDecoder(decoderOptions), { feed: [Buffer.from('a 1 2\n')], finish: [] }],
    [
      engine.beginCorpus(corpusOptions),
      {
        append: [Buffer.from('a b ')],
        endInput: [],
        appendFile: [import.meta.filename, engine.createSignal()],
        appendTokens: [Buffer.from('ab'), Uint32Array.of(2)],
        bytesDone: [],
        finish: [engine.createSignal()],
      },
    ],
    [engine.beginIds(keys, corpusOptions), { append: [Uint32Array.of(0, 1)], finish: [9, 0] }],
    [corpus, { describe: [], view: [viewOptions], join: [keys, keys, '_'], text: [0, new Uint8Array(50)] }],
    [
      view,
      {
        describe: [],
        keys: [],
        counts: [],
        read: [0, 1],
        bigrams: [1, 1, engine.createSignal()],
        countCooccurrences: [countOptions, engine.createSignal()],
        subwords: [rules],
        sequence: [{ heldOut: 0, seed: 1n, takeHeldOut: false }, engine.createSignal()],
        windowJob: [
          { ...tables, locks: new Float32Array(3) },
          { ...windowOptions, device: undefined },
        ],
        windowScore: [tables, { ...windowOptions, objective: 'softmax' }, engine.createSignal()],
      },
    ],
    [
      sequence,
      {
        describe: [],
        counts: [],
        baselines: [sequence, engine.createSignal()],
        nextTokenJob: [nextTokenTables, nextTokenOptions],
        nextTokenLoss: [nextTokenTables, nextTokenOptions, engine.createSignal()],
      },
    ],
    [
      matrix,
      {
        describe: [],
        at: [0, 1],
        row: [0],
        add: [matrix, { memoryLimit: 0 }, engine.createSignal()],
        partSizes: [],
        part: ['values', 0, new Uint8Array(8)],
        sortedRecords: [],
        shuffledRecords: [1n, 1 << 20],
        gloveJob: [gloveTables, gloveOptions, engine.createSignal()],
      },
    ],
    [
      records,
      {
        append: [new Uint8Array(16)],
        cooccurrence: [3, 1, { memoryLimit: 0 }, engine.createSignal()],
        shuffled: [1n, 1 << 20],
      },
    ],
    [matrix.sortedRecords(), { read: [new Uint8Array(64), engine.createSignal()] }],
    [
      subwords,
      {
        describe: [],
        buckets: [],
        rowOf: [3],
        ngrams: ['cat'],
        gather: [engine.createTable('f32', 8, 2), keys, Uint32Array.of(0, 1), new Float32Array(4)],
        composeLater: [engine.createTable('f32', 8, 2), keys],
        compose: [engine.createTable('f32', 8, 2), keys, 1, engine.createSignal()],
        infer: [engine.createTable('f32', 8, 2), 'cat', new Float32Array(2)],
      },
    ],
    [
      examples,
      {
        describe: [],
        words: [],
        labels: [],
        wordCounts: [],
        labelCounts: [],
        subwords: [],
        classifierJob: [input, output, training],
      },
    ],
    [
      classifier,
      {
        predict: [...texts, engine.createSignal()],
        predictSync: texts,
        textVector: ['a b', new Float32Array(4)],
      },
    ],
    [quantized, { parts: [], decode: [] }],
    [await engine.openDevice(emulatedModule, 0), { describe: [] }],
    [
      embedding,
      {
        describe: [],
        forward: [Uint32Array.of(0, 2), new Float32Array(8)],
        backward: [Uint32Array.of(0, 2), new Float32Array(8)],
        bag: [bags, new Float32Array(8)],
        bagBackward: [bags, new Float32Array(8), new Float32Array(3)],
        logits: [new Float32Array(8), new Float32Array(6)],
        logitsBackward: [new Float32Array(8), new Float32Array(6), new Float32Array(8)],
        step: [optimizer, 0.1],
        zeroGradient: [],
        freeze: [true],
        gradient: [],
      },
    ],
    [await view.windowJob(tables, windowOptions), { submit: [0, 1], poll: [], rest: [], pause: [], cancel: [] }],
  ];
  return listed.flatMap(([object, calls]) => Object.entries(calls).map(([name, given]) => ({ object, name, given })));
}

const ROUNDS = 30;

let calls: Call[];
beforeAll(async () => {
  calls = await makeCalls();
});

/** What a wrong argument may give: our own error, or V8's for a method called on an object of another class. */
function expectHonest(error: unknown, call: string): void {
  if (isWordmillError(error) || (error instanceof TypeError && error.message === 'Illegal invocation')) return;
  expect.fail(`${call} threw ${String(error)}`);
}

/** The arguments with one replaced, or one field of one that is an options object. */
function replaced(given: readonly unknown[], argument: number, field: number, value: unknown): unknown[] {
  const old = given[argument];
  const isOptions = typeof old === 'object' && old !== null && Object.getPrototypeOf(old) === Object.prototype;
  const name = isOptions ? Object.keys(old)[field] : undefined;
  const args = [...given];
  args[argument] = name === undefined ? value : { ...(old as object), [name]: value };
  return args;
}

const strange = (): unknown[] => [
  ...[0, 1, 2, 3, 5, -1, -0, 1.5, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 2 ** 60, 1e300, NaN, Infinity],
  ...[undefined, null, true, false, '', 'f16', 'bf16', 'cosine', 'both', '\ud800', 'a\0b', 1n, -1n, 2n ** 64n],
  ...[new Float32Array(12), new Uint32Array(3), new Uint8Array(64), new BigUint64Array(4), new Float64Array(3)],
  ...[new DataView(new ArrayBuffer(16)), new Uint8Array(new SharedArrayBuffer(16)), new ArrayBuffer(8)],
  ...[[], ['a', 'b'], [1, {}], {}, () => {}, Symbol('s'), new Proxy([], {}), Object.create(null)],
];

describe('every method', () => {
  it('is called below', () => {
    const methods = new Set<string>();
    for (const { object } of calls) {
      const holder = object === native() ? object : Object.getPrototypeOf(object);
      for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
        if (typeof value === 'function') methods.add(`${calls.findIndex((call) => call.object === object)} ${name}`);
      }
    }
    const called = calls.map(({ object, name }) => `${calls.findIndex((call) => call.object === object)} ${name}`);
    const beside = /(constructor|dispose|setErrorFactory)$/;
    expect([...methods].filter((method) => !beside.test(method)).sort()).toEqual(called.sort());
  });

  it('refuses wrong arguments with an error of ours, and never ends the process', async () => {
    const disposed = native().createTable('f32', 1, 1);
    disposed.dispose();
    // Some calls are the last that their object takes, so there are new objects for each round.
    for (let seed = 0; seed < ROUNDS; seed++) {
      const calls = await makeCalls();
      const values = [...strange(), disposed, ...calls.map((call) => call.object)];
      const replacement = record({ argument: nat(6), field: nat(20), value: constantFrom(...values) });
      await check(
        asyncProperty(
          constantFrom(...calls),
          array(replacement, { maxLength: 3 }),
          constantFrom<'itself' | 'another'>('itself', 'itself', 'itself', 'another'),
          constantFrom(...calls),
          async ({ object, name, given }, replacements, receiver, { object: another }) => {
            let args = [...given];
            for (const { argument, field, value } of replacements) args = replaced(args, argument, field, value);
            const self = receiver === 'itself' ? object : another;
            try {
              await Reflect.apply(Reflect.get(object, name) as (...all: unknown[]) => unknown, self, args);
            } catch (error) {
              expectHonest(error, name);
            }
          },
        ),
        { numRuns: 150, seed },
      );
    }
    expect(native().runtime().threads).toBeGreaterThan(0);
  });

  it('cannot be had from a constructor', () => {
    const table = native().createTable('f32', 1, 1);
    const Table = table.constructor as new () => typeof table;
    expect(() => new Table().describe()).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_DISPOSED' }));
    expect(() => (Table as unknown as () => void)()).toThrow(TypeError);
  });

  it('looks at memory after everything that may run JavaScript', () => {
    const table = native().createTable('f32', 4, 4);
    const queries = new Float32Array(4);
    const options = {
      k: 1,
      get metric() {
        structuredClone(queries.buffer, { transfer: [queries.buffer] });
        table.dispose();
        return 'dot' as const;
      },
    };
    const { rows } = table.searchSync(queries, options);
    expect(rows).toHaveLength(0);
  });
});

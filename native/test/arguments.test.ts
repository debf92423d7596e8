import { isWordmillError, native } from '@wordmill/native';
import { array, asyncProperty, assert as check, constantFrom, dictionary, oneof } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corpusOf, tablesFor, viewOf, viewOptions, windowOptions } from './corpora.js';

const numbers = [0, 1, 2, 3, -1, -0, 1.5, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 2 ** 60, 1e300, NaN, Infinity];
const others = [undefined, null, true, false, '', 'f32', 'cosine', 'text', '\ud800', 'a\0b', 1n, -1n, 2n ** 64n];
const words = ['dtype', 'metric', 'k', 'columns', 'rows', 'layout', 'style', 'signal', 'exclude', 'excludeOffsets'];
const moreWords = ['allowed', 'base', 'maxKeyBytes', 'input', 'output', 'offset', 'length', 'count', 'keep', 'locks'];

/** One of every class, and memory of every kind. */
async function objects(): Promise<object[]> {
  const engine = native();
  const view = await viewOf('a b c a b a\n');
  const tables = tablesFor(view, 4);
  const disposed = engine.createTable('f32', 1, 1);
  disposed.dispose();
  return [
    engine,
    engine.createSignal(),
    tables.input,
    engine.wrapTable('f16', 2, 3, 6, new Uint8Array(12)),
    disposed,
    engine.createKeysFrom(['a', 'b', 'c']),
    engine.createDecoder({ layout: 'text', dtype: 'f32', columns: 2, base: 0, maxKeyBytes: 10 }),
    engine.beginCorpus({ invalidUtf8: 'strict', threads: 1, maxTokenBytes: 10, memoryLimit: 0 }),
    await corpusOf('a b\n'),
    view,
    view.windowJob(tables, { ...windowOptions }),
  ];
}

const values = (): unknown[] => [
  new Float32Array(12),
  new Uint32Array([0, 1, 2]),
  new Uint8Array(64),
  new BigUint64Array(4),
  new Float64Array(3),
  new DataView(new ArrayBuffer(16)),
  new Uint8Array(new SharedArrayBuffer(16)),
  new ArrayBuffer(8),
  Buffer.from('a b 1 2\n'),
  [],
  ['a', 'b'],
  [1, {}],
  {},
  () => {},
  Symbol('s'),
  new Proxy([], {}),
  viewOptions,
  windowOptions,
  { metric: 'dot', k: 2 },
  { style: 'binary' },
  { invalidUtf8: 'strict', threads: 1, maxTokenBytes: 5, memoryLimit: 0 },
  { layout: 'text', dtype: 'f32', columns: 1, base: 0, maxKeyBytes: 5 },
];

const namesOf = (object: object): string[] => {
  const names = new Set(Object.getOwnPropertyNames(object));
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype) for (const name of Object.getOwnPropertyNames(prototype)) names.add(name);
  for (const name of ['setErrorFactory', 'dispose', 'constructor']) names.delete(name);
  return [...names].filter((name) => typeof Reflect.get(object, name) === 'function');
};

/** What a wrong argument may give: our own error, or V8's TypeError for a method called on another object. */
function expectHonest(error: unknown, call: string): void {
  if (!isWordmillError(error) && !(error instanceof TypeError && error.message === 'Illegal invocation')) {
    expect.fail(`${call} threw ${String(error)}`);
  }
}

describe('every method', () => {
  it('refuses wrong arguments with an error that says which, and never ends the process', async () => {
    const targets = await objects();
    const target = constantFrom(...targets);
    const value = oneof(
      constantFrom<unknown>(...numbers),
      constantFrom<unknown>(...others),
      constantFrom<unknown>(...targets, ...values()),
      dictionary(constantFrom(...words, ...moreWords), constantFrom<unknown>(...numbers, ...others, ...values())),
    );
    const method = constantFrom(...targets.flatMap((object) => namesOf(object).map((name) => ({ object, name }))));
    await check(
      asyncProperty(method, array(value, { maxLength: 6 }), target, async ({ object, name }, given, receiver) => {
        for (const self of [object, receiver]) {
          const call = `${object.constructor.name}.${name}`;
          try {
            await Reflect.apply(Reflect.get(object, name) as (...all: unknown[]) => unknown, self, given);
          } catch (error) {
            expectHonest(error, call);
          }
        }
      }),
      { numRuns: 5000, seed: 20 },
    );
    expect(native().runtime().threads).toBeGreaterThan(0);
  });

  it('takes only objects of the right class', async () => {
    const targets = await objects();
    const view = await viewOf('a b c\n');
    for (const object of [...targets, {}, Object.create(targets[2]!)]) {
      for (const call of [
        () => view.windowJob({ input: object as never }, windowOptions),
        () => native().encodeRows(object as never, undefined, 0, { style: 'binary' }, new Uint8Array(999)),
        () => native().corpusFromIds(new Uint32Array(1), object as never, { ...corpusOptions }),
      ]) {
        try {
          call();
        } catch (error) {
          expectHonest(error, String(call));
        }
      }
    }
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

const corpusOptions = { invalidUtf8: 'strict', threads: 1, maxTokenBytes: 10, memoryLimit: 0 } as const;

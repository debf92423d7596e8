import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Corpus, KeyedVectors, Vocabulary } from '@wordmill/core';
import { Cooccurrence, countCooccurrences, Glove, type GloveOptions, shuffleRecords } from '@wordmill/glove';
import { afterAll, describe, expect, it } from 'vitest';
import { topicLines } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-glove-bad-'));
const file = (name: string): string => join(folder, name);
const write = (name: string, content: string | Buffer): string => {
  writeFileSync(file(name), content);
  return file(name);
};
afterAll(() => rmSync(folder, { recursive: true }));

const lines = topicLines(300);
const counts = await countCooccurrences(lines, { minCount: 1 });
const vocabulary = counts.vocabulary;
const reason = new Error('enough');

const record = (row: number, column: number, count: number): Buffer => {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32LE(row, 0);
  bytes.writeInt32LE(column, 4);
  bytes.writeDoubleLE(count, 8);
  return bytes;
};
const good = record(1, 2, 0.5);

describe('record files', () => {
  const cases: [name: string, content: Buffer, error: object][] = [
    ['empty', Buffer.alloc(0), { code: 'ERR_WORDMILL_CORPUS' }],
    ['truncated', Buffer.concat([good, good.subarray(0, 9)]), { code: 'ERR_WORDMILL_TRUNCATED', offset: 16 }],
    ['with word 0', Buffer.concat([good, record(0, 1, 1)]), { code: 'ERR_WORDMILL_FORMAT', offset: 16 }],
    ['with context 0', Buffer.concat([good, record(1, 0, 1)]), { code: 'ERR_WORDMILL_FORMAT', offset: 16 }],
    ['with a word beyond', Buffer.concat([good, record(42, 1, 1)]), { code: 'ERR_WORDMILL_FORMAT', offset: 16 }],
    [
      'with a count of NaN',
      Buffer.concat([good, record(1, 1, Number.NaN)]),
      { code: 'ERR_WORDMILL_FORMAT', offset: 16 },
    ],
    ['with a count below 0', Buffer.concat([good, record(1, 1, -1)]), { code: 'ERR_WORDMILL_FORMAT', offset: 16 }],
    ['with a count of 0', Buffer.concat([good, record(1, 1, 0)]), { code: 'ERR_WORDMILL_FORMAT', offset: 16 }],
    ['with an infinite count', record(1, 1, Number.POSITIVE_INFINITY), { code: 'ERR_WORDMILL_FORMAT', offset: 0 }],
  ];
  it.each(cases)('%s are refused with file and offset', async (name, content, error) => {
    const path = write(`${name}.bin`, content);
    await expect(Cooccurrence.loadRecords(path, vocabulary)).rejects.toMatchObject({ ...error, file: path });
  });

  it('are refused when missing, a folder, or text', async () => {
    await expect(Cooccurrence.loadRecords(file('none'), vocabulary)).rejects.toMatchObject({ system: 'ENOENT' });
    await expect(Cooccurrence.loadRecords(folder, vocabulary)).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO' });
    const text = write('text', 'this is a text, not records. '.repeat(10));
    await expect(Cooccurrence.loadRecords(text, vocabulary)).rejects.toMatchObject({ file: text });
  });

  it('are refused with a vocabulary that does not match, which must be one', async () => {
    const path = file('records.bin');
    await counts.saveRecords(path);
    const few = Vocabulary.from([...vocabulary].slice(0, 10));
    await expect(Cooccurrence.loadRecords(path, few)).rejects.toMatchObject({
      code: 'ERR_WORDMILL_FORMAT',
      file: path,
      message: expect.stringContaining('another vocabulary'),
    });
    const words = write('words.txt', 'no counts here\n');
    await expect(Cooccurrence.loadRecords(path, words)).rejects.toMatchObject({
      code: 'ERR_WORDMILL_FORMAT',
      file: words,
    });
  });

  it('are refused by the shuffle too', async () => {
    const path = write('odd.bin', Buffer.alloc(17, 1));
    const run = async (): Promise<void> => {
      for await (const _ of shuffleRecords(path));
    };
    await expect(run()).rejects.toMatchObject({ code: expect.stringMatching(/FORMAT|TRUNCATED/), file: path });
  });
});

describe('text', () => {
  it('with <unk> is refused, as by GloVe, with the way out', async () => {
    const text = [...lines, 'a1 <unk> a2'];
    const error = { code: 'ERR_WORDMILL_CORPUS', message: expect.stringContaining("drop: ['<unk>']") };
    await expect(countCooccurrences(text, { minCount: 1 })).rejects.toMatchObject(error);
    await expect(Glove.train(text, { minCount: 1 })).rejects.toMatchObject(error);
    const matrix = await countCooccurrences(text, { minCount: 1, drop: ['<unk>'] });
    expect(matrix.count('a1', 'a2')).toBeGreaterThan(counts.count('a1', 'a2'));
  });

  it('that is empty or missing is refused', async () => {
    await expect(countCooccurrences([])).rejects.toMatchObject({ code: 'ERR_WORDMILL_CORPUS' });
    await expect(Glove.train(['a b'])).rejects.toMatchObject({ code: 'ERR_WORDMILL_CORPUS', option: 'minCount' });
    await expect(Glove.train(file('none'))).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO', system: 'ENOENT' });
  });

  it('whose words never meet teaches nothing', async () => {
    await expect(Glove.train(['a', 'b', 'c'], { minCount: 1 })).rejects.toMatchObject({ code: 'ERR_WORDMILL_CORPUS' });
  });
});

describe('options', () => {
  const wrong: [name: keyof GloveOptions, value: unknown][] = [
    ['vectorSize', 0],
    ['vectorSize', 1.5],
    ['xMax', 0],
    ['xMax', Number.NaN],
    ['alpha', -1],
    ['learningRate', 0],
    ['gradientClip', -1],
    ['epochs', 0],
    ['seed', -1],
    ['threads', 5000],
    ['windowSize', 0],
    ['windowSize', 65536],
    ['result', 'both'],
    ['symmetric', 1],
    ['memoryLimit', -1],
    ['temporaryFolder', ''],
    ['initialVectors', {}],
    ['onEpoch', 'often'],
    ['checkpoint', { path: 'x', every: { hours: 1 } }],
  ];
  it.each(wrong)('%s: %s is refused by name', async (name, value) => {
    const options = { [name]: value } as GloveOptions;
    const error = { code: 'ERR_WORDMILL_OPTION', option: expect.stringContaining(name) };
    await expect(Glove.train(lines, options)).rejects.toMatchObject(error);
  });

  it('that do not exist are refused with a hint', async () => {
    await expect(Glove.train(lines, { vectorsize: 3 } as GloveOptions)).rejects.toThrow('did you mean vectorSize?');
  });

  it('of text are refused where it has been read or counted', async () => {
    const corpus = await Corpus.fromText('a b');
    await expect(Glove.train(corpus, { lowercase: true })).rejects.toMatchObject({ option: 'lowercase' });
    await expect(Glove.train(counts, { windowSize: 3 })).rejects.toMatchObject({ option: 'windowSize' });
    await expect(Glove.train(counts, { minCount: 3 })).rejects.toMatchObject({ option: 'minCount' });
  });

  it('ask for more memory than there is', async () => {
    await expect(Glove.train(counts, { vectorSize: 65536, epochs: 1 })).resolves.toBeDefined();
    const many = Array.from({ length: 300 }, (_, line) =>
      Array.from({ length: 300 }, (_, i) => `w${line * 300 + i}`).join(' '),
    );
    await expect(Glove.train(many, { minCount: 1, vectorSize: 65536, windowSize: 1 })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_MEMORY',
      message: expect.stringContaining('90000 words'),
    });
  });

  it('allow less memory for counting than the vocabulary takes', async () => {
    await expect(countCooccurrences(lines, { memoryLimit: 1000 })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_OPTION',
      option: 'memoryLimit',
      message: expect.stringContaining('at least'),
    });
  });
});

describe('a training', () => {
  it('that diverges says so, with its block', async () => {
    await expect(Glove.train(counts, { learningRate: 1e30, gradientClip: 1e30 })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_DIVERGED',
      block: expect.any(Number),
    });
  });

  it('stops with the reason of an abort at any time, and with the error of a callback', async () => {
    const path = file('aborted.safetensors');
    const many = topicLines(100_000);
    const big = await countCooccurrences(many);
    for (const wanted of ['corpus', 'counting', 'training']) {
      const controller = new AbortController();
      const onProgress = ({ phase }: { phase: string }): void => {
        if (phase === wanted) controller.abort(reason);
      };
      const run = { epochs: 1000, signal: controller.signal, onProgress, checkpoint: { path, every: { minutes: 9 } } };
      // Counting may be over before anybody looks; then the training is stopped, which comes by in any case.
      if (wanted === 'counting') setTimeout(() => controller.abort(reason), 30);
      await expect(Glove.train(wanted === 'training' ? big : many, run)).rejects.toBe(reason);
    }
    const failing = (): never => {
      throw reason;
    };
    await expect(Glove.train(counts, { epochs: 1000, onEpoch: failing })).rejects.toBe(reason);
    await expect(Glove.train(counts, { epochs: 1000, onStart: failing })).rejects.toBe(reason);
    const signal = AbortSignal.abort(reason);
    await expect(Glove.train(counts, { signal })).rejects.toBe(reason);
    await expect(Glove.plan(lines, { signal })).rejects.toBe(reason);
    await expect(countCooccurrences(lines, { signal })).rejects.toBe(reason);
    await expect(counts.save(path, { signal })).rejects.toBe(reason);
    await expect(counts.saveRecords(path, { signal })).rejects.toBe(reason);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('files', () => {
  it('of models and counts are told apart', async () => {
    const [model, matrix, vectors] = ['model', 'matrix', 'vectors'].map((name) => file(`${name}.safetensors`)) as [
      string,
      string,
      string,
    ];
    await (await Glove.train(counts, { vectorSize: 4, epochs: 1 })).save(model);
    await counts.save(matrix);
    await KeyedVectors.from({ a: [1, 2] }).save(vectors);
    for (const path of [matrix, vectors]) {
      await expect(Glove.load(path)).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT', file: path });
    }
    for (const path of [model, vectors]) {
      await expect(Cooccurrence.load(path)).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT', file: path });
    }
  });

  it('that were damaged are refused, wherever a byte was flipped or they were cut', async () => {
    const path = file('damaged.safetensors');
    await counts.save(path);
    const bytes = readFileSync(path);
    const data = 8 + Number(bytes.readBigUInt64LE());
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 60)) {
      const flipped = Buffer.from(bytes);
      // The header is JSON, in which a flipped letter of a name may well be another name.
      flipped[Math.max(at, data)]! ^= 0x40;
      writeFileSync(path, flipped);
      await expect(Cooccurrence.load(path)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_WORDMILL_/) });
      writeFileSync(path, bytes.subarray(0, at));
      await expect(Cooccurrence.load(path)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_WORDMILL_/) });
    }
  });

  it('of parameters must fit the model', async () => {
    const model = await Glove.train(counts, { vectorSize: 4, epochs: 1 });
    const path = file('parameters.bin');
    await model.saveParameters(path);
    const train = (vectorSize: number) => Glove.train(counts, { vectorSize, epochs: 1, initialParameters: path });
    await expect(train(5)).rejects.toMatchObject({ code: 'ERR_WORDMILL_TRUNCATED', file: path });
    await expect(train(3)).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT', file: path });
    const bytes = readFileSync(path);
    bytes.writeDoubleLE(Number.NaN, 80);
    writeFileSync(path, bytes);
    await expect(train(4)).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT', file: path, offset: 80 });
    await expect(KeyedVectors.load(path)).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    const words = write('three.txt', 'a 3\nb 2\nc 1\n');
    const wrong = KeyedVectors.load(path, { format: 'glove-binary', words });
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT', file: path });
    await expect(KeyedVectors.load(path, { format: 'glove-binary' })).rejects.toMatchObject({ option: 'words' });
    const vectors = KeyedVectors.from({ a: [1, 2] });
    await expect(vectors.save(path, { format: 'glove-binary' })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_UNSUPPORTED',
    });
  });
});

describe('a disk that is full in the middle of a spill', () => {
  it('is ERR_WORDMILL_IO, nothing stays, and the process lives on', async () => {
    const temporary = mkdtempSync(join(folder, 'spill-'));
    const program = `
      const { countCooccurrences } = await import('@wordmill/glove');
      let state = 1;
      const word = () => 'w' + ((state = (state * 48271) % 2147483647) % 3000);
      const words = Array.from({ length: 5000 }, () => Array.from({ length: 20 }, word).join(' '));
      const options = { minCount: 1, threads: 1, temporaryFolder: ${JSON.stringify(temporary)} };
      await countCooccurrences(words, { ...options, memoryLimit: 1500000 }).catch((error) => console.log(error.code, error.system));
      console.log((await countCooccurrences(words, { ...options, memoryLimit: 0 })).size);`;
    // A limit on the size of files (in blocks of 1024 bytes) is met like a full disk.
    const run = promisify(execFile);
    const { stdout } = await run(
      'bash',
      ['-c', 'ulimit -f 10000; exec "$0" --input-type=module -e "$1"', process.execPath, program],
      {
        cwd: fileURLToPath(new URL('.', import.meta.url)),
      },
    );
    expect(stdout).toBe('ERR_WORDMILL_IO EFBIG\n3000\n');
    expect(readdirSync(temporary)).toEqual([]);
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus } from '@wordmill/core';
import { Cooccurrence, countCooccurrences, shuffleRecords } from '@wordmill/glove';
import { afterAll, describe, expect, it } from 'vitest';
import { countedByDefinition, countsOf, type Rules, topicLines } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-count-'));
const file = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const lines = topicLines(300);
const text = file('text.txt');
writeFileSync(text, lines.join('\n'));

describe('countCooccurrences', () => {
  const variants: Rules[] = [
    { windowSize: 15, symmetric: true, distanceWeighting: true },
    { windowSize: 3, symmetric: true, distanceWeighting: false },
    { windowSize: 4, symmetric: false, distanceWeighting: true },
  ];
  it.each(variants)('equals the count by definition: %o', async (rules) => {
    const matrix = await countCooccurrences(text, { ...rules, minCount: 60 });
    const words = new Set(matrix.vocabulary.words);
    expect(words.size).toBeGreaterThan(10);
    expect(words.size).toBeLessThan(41);
    const wanted = countedByDefinition(lines, words, rules);
    const found = await countsOf(matrix);
    expect(found.size).toBe(wanted.size);
    expect(matrix.nonzeros).toBe(wanted.size);
    for (const [pair, count] of wanted) expect(found.get(pair)).toBeCloseTo(count, 10);
  });

  it('has the defaults of GloVe and takes any source', async () => {
    const sources = [text, lines, await Corpus.fromText(lines.join('\n'))] as const;
    const counts = [];
    for (const source of sources) counts.push(await countsOf(await countCooccurrences(source)));
    expect(counts[1]).toEqual(counts[0]);
    expect(counts[2]).toEqual(counts[0]);
    const { settings } = await countCooccurrences(text);
    expect(settings).toMatchObject({ windowSize: 15, symmetric: true, distanceWeighting: true });
  });

  it('is the same for any number of threads and any memory, and leaves no file behind', async () => {
    const wanted = await countsOf(await countCooccurrences(text, { threads: 1 }));
    for (const threads of [1, 3]) {
      const memoryLimit = 400_000;
      const matrix = await countCooccurrences(text, { threads, memoryLimit, temporaryFolder: folder });
      expect(await countsOf(matrix)).toEqual(wanted);
      expect(readdirSync(folder)).toEqual(['text.txt']);
    }
  });

  it('tells how far it is', async () => {
    const many = topicLines(150_000);
    const phases = new Map<string, number>();
    await countCooccurrences(many, {
      onProgress: ({ phase, done, total }) => {
        phases.set(phase, done);
        if (phase === 'counting') expect(done).toBeLessThanOrEqual(total!);
      },
    });
    expect([...phases.keys()]).toContain('corpus');
  });
});

describe('a Cooccurrence', () => {
  it('is looked up by word', async () => {
    const matrix = await countCooccurrences(['the cat sat on the mat', 'the dog sat'], { minCount: 1, windowSize: 2 });
    expect(matrix.count('cat', 'the')).toBe(1);
    expect(matrix.count('the', 'on')).toBe(1);
    expect(matrix.count('mat', 'dog')).toBe(0);
    expect(matrix.row('sat')).toEqual([
      { word: 'the', count: 1.5 },
      { word: 'cat', count: 1 },
      { word: 'dog', count: 1 },
      { word: 'on', count: 1 },
    ]);
    expect(() => matrix.count('the', 'bird')).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_OOV' }));
    matrix.dispose();
    expect(() => matrix.count('the', 'cat')).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_DISPOSED' }));
  });

  it('is drawn as the table that explains GloVe', async () => {
    const sentences = ['i like deep learning', 'i like nlp', 'i enjoy flying'];
    const matrix = await countCooccurrences(sentences, { minCount: 1, windowSize: 1 });
    expect(matrix.toTable(['i', 'like', 'enjoy', 'deep'])).toBe(
      [
        '       i  like  enjoy  deep',
        'i      0     2      1     0',
        'like   2     0      0     1',
        'enjoy  1     0      0     0',
        'deep   0     1      0     0',
        '',
      ].join('\n'),
    );
    const weighted = await countCooccurrences(['a b c'], { minCount: 1 });
    expect(weighted.toTable()).toContain('0.50');
  });

  it('grows by more text, as if both had been counted together', async () => {
    const first = await countCooccurrences(lines, { windowSize: 5 });
    const both = await countCooccurrences([...lines, ...topicLines(200, 7)], { windowSize: 5 });
    const sum = await first.extend(topicLines(200, 7));
    expect(await countsOf(sum)).toEqual(await countsOf(both));
    const frequencies = Object.fromEntries([...both.vocabulary].map(({ word, count }) => [word, count]));
    expect(Object.fromEntries([...sum.vocabulary].map(({ word, count }) => [word, count]))).toEqual(frequencies);
    expect(await countsOf(first)).toEqual(await countsOf(await countCooccurrences(lines, { windowSize: 5 })));
  });

  it('is saved and loaded', async () => {
    const matrix = await countCooccurrences(text, { windowSize: 7, symmetric: false });
    const path = file('counts.safetensors');
    await matrix.save(path);
    const loaded = await Cooccurrence.load(path);
    expect(await countsOf(loaded)).toEqual(await countsOf(matrix));
    expect(loaded.settings).toEqual(matrix.settings);
    expect([...loaded.vocabulary]).toEqual([...matrix.vocabulary]);
    const more = await loaded.extend(['a1 a2']);
    expect(more.count('a1', 'a2')).toBe(matrix.count('a1', 'a2') + 1);
    rmSync(path);
  });
});

/** Records of a file as `row column count`. */
function recordsIn(path: string): string[] {
  const bytes = readFileSync(path);
  return Array.from({ length: bytes.length / 16 }, (_, i) => {
    const at = i * 16;
    return `${bytes.readInt32LE(at)} ${bytes.readInt32LE(at + 4)} ${bytes.readDoubleLE(at + 8)}`;
  });
}

describe("GloVe's records", () => {
  it('are written as cooccur and as shuffle, and read', async () => {
    const matrix = await countCooccurrences(text, { windowSize: 4 });
    const [sorted, shuffled, again] = ['sorted.bin', 'shuffled.bin', 'again.bin'].map(file) as [string, string, string];
    await matrix.saveRecords(sorted);
    await matrix.saveRecords(shuffled, { order: 'shuffled', seed: 3 });
    const rows = matrix.vocabulary.words;
    const wanted = [...(await countsOf(matrix))].map(([pair, count]) => {
      const [a, b] = pair.split(' ').map((word) => rows.indexOf(word) + 1);
      return `${a} ${b} ${count}`;
    });
    expect(recordsIn(sorted)).toEqual(wanted);
    expect(recordsIn(shuffled)).not.toEqual(wanted);
    expect(recordsIn(shuffled).sort()).toEqual([...wanted].sort());

    const vocabulary = file('vocab.txt');
    await matrix.vocabulary.save(vocabulary);
    for (const path of [sorted, shuffled]) {
      const loaded = await Cooccurrence.loadRecords(path, vocabulary);
      expect(await countsOf(loaded)).toEqual(await countsOf(matrix));
      expect(loaded.info.symmetric).toBe(true);
      expect(loaded.settings).toBeUndefined();
      await expect(loaded.extend(lines)).rejects.toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED' });
    }
    const pieces: Buffer[] = [];
    for await (const piece of shuffleRecords(sorted, { seed: 5 })) pieces.push(Buffer.from(piece));
    writeFileSync(again, Buffer.concat(pieces));
    expect(recordsIn(again)).not.toEqual(wanted);
    expect(recordsIn(again).sort()).toEqual([...wanted].sort());
  });
});

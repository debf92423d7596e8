import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyedVectors, type Neighbour } from '@wordmill/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sample } from './sample-vectors.js';

/** A Python that has gensim: Debian's is not always the first in the path. */
const python = ['python3', '/usr/bin/python3'].find((command) => {
  try {
    execFileSync(command, ['-c', 'import gensim'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
const title =
  python === undefined ? 'gensim: skipped, since it is not installed (Debian: apt install python3-gensim)' : 'gensim';

type Pairs = [key: string, score: number][];

/** What gensim_side.py tells of its answers. */
interface Answers {
  readonly similar: Pairs;
  readonly restricted: Pairs;
  readonly cosmul: Pairs;
  readonly similarity: number;
  readonly nSimilarity: number;
  readonly mean: number[];
  readonly doesntMatch: string;
  readonly rank: number;
  readonly closer: string[];
  readonly relative: number;
  readonly analogies: [accuracy: number, ...sections: [correct: number, incorrect: number][]];
  readonly pairs: number[];
}

describe.skipIf(python === undefined)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'wordmill-gensim-'));
  const at = (name: string): string => join(folder, name);
  afterAll(() => rmSync(folder, { recursive: true }));
  const { kv, vectors } = sample(200, 24, 11);
  const total = vectors.reduce((sum, vector) => sum + vector.reduce((a, b) => a + b, 0), 0);
  beforeAll(async () => {
    await kv.save(at('ours.bin'));
    gensim('write', at('ours.bin'), at('theirs'));
  });

  const gensim = <T>(...command: string[]): T => {
    const script = join(import.meta.dirname, 'gensim_side.py');
    return JSON.parse(execFileSync(python!, [script, ...command], { encoding: 'utf8' })) as T;
  };

  const expectPairs = (ours: readonly Neighbour[], theirs: Pairs): void => {
    expect(ours.map(({ key }) => key)).toEqual(theirs.map(([key]) => key));
    for (const [i, { score }] of ours.entries()) expect(score).toBeCloseTo(theirs[i]![1], 4);
  };

  it('answers every question as we do', async () => {
    const questions = at('questions.txt');
    const word = (i: number): string => `w${i % 130}`;
    const question = (_: unknown, i: number): string => [i, i * 7 + 1, i * 3 + 2, i * 5 + 3].map(word).join(' ');
    const lines = Array.from({ length: 300 }, question);
    writeFileSync(questions, [': one', ...lines.slice(0, 200), ': gram2', ...lines.slice(200)].join('\n'));
    const judgements = at('judgements.tsv');
    writeFileSync(judgements, Array.from({ length: 60 }, (_, i) => `w${i}\tw${i * 4}\t${(i * 37) % 10}`).join('\n'));
    const theirs = gensim<Answers>('queries', at('ours.bin'), questions, judgements);

    expectPairs(await kv.mostSimilar({ positive: ['w1', ['w2', 0.5]], negative: ['w3'], topN: 7 }), theirs.similar);
    expectPairs(await kv.mostSimilar('w9', { topN: 5, restrictVocab: 40 }), theirs.restricted);
    expectPairs(await kv.mostSimilarCosMul({ positive: ['w1', 'w2'], negative: ['w3'], topN: 7 }), theirs.cosmul);
    expect(kv.similarity('w1', 'w2')).toBeCloseTo(theirs.similarity, 5);
    expect(kv.nSimilarity(['w1', 'w2'], ['w3', 'w4', 'w5'])).toBeCloseTo(theirs.nSimilarity, 5);
    const words = ['w1', 'w2', 'w3', 'w4', 'w5'];
    const mean = kv.getMeanVector([...words, 'nowhere'], { weights: [1, 2, -3, 0.5, 1, 9] });
    for (const [i, value] of mean.entries()) expect(value).toBeCloseTo(theirs.mean[i]!, 5);
    expect(kv.doesntMatch(words)).toBe(theirs.doesntMatch);
    expect(await kv.rank('w1', 'w2')).toBe(theirs.rank);
    expect((await kv.closerThan('w1', 'w2')).sort()).toEqual(theirs.closer.sort());
    expect(await kv.relativeCosineSimilarity('w1', 'w2')).toBeCloseTo(theirs.relative, 4);

    const analogies = await kv.evaluateWordAnalogies(questions, { restrictVocab: 100 });
    const [accuracy, ...sections] = theirs.analogies;
    expect(analogies.accuracy).toBeCloseTo(accuracy, 10);
    const counted = analogies.sections.map(({ correct, questions }) => [correct, questions - correct]);
    expect(counted).toEqual(sections.slice(0, 2));
    const pairs = await kv.evaluateWordPairs(judgements);
    const { pearson, spearman, oovRatio } = pairs;
    const ours = [pearson.coefficient, pearson.pValue, spearman.coefficient, spearman.pValue, oovRatio * 100];
    for (const [i, value] of ours.entries()) expect(value).toBeCloseTo(theirs.pairs[i]!, 5);
  });

  it('reads what we write', async () => {
    const paths = ['a.bin', 'a.txt', 'a.vec', 'a.txt.gz', 'a.bin.gz'].map(at);
    for (const path of paths) await kv.save(path);
    const read = gensim<Record<string, object>>('read', ...paths);
    for (const path of paths) expect(read[path]).toEqual({ keys: [...kv.keys()], sum: expect.closeTo(total, 4) });
  });

  it('reads our .npy, and we read what gensim and NumPy write', async () => {
    await kv.save(at('ours.npy'));
    expect(gensim('matrix', at('ours.npy'))).toEqual({
      dtype: 'float32',
      shape: [200, 24],
      sum: expect.closeTo(total, 4),
    });
    for (const name of [
      'theirs.bin',
      'theirs.txt',
      'theirs.txt.gz',
      'theirs.f4.npy',
      'theirs.f8.npy',
      'theirs.f2.npy',
    ]) {
      const read = await KeyedVectors.load(at(name));
      expect([...read.keys()]).toEqual([...kv.keys()]);
      const digits = name.includes('f2') ? 2 : 6;
      for (const [i, value] of read.get('w7')!.entries()) expect(value).toBeCloseTo(vectors[7]![i]!, digits);
    }
    await expect(KeyedVectors.load(at('theirs.column.npy'))).rejects.toThrow(/ascontiguousarray/);
  });

  it('exports its own format with the line that we print', async () => {
    const error = (await KeyedVectors.load(at('theirs.kv')).catch((error: unknown) => error)) as Error;
    expect(error).toMatchObject({ code: 'ERR_WORDMILL_UNSUPPORTED', file: at('theirs.kv') });
    const command = error.message.slice(error.message.indexOf('python -c')).replace('python', python!);
    execFileSync('bash', ['-c', command]);
    const exported = await KeyedVectors.load(`${at('theirs.kv')}.bin`);
    expect(exported.toFloat32Array()).toEqual(kv.toFloat32Array());
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyedVectors } from '@wordmill/core';
import { afterAll, describe, expect, it } from 'vitest';
import { randomNumbers } from './sample-vectors.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-evaluation-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
afterAll(() => rmSync(folder, { recursive: true }));

/** Vectors whose cosines with `base` are given. */
function withCosines(cosines: Record<string, number>): KeyedVectors {
  const entries = Object.entries(cosines).map(([key, cosine]) => [key, [cosine, Math.sqrt(1 - cosine ** 2)]] as const);
  return KeyedVectors.from([['base', [1, 0]], ...entries]);
}

describe('evaluateWordPairs', () => {
  // Expected values from scipy.stats.pearsonr and spearmanr of SciPy 1.17.
  const human = { a: 1, b: 2, c: 3, d: 4, e: 5 };
  const kv = withCosines({ a: 0.2, b: 0.1, c: 0.4, d: 0.3, e: 0.7 });
  const lines = Object.entries(human).map(([key, score]) => `base\t${key}\t${score}`);

  it('gives correlations and p-values as SciPy does', async () => {
    const result = await kv.evaluateWordPairs(lines);
    expect(result.pearson.coefficient).toBeCloseTo(0.8241633836921339, 6);
    expect(result.pearson.pValue).toBeCloseTo(0.08613863131395952, 6);
    expect(result.spearman.coefficient).toBeCloseTo(0.8, 12);
    expect(result.spearman.pValue).toBeCloseTo(0.10408803866182788, 12);
    expect(result).toMatchObject({ used: 5, oov: 0, oovRatio: 0 });
  });

  it('gives tied values the mean of their ranks', async () => {
    const cosines = [0.3, 0.1, 0.2, 0.2, 0.5, 0.4, 0.6, 0.9, 0.9];
    const judged = [1, 2, 2, 3, 5, 8, 8, 8, 9];
    const tied = withCosines(Object.fromEntries(cosines.map((cosine, i) => [`k${i}`, cosine])));
    const result = await tied.evaluateWordPairs(judged.map((score, i) => `base k${i} ${score}`));
    expect(result.pearson.coefficient).toBeCloseTo(0.8418057336286806, 6);
    expect(result.pearson.pValue).toBeCloseTo(0.004425367751447314, 7);
    expect(result.spearman.coefficient).toBeCloseTo(0.8198104459451383, 6);
    expect(result.spearman.pValue).toBeCloseTo(0.006822645080254897, 7);
  });

  it('counts unknown words, skips comments and the names of columns, and reads files', async () => {
    const path = file('pairs.tsv', `Word 1\tWord 2\tHuman\n# comment\n${lines.join('\r\n')}\nbase\tnowhere\t9\n\n`);
    const result = await kv.evaluateWordPairs(path);
    expect(result).toMatchObject({ used: 5, oov: 1, oovRatio: 1 / 6 });
    const upper = lines.map((line) => line.toUpperCase());
    expect((await kv.evaluateWordPairs(upper)).used).toBe(5);
    expect((await kv.evaluateWordPairs(upper, { caseInsensitive: false })).used).toBe(0);
    expect((await kv.evaluateWordPairs(lines, { restrictVocab: 3 })).used).toBe(2);
    expect(await kv.evaluateWordPairs(['base nowhere 1', ...lines], { unknownIsZero: true })).toMatchObject({
      used: 6,
      oov: 1,
    });
    expect(
      (
        await kv.evaluateWordPairs(
          lines.map((line) => line.replaceAll('\t', ',')),
          { delimiter: ',' },
        )
      ).used,
    ).toBe(5);
  });

  it('refuses what is no list of pairs, with its line', async () => {
    const path = file('bad.tsv', 'base\ta\t1\nbase\tb\n');
    await expect(kv.evaluateWordPairs(path)).rejects.toMatchObject({ code: 'ERR_WORDMILL_FORMAT', file: path });
    await expect(kv.evaluateWordPairs(path)).rejects.toThrow(/line 2/);
    await expect(kv.evaluateWordPairs(join(folder, 'none'))).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO' });
    await expect(kv.evaluateWordPairs(folder)).rejects.toMatchObject({ code: 'ERR_WORDMILL_IO', system: 'EISDIR' });
    const none = await kv.evaluateWordPairs([]);
    expect(none).toMatchObject({ used: 0, oov: 0, oovRatio: 0 });
    expect(none.pearson.coefficient).toBeNaN();
  });
});

describe('evaluateWordAnalogies', () => {
  // Pairs x1 - x0 are one direction, so that analogies among them come out; y pairs are another.
  const base = randomNumbers(10 * 12, 5);
  const entries: [string, number[]][] = [];
  for (let pair = 0; pair < 6; pair++) {
    const start = Array.from(base.subarray(pair * 12, pair * 12 + 12));
    entries.push([`a${pair}`, start], [`b${pair}`, start.map((value, i) => value + (i === 0 ? 1.5 : 0))]);
  }
  entries.push(['B1', entries[3]![1].map((value) => value * 0.9)]);
  const kv = KeyedVectors.from(entries);
  const lines = [
    ': capital-things',
    'a0 b0 a1 b1',
    'A0 B0 A2 B2',
    'a0 b0 a1 b2',
    'a0 b0 nowhere b1',
    ': gram1-other',
    'a3 b3 a4 b4',
    '',
    ': gram2-empty',
  ];

  it('counts right answers by section, semantic and syntactic', async () => {
    const result = await kv.evaluateWordAnalogies(lines);
    expect(result).toEqual({
      accuracy: 3 / 4,
      semantic: 2 / 3,
      syntactic: 1,
      correct: 3,
      questions: 4,
      skipped: 1,
      sections: [
        { name: 'capital-things', kind: 'semantic', correct: 2, questions: 3, skipped: 1 },
        { name: 'gram1-other', kind: 'syntactic', correct: 1, questions: 1, skipped: 0 },
        { name: 'gram2-empty', kind: 'syntactic', correct: 0, questions: 0, skipped: 0 },
      ],
    });
    expect(await kv.evaluateWordAnalogies(file('questions.txt', lines.join('\n')))).toEqual(result);
  });

  it('takes another spelling of a word of the question for no answer', async () => {
    // B1 is nearest to b1 - a1 + a1 and so on, but it is b1 in another spelling.
    const found = await kv.mostSimilar({ positive: ['b1', 'b1'], negative: ['a0'], topN: 1 });
    expect(found[0]!.key).toBe('B1');
    const question = [': s', 'a0 b1 b1 b0'];
    const folded = await kv.evaluateWordAnalogies(question);
    const exact = await kv.evaluateWordAnalogies(question, { caseInsensitive: false });
    expect(folded.questions).toBe(1);
    expect(exact.correct).toBe(0);
  });

  it('restricts the vocabulary, and can count unknown words as wrong', async () => {
    const few = await kv.evaluateWordAnalogies(lines, { restrictVocab: 4 });
    expect([few.questions, few.skipped, few.correct]).toEqual([1, 4, 1]);
    const strict = await kv.evaluateWordAnalogies(lines, { unknownIsWrong: true });
    expect([strict.questions, strict.accuracy]).toEqual([5, 3 / 5]);
    const sensitive = await kv.evaluateWordAnalogies(lines, { caseInsensitive: false });
    expect([sensitive.questions, sensitive.skipped]).toEqual([3, 2]);
    const none = await kv.evaluateWordAnalogies([]);
    expect(none.accuracy).toBeNaN();
  });

  it('refuses what is no list of questions, and obeys an abort', async () => {
    await expect(kv.evaluateWordAnalogies([': s', 'a0 b0 a1'])).rejects.toThrow(/line 2 is not .*four words/);
    const reason = new Error('enough');
    await expect(kv.evaluateWordAnalogies(lines, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

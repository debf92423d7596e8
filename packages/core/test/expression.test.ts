import { KeyedVectors, VectorExpression } from '@wordmill/core';
import { describe, expect, it } from 'vitest';
import { cosineOf, unit } from './sample-vectors.js';

const vectors: Record<string, number[]> = {
  king: [0.9, 0.8, 0.1],
  man: [0.9, 0.1, 0.2],
  woman: [0.1, 0.1, 0.9],
  queen: [0.1, 0.8, 0.8],
  good: [2, 1, -1],
  'well-being': [1, 2, 3],
  "rock'n'roll": [3, -1, 2],
  'new york': [-1, 0.5, 0.2],
  'c++': [0.3, -0.7, 0.1],
  '42': [1, 1, 1],
};
const kv = KeyedVectors.from(vectors);
const raw = { normalize: false };
const value = (text: string): number[] => Array.from(kv.expression(text, raw).vector);
const combine = (of: (...words: number[]) => number, ...words: string[]): number[] =>
  [0, 1, 2].map((i) => of(...words.map((word) => vectors[word]![i]!)));
const close = (actual: readonly number[], expected: readonly number[]): void =>
  actual.forEach((number, i) => {
    expect(number).toBeCloseTo(expected[i]!, 5);
  });

describe('semantic expressions', () => {
  it('follow the rules of arithmetic', () => {
    close(
      value('king - man + woman'),
      combine((k, m, w) => k - m + w, 'king', 'man', 'woman'),
    );
    close(
      value('king - (man + woman) * 2'),
      combine((k, m, w) => k - (m + w) * 2, 'king', 'man', 'woman'),
    );
    close(
      value('1.5 * good / king'),
      combine((g, k) => (1.5 * g) / k, 'good', 'king'),
    );
    close(
      value('-king * man + 2e-1*(3 - 1)*good'),
      combine((k, m, g) => -k * m + 0.4 * g, 'king', 'man', 'good'),
    );
    close(
      value('king/2/2 - -man'),
      combine((k, m) => k / 4 + m, 'king', 'man'),
    );
    close(
      value('king -man'),
      combine((k, m) => k - m, 'king', 'man'),
    );
    close(
      value('((((king))))+(-(man))'),
      combine((k, m) => k - m, 'king', 'man'),
    );
  });

  it('take hyphens and apostrophes inside words, and anything in quotes', () => {
    close(
      value("well-being + rock'n'roll"),
      combine((w, r) => w + r, 'well-being', "rock'n'roll"),
    );
    close(
      value(`'new york'-"c++"`),
      combine((n, c) => n - c, 'new york', 'c++'),
    );
    close(
      value(`2 * '42' + "rock'n'roll" + 'rock\\'n\\'roll'`),
      combine((n, r) => 2 * n + 2 * r, '42', "rock'n'roll"),
    );
  });

  it.each([
    ['king -', 7, /a word, a number or "\("/],
    ['', 1, /there is the end/],
    ['king man', 6, /the word "man"/],
    ['king + (man', 12, /"\)"/],
    ['king )', 6, /an operator/],
    ['* king', 1, /there is "\*"/],
    ['2 + king', 3, /sum/],
    ['2 / king', 3, /cannot be divided/],
    ['king + man / 0', 12, /zero/],
    ['2 * 3', 3, /a number, not a vector/],
    ["king + 'man", 8, /not closed/],
    ['c++', 3, /there is "\+"/],
  ])('point at the column of a mistake: %s', (text, column, what) => {
    expect(() => kv.expression(text)).toThrow(what);
    expect(() => kv.expression(text)).toThrow(
      expect.objectContaining({ code: 'ERR_WORDMILL_OPTION', option: 'expression', offset: column - 1 }),
    );
    expect(() => kv.expression(text)).toThrow(`column ${column} `);
  });

  it('name an unknown word, and say what a minus needs', () => {
    expect(() => kv.expression('king - Man')).toThrow(/"Man" is not .*column 8 .*did you mean "man"\?/);
    expect(() => kv.expression('king-man')).toThrow(/white space/);
    expect(() => kv.expression('king-man')).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_OOV' }));
  });

  it('are bounded, however they are built', () => {
    expect(() => kv.expression(`${'('.repeat(5000)}king`)).toThrow(/too deeply/);
    expect(() => kv.expression(`${'-'.repeat(5000)}king`)).toThrow(/too deeply/);
    expect(() => kv.expression(`king${' + king'.repeat(5000)}`)).toThrow(/too long/);
    expect(kv.expression(`king${' + man'.repeat(1500)}`).words).toHaveLength(1501);
  });

  it('find the nearest words, without their own', async () => {
    const found = await kv.expression('king - man + woman').nearest({ topN: 2 });
    expect(found[0]!.key).toBe('queen');
    const normalized = [0, 1, 2].map(
      (i) => unit(vectors.king!)[i]! - unit(vectors.man!)[i]! + unit(vectors.woman!)[i]!,
    );
    expect(found[0]!.score).toBeCloseTo(cosineOf(normalized, vectors.queen!), 5);
    const same = await kv.mostSimilar({ positive: ['king', 'woman'], negative: ['man'], topN: 2 });
    expect(same.map(({ key }) => key)).toEqual(found.map(({ key }) => key));
    expect(await kv.nearest('king - man + woman', { topN: 2 })).toEqual(found);
    const all = await kv.nearest('king - man + woman', { topN: 10 });
    expect(all.map(({ key }) => key).filter((key) => ['king', 'man', 'woman'].includes(key))).toEqual([]);
    await expect(kv.nearest('king +')).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION' });
  });

  it('are built by methods too', async () => {
    const built = kv.word('king').minus('man').plus('woman');
    expect(built).toBeInstanceOf(VectorExpression);
    expect(built.words).toEqual(['king', 'man', 'woman']);
    expect(built.vector).toEqual(kv.expression('king - man + woman').vector);
    expect(await built.nearest({ topN: 1 })).toEqual(await kv.nearest('king - man + woman', { topN: 1 }));
    const more = kv.word('good', raw).times(1.5).over('king').plus(kv.word('man', raw).times('woman')).minus([1, 1, 1]);
    close(
      Array.from(more.vector),
      combine((g, k, m, w) => (1.5 * g) / k + m * w - 1, 'good', 'king', 'man', 'woman'),
    );
    more.vector.fill(0);
    expect(more.vector.some((number) => number !== 0)).toBe(true);
    expect(await kv.nearest(more)).toHaveLength(6);
    expect(() => built.over(0)).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_OPTION' }));
    expect(() => built.times(Number.NaN)).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_OPTION' }));
    expect(() => built.plus('nowhere')).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_OOV' }));
  });
});

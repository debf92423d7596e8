import { isWordmillError, KeyedVectors } from '@wordmill/core';
import { describe, expect, it } from 'vitest';

/** Goodness along the first axis; the second has nothing to do with it. */
const vectors = KeyedVectors.from({
  best: [4, 1],
  bad: [-1, 3],
  good: [1, 3],
  worst: [-4, -2],
  fine: [0.5, 9],
  better: [2, -5],
});

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => isWordmillError(error) && { code: error.code, option: error.option },
  );

describe('axis', () => {
  it('orders words along the direction from one pole to the other, the poles at 0 and 1', async () => {
    const found = await vectors.axis('bad', 'good', ['best', 'good', 'better', 'worst', 'bad'], { normalize: false });
    expect(found.map(({ key }) => key)).toEqual(['worst', 'bad', 'good', 'better', 'best']);
    expect(found.map(({ position }) => position)).toEqual([-1.5, 0, 1, 1.5, 2.5].map((p) => expect.closeTo(p, 6)));
    expect(found.map(({ index }) => index)).toEqual([3, 1, 2, 5, 0]);
  });

  it('takes the whole vocabulary, or its beginning', async () => {
    const all = await vectors.axis('bad', 'good', undefined, { normalize: false });
    expect(all.map(({ key }) => key)).toEqual(['worst', 'bad', 'fine', 'good', 'better', 'best']);
    const some = await vectors.axis('bad', 'good', undefined, { normalize: false, restrictVocab: 3, threads: 1 });
    expect(some.map(({ key }) => key)).toEqual(['bad', 'good', 'best']);
  });

  it('compares directions, unless lengths shall count', async () => {
    const both = await vectors.axis('bad', 'good');
    const listed = await vectors.axis('bad', 'good', [...vectors.keys()]);
    expect(both.map(({ key }) => key)).toEqual(listed.map(({ key }) => key));
    for (const [i, { position }] of both.entries()) expect(position).toBeCloseTo(listed[i]!.position, 5);
    // As unit vectors, bad and good are as far from the second axis as their angle.
    const [x, y] = [1 / Math.sqrt(10), 4 / Math.sqrt(17)];
    expect(both.find(({ key }) => key === 'best')!.position).toBeCloseTo((y + x) / (2 * x), 5);
    expect(both.find(({ key }) => key === 'bad')!.position).toBeCloseTo(0, 5);
    expect(both.find(({ key }) => key === 'good')!.position).toBeCloseTo(1, 5);
  });

  it('takes poles of several words', async () => {
    const found = await vectors.axis(['bad', 'worst'], ['good', 'best'], ['good', 'bad'], { normalize: false });
    const [a, b] = [
      [-2.5, 0.5],
      [2.5, 2],
    ] as const;
    const d = [b[0] - a[0], b[1] - a[1]] as const;
    const position = (w: readonly [number, number]): number =>
      ((w[0] - a[0]) * d[0] + (w[1] - a[1]) * d[1]) / (d[0] ** 2 + d[1] ** 2);
    expect(found.map(({ key }) => key)).toEqual(['bad', 'good']);
    expect(found[0]!.position).toBeCloseTo(position([-1, 3]), 6);
    expect(found[1]!.position).toBeCloseTo(position([1, 3]), 6);
  });

  it('leaves ties as they stand', async () => {
    const same = KeyedVectors.from({ b: [1, 0], a: [0, 1], c: [1, 0] });
    expect((await same.axis('a', 'b', ['c', 'b', 'a'])).map(({ key }) => key)).toEqual(['a', 'c', 'b']);
  });

  it.each<[string, () => Promise<unknown>, object]>([
    ['an unknown pole', () => vectors.axis('evil', 'good'), { code: 'ERR_WORDMILL_OOV' }],
    ['an unknown word', () => vectors.axis('bad', 'good', ['evil']), { code: 'ERR_WORDMILL_OOV' }],
    ['equal poles', () => vectors.axis('bad', 'bad'), { code: 'ERR_WORDMILL_OPTION', option: 'to' }],
    ['equal sets', () => vectors.axis(['bad', 'good'], ['good', 'bad']), { option: 'to' }],
    ['an empty pole', () => vectors.axis([], 'good'), { option: 'from' }],
    ['a pole that is no word', () => vectors.axis('bad', 7 as never), { option: 'to' }],
    ['words that are no list', () => vectors.axis('bad', 'good', 'fine' as never), { option: 'words' }],
    [
      'a restricted list',
      () => vectors.axis('bad', 'good', ['fine'], { restrictVocab: 2 }),
      { option: 'restrictVocab' },
    ],
    ['an unknown option', () => vectors.axis('bad', 'good', undefined, { topN: 1 } as never), { option: 'topN' }],
  ])('refuses %s', async (_, work, error) => {
    expect(await codeOf(work())).toMatchObject(error);
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(vectors.axis('bad', 'good', undefined, { signal })).rejects.toThrow('enough');
    await expect(vectors.axis('bad', 'good', ['fine'], { signal })).rejects.toThrow('enough');
  });
});

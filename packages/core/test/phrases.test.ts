import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus, Phrases } from '@wordmill/core';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-phrases-'));
const file = join(folder, 'phrases.json');
afterAll(() => rmSync(folder, { recursive: true }));

/** Text in which "new york" and "new york times" stand together and everything else is mixed. */
function mixedText(): string {
  const words = ['red', 'green', 'blue', 'old', 'times', 'new'];
  let seed = 7;
  const random = (n: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * n);
  };
  const lines = Array.from({ length: 400 }, (_, i) => {
    const line = Array.from({ length: 8 }, () => words[random(words.length)]!);
    if (i % 4 === 0) line.splice(random(8), 0, 'new', 'york');
    if (i % 8 === 1) line.splice(random(8), 0, 'new', 'york', 'herald');
    return line.join(' ');
  });
  return lines.join('\n');
}

const text = mixedText();
const linesOf = async (corpus: Corpus): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of corpus.lines()) lines.push(line);
  return lines;
};

function naiveCounts(lines: readonly string[]) {
  const words = new Map<string, number>();
  const pairs = new Map<string, number>();
  let tokens = 0;
  for (const line of lines) {
    const split = line.split(' ');
    split.forEach((word, i) => {
      tokens++;
      words.set(word, (words.get(word) ?? 0) + 1);
      if (i > 0) pairs.set(`${split[i - 1]} ${word}`, (pairs.get(`${split[i - 1]} ${word}`) ?? 0) + 1);
    });
  }
  return { words, pairs, tokens };
}

describe('scores', () => {
  const { words, pairs, tokens } = naiveCounts(text.split('\n'));
  const expected = (score: (pair: number, a: number, b: number) => number, minCount: number, threshold: number) =>
    [...pairs]
      .filter(([, count]) => count >= minCount)
      .map(([pair, count]) => {
        const [a, b] = pair.split(' ') as [string, string];
        return { pair, score: score(count, words.get(a)!, words.get(b)!) };
      })
      .filter(({ score }) => score > threshold)
      .sort((x, y) => y.score - x.score);

  it("are word2phrase's: (count(ab) - minCount) / count(a) / count(b) * tokens", async () => {
    const phrases = await Phrases.learn(await Corpus.fromText(text), { minCount: 5, threshold: 1.05 });
    const naive = expected((ab, a, b) => ((ab - 5) / a / b) * tokens, 5, 1.05);
    expect(naive.length).toBeGreaterThan(1);
    expect(phrases.export().map(({ first, second }) => `${first} ${second}`)).toEqual(naive.map(({ pair }) => pair));
    for (const [i, { score }] of phrases.export().entries()) expect(score).toBeCloseTo(naive[i]!.score, 10);
  });

  it('are normalised pointwise mutual information', async () => {
    const phrases = await Phrases.learn(await Corpus.fromText(text), { minCount: 3, scoring: 'npmi', threshold: 0 });
    const npmi = (ab: number, a: number, b: number): number =>
      Math.log(ab / tokens / ((a / tokens) * (b / tokens))) / -Math.log(ab / tokens);
    const naive = expected(npmi, 3, 0);
    expect(phrases.size).toBe(naive.length);
    for (const [i, { score }] of phrases.export().entries()) {
      expect(score).toBeCloseTo(naive[i]!.score, 10);
      expect(Math.abs(score)).toBeLessThanOrEqual(1);
    }
  });
});

describe('joining', () => {
  it('is the same in a corpus and in a list of tokens, in one and in two passes', async () => {
    const corpus = await Corpus.fromText(text);
    for (const passes of [1, 2]) {
      const phrases = await Phrases.learn(corpus, { minCount: 5, threshold: 2, passes });
      const joined = await linesOf(await phrases.apply(corpus));
      expect(joined).toEqual(text.split('\n').map((line) => phrases.transform(line.split(' ')).join(' ')));
      expect(joined.join('\n')).toContain(passes === 1 ? 'new_york herald' : 'new_york_herald');
    }
    expect(await linesOf(corpus)).toEqual(text.split('\n'));
  });

  it('uses no token twice in a pass', async () => {
    const corpus = await Corpus.fromText(Array<string>(20).fill('a a a b').join('\n'));
    const phrases = await Phrases.learn(corpus, { minCount: 1, threshold: 0.1, delimiter: '::' });
    expect(phrases.transform(['a', 'a', 'a', 'b'])).toEqual(['a::a', 'a::b']);
    expect((await linesOf(await phrases.apply(corpus)))[0]).toBe('a::a a::b');
  });

  it('does not reach over rare words or line ends', async () => {
    const corpus = await Corpus.fromText(
      Array.from({ length: 30 }, (_, i) => `alpha rare${i} beta\nalpha\nbeta`).join('\n'),
    );
    const phrases = await Phrases.learn(corpus, { minCount: 5, threshold: 0 });
    expect(phrases.export()).toEqual([]);
    expect((await linesOf(await phrases.apply(corpus)))[0]).toBe('alpha rare0 beta');
  });
});

describe('files', () => {
  it('come back as they were', async () => {
    const corpus = await Corpus.fromText(text);
    const phrases = await Phrases.learn(corpus, { minCount: 5, threshold: 1.05, passes: 3, delimiter: '~' });
    await phrases.save(file);
    const loaded = await Phrases.load(file);
    expect(loaded.export()).toEqual(phrases.export());
    expect(await linesOf(await loaded.apply(corpus))).toEqual(await linesOf(await phrases.apply(corpus)));
  });

  const wrong: [content: string, text: RegExp][] = [
    ['', /not JSON/],
    ['{', /not JSON/],
    ['[]', /not a file of phrases/],
    ['{"format":"wordmill-phrases","version":2,"delimiter":"_","phrases":[]}', /version/],
    ['{"format":"wordmill-phrases","version":1,"delimiter":"_","phrases":[["a",1,1,1]]}', /phrases/],
    ['{"format":"wordmill-phrases","version":1,"delimiter":"_","phrases":[["a","b",1,1e9]]}', /phrases/],
  ];
  it.each(wrong)('that are wrong are refused: %s', async (content, text) => {
    writeFileSync(file, content);
    const expected = { code: 'ERR_WORDMILL_FORMAT', file, message: expect.stringMatching(text) };
    await expect(Phrases.load(file)).rejects.toMatchObject(expected);
  });
});

it('refuses wrong options', async () => {
  const corpus = await Corpus.fromText(text);
  const wrong: [options: object, option: string][] = [
    [{ minCount: 0 }, 'minCount'],
    [{ threshold: Number.NaN }, 'threshold'],
    [{ scoring: 'npmi', threshold: 2 }, 'threshold'],
    [{ scoring: 'pmi' }, 'scoring'],
    [{ delimiter: '' }, 'delimiter'],
    [{ delimiter: ' ' }, 'delimiter'],
    [{ passes: 0 }, 'passes'],
    [{ treshold: 1 }, 'treshold'],
  ];
  for (const [options, option] of wrong) {
    await expect(Phrases.learn(corpus, options)).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION', option });
  }
  await expect(Phrases.learn('text.txt' as never)).rejects.toMatchObject({ code: 'ERR_WORDMILL_OPTION' });
});

it('stops when it is told to', async () => {
  const reason = new Error('enough');
  const corpus = await Corpus.fromText(text);
  await expect(Phrases.learn(corpus, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const phrases = await Phrases.learn(corpus, { threshold: 2 });
  await expect(phrases.apply(corpus, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

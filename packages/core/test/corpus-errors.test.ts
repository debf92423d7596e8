import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Corpus, isWordmillError, Vocabulary } from '@wordmill/core';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-bad-'));
const at = (name: string): string => join(folder, name);
writeFileSync(at('empty.txt'), '');
writeFileSync(at('spaces.txt'), ' \n\t\n');
writeFileSync(at('good.txt'), 'a b c');
const packed = gzipSync('some text '.repeat(1000));
writeFileSync(at('cut.gz'), packed.subarray(0, packed.length - 12));
writeFileSync(at('damaged.gz'), Buffer.concat([packed.subarray(0, 20), Buffer.from('????????'), packed.subarray(28)]));
writeFileSync(at('damaged.zst'), Buffer.from('28b52ffd2405070000000000000000', 'hex'));
writeFileSync(at('cut.zst'), Buffer.from('KLUv/QRYkQEAdGhlIGNhdCBzYXQKdGhl', 'base64'));
writeFileSync(at('latin1.gz'), gzipSync(Buffer.from('fine \xe9', 'latin1')));
writeFileSync(at('secret.txt'), 'a b c');
chmodSync(at('secret.txt'), 0);
mkdirSync(at('hollow'));
afterAll(() => rmSync(folder, { recursive: true }));

const fails = async (work: Promise<unknown>, expected: Record<string, unknown>, text: RegExp): Promise<void> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(isWordmillError(error), String(error)).toBe(true);
  expect(error).toMatchObject(expected);
  expect((error as Error).message).toMatch(text);
};

describe('what cannot be read names the file', () => {
  const cases: [name: string, code: string, text: RegExp][] = [
    ['missing.txt', 'IO', /no such file/],
    ['god.txt', 'IO', /did you mean .*good\.txt/],
    ['good.txt/inner', 'IO', /is a file, not a folder/],
    ['hollow', 'CORPUS', /holds no files/],
    ['cut.gz', 'TRUNCATED', /ends too early/],
    ['damaged.gz', 'FORMAT', /damaged/],
    ['cut.zst', 'TRUNCATED', /ends too early/],
    ['damaged.zst', 'FORMAT', /damaged/],
    ['latin1.gz', 'FORMAT', /UTF-8/],
  ];
  it.each(cases)('%s', async (name, code, text) => {
    await fails(Corpus.fromFile(at(name)), { code: `ERR_WORDMILL_${code}`, file: at(name) }, text);
  });

  it.skipIf(process.getuid?.() === 0)('a file without the right to read it', async () => {
    const expected = { code: 'ERR_WORDMILL_IO', file: at('secret.txt'), system: 'EACCES' };
    await fails(Corpus.fromFile(at('secret.txt')), expected, /permission/);
  });

  it('broken text in one of several files, named although the engine reads ahead', async () => {
    writeFileSync(at('latin1.txt'), Buffer.from('fine \xe9', 'latin1'));
    const files = [at('good.txt'), at('latin1.txt'), ...Array<string>(20).fill(at('good.txt'))];
    await fails(Corpus.fromFile(files), { code: 'ERR_WORDMILL_FORMAT', file: at('latin1.txt'), offset: 5 }, /UTF-8/);
  });
});

describe('text where a path belongs', () => {
  it.each(['The quick brown fox jumps', 'two\nlines', 'x '.repeat(5000)])('%j', async (text) => {
    await fails(Corpus.fromFile(text), {}, /Corpus\.fromText/);
  });
});

describe('empty texts', () => {
  const empty = { code: 'ERR_WORDMILL_CORPUS' };
  it('of every source', async () => {
    await fails(Corpus.fromFile(at('empty.txt')), empty, /no token/);
    await fails(Corpus.fromFile(at('spaces.txt')), empty, /no token/);
    await fails(Corpus.fromFile([]), empty, /list of files is empty/);
    await fails(Corpus.fromText(''), empty, /no token/);
    await fails(Corpus.fromSentences([]), empty, /no token/);
    await fails(Corpus.fromSentences([[], ['']]), empty, /no token/);
    await fails(Corpus.fromTokenIds([[]], ['a']), empty, /no token/);
  });

  it('says which count would be reached', async () => {
    const corpus = await Corpus.fromText('a a a b');
    await fails(corpus.view(), { ...empty, option: 'minCount' }, /occurs 3 times/);
    await fails(corpus.view({ minCount: 1, drop: ['a', 'b'] }), empty, /./);
  });
});

describe('wrong options and arguments', () => {
  const wrong = (option: string) => ({ code: 'ERR_WORDMILL_OPTION', option });

  it('of a corpus', async () => {
    const read = (options: object) => Corpus.fromText('a', options);
    await fails(read({ lowercased: true }), wrong('lowercased'), /did you mean lowercase/);
    await fails(read({ lowercase: 1 }), wrong('lowercase'), /true or false/);
    await fails(read({ lowercase: true, invalidUtf8: 'escape' }), wrong('lowercase'), /escape/);
    await fails(read({ invalidUtf8: 'ignore' }), wrong('invalidUtf8'), /'strict' or 'replace'/);
    await fails(read({ maxTokenBytes: 0 }), wrong('maxTokenBytes'), /from 4 to/);
    await fails(read({ memoryLimit: -1 }), wrong('memoryLimit'), /at least 0/);
    await fails(read({ threads: Number.NaN }), wrong('threads'), /whole number/);
    await fails(read({ signal: 'stop' }), wrong('signal'), /AbortSignal/);
    await fails(Corpus.fromText(7 as never), wrong('text'), /string/);
    await fails(Corpus.fromFile('' as never), wrong('source'), /path/);
    await fails(Corpus.fromFile(new URL('https://example.org/a.txt')), wrong('source'), /download/);
    await fails(Corpus.fromSentences('text' as never), wrong('sentences'), /fromText/);
    await fails(Corpus.fromTokenIds([[0]], ['a'], { lowercase: true } as never), wrong('lowercase'), /no option/);
  });

  it('of a view', async () => {
    const corpus = await Corpus.fromText('a a b');
    await fails(corpus.view({ minCount: -1 }), wrong('minCount'), /at least 0/);
    await fails(corpus.view({ minCount: 1.5 }), wrong('minCount'), /whole number/);
    await fails(corpus.view({ maxVocabulary: 0 }), wrong('maxVocabulary'), /at least 1/);
    await fails(corpus.view({ sentence: 'lines' as never }), wrong('sentence'), /did you mean 'line'/);
    await fails(corpus.view({ maxSentenceLength: 2 ** 21 }), wrong('maxSentenceLength'), /1048576/);
    await fails(corpus.view({ keep: 'a' as never }), wrong('keep'), /list of words/);
    await fails(corpus.view({ vocabulary: [], minCount: 2 }), wrong('minCount'), /cannot go with/);
    const twice = [
      { word: 'a', count: 1 },
      { word: 'a', count: 2 },
    ];
    await fails(corpus.view({ vocabulary: twice }), wrong('vocabulary'), /twice/);
    await fails(corpus.view({ vocabulary: [{ word: 'a', count: -1 }] }), wrong('vocabulary'), /whole number/);
  });

  it('of sentences and ids', async () => {
    const corpus = { code: 'ERR_WORDMILL_CORPUS' };
    await fails(Corpus.fromSentences([['a', 5 as never]]), corpus, /sentence 0 .*fromTokenIds/);
    await fails(Corpus.fromSentences(['a', {} as never]), corpus, /sentence 1/);
    await fails(Corpus.fromSentences(['lone \ud800 surrogate']), { code: 'ERR_WORDMILL_FORMAT' }, /surrogate/);
    for (const id of [-1, 2, 0.5, Number.NaN, 0xffffffff]) {
      await fails(Corpus.fromTokenIds([[0, id]], ['a', 'b']), corpus, /ids are 0 to 1/);
    }
    await fails(Corpus.fromTokenIds([Uint32Array.of(0xffffffff)], ['a']), corpus, /token id/);
  });
});

describe('vocabulary files', () => {
  const cases: [content: string | Buffer, text: RegExp, offset: number][] = [
    ['word\n', /line 1.*word count/, 0],
    ['a 1\nb two\n', /line 2.*whole number/, 4],
    ['a 1\na 2\n', /twice/, 4],
    ['a -1\n', /whole number/, 0],
    ['a 99999999999999999999\n', /whole number/, 0],
    [' 5\n', /not empty/, 0],
    [Buffer.from([0, 1, 2, 3, 255]), /line 1/, 0],
  ];
  it.each(cases)('%j', async (content, text, offset) => {
    writeFileSync(at('vocabulary.txt'), content);
    const expected = { code: 'ERR_WORDMILL_FORMAT', file: at('vocabulary.txt'), offset };
    await fails(Vocabulary.load(at('vocabulary.txt')), expected, text);
  });

  it('an empty one', async () => {
    await fails(Vocabulary.load(at('empty.txt')), { code: 'ERR_WORDMILL_FORMAT', file: at('empty.txt') }, /no words/);
  });
});

it('a corpus or view that was disposed of', async () => {
  const corpus = await Corpus.fromText('a a b');
  const view = await corpus.view({ minCount: 1 });
  view.dispose();
  view.dispose();
  expect(() => view.vocabulary()).toThrow(expect.objectContaining({ code: 'ERR_WORDMILL_DISPOSED' }));
  corpus.dispose();
  corpus.dispose();
  await fails(corpus.view({ minCount: 1 }), { code: 'ERR_WORDMILL_DISPOSED' }, /./);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Corpus, type CorpusOptions, isWordmillError, type Tokenizer } from '@wordmill/core';
import { afterAll, describe, expect, it } from 'vitest';
import { bytePairJson, tokenizerOf, wordPieceJson } from './tokenizer-json.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-tokens-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TEXT = 'the lowest newest\n\nthe wider one\r\nlow';
const bpe = tokenizerOf(bytePairJson('low lower lowest newer newest wider widest the the new the wide', 40), 'bpe');

/** The tokens of a corpus, line by line; keys that hold a space are told from the spaces between them. */
async function linesOf(corpus: Corpus): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of corpus.lines()) lines.push(line);
  return lines;
}

const expected = TEXT.split(/\r?\n/).map((line) => Array.from(bpe.encode(line), (id) => bpe.vocabulary[id]!).join(' '));

/** Characters of a to z, each its own token. */
const letters: Tokenizer = {
  name: 'letters',
  vocabulary: Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i)),
  encode: (text) => Array.from(text.matchAll(/[a-z]/g), ([letter]) => letter.charCodeAt(0) - 97),
};

async function failure(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isWordmillError(error)) throw new Error(`no WordmillError but ${error}`);
  const { code, option, file, offset, message } = error;
  return { code, option, file, offset, message };
}

describe('text as the tokens of a tokenizer', () => {
  const path = join(folder, 'text.txt');
  writeFileSync(path, TEXT);
  const packed = join(folder, 'text.txt.gz');
  writeFileSync(packed, gzipSync(TEXT));

  it.each<[string, (options: CorpusOptions) => Promise<Corpus>]>([
    ['a file', (options) => Corpus.fromFile(path, options)],
    ['a packed file', (options) => Corpus.fromFile(packed, options)],
    ['text', (options) => Corpus.fromText(TEXT, options)],
    ['sentences', (options) => Corpus.fromSentences(TEXT.split('\r').join('').split('\n'), options)],
    ['a stream in odd pieces', (options) => Corpus.fromStream(Readable.from(TEXT.match(/[\s\S]{1,3}/g)!), options)],
  ])('is read from %s', async (_, read) => {
    const corpus = await read({ tokenizer: bpe });
    expect(await linesOf(corpus)).toEqual(expected);
    expect(corpus.tokenizer).toBe(bpe);
    expect(corpus.info).toMatchObject({ lines: 4, externalIds: true });
    expect(corpus.info.inputBytes).toBeGreaterThan(0);
  });

  it('has the row of its id for every token, also for those that do not occur or are rare', async () => {
    const corpus = await Corpus.fromText(TEXT, { tokenizer: bpe });
    const view = await corpus.view({ minCount: 2 });
    const { words, counts } = view.vocabulary();
    expect(words).toEqual(bpe.vocabulary);
    expect(counts[bpe.vocabulary.indexOf('the')]).toBe(2);
    // It occurs once, so its row is there and untrained.
    expect(counts[bpe.vocabulary.indexOf('Ġlowe')]).toBe(0);
  });

  it('is lowercased before', async () => {
    const corpus = await Corpus.fromText('THE Lowest', { tokenizer: bpe, lowercase: true });
    expect(await linesOf(corpus)).toEqual(['the Ġlowe st']);
  });

  it('skips a byte order mark', async () => {
    const corpus = await Corpus.fromStream(Readable.from([Buffer.from('\ufeffab'), Buffer.from('c')]), {
      tokenizer: letters,
    });
    expect(await linesOf(corpus)).toEqual(['a b c']);
  });

  it('may be one line of any length, which is encoded in parts that are cut at spaces', async () => {
    const words: string[] = [];
    const tokenizer: Tokenizer = {
      ...letters,
      encode: (text) => {
        if (text.length > 1 << 16) throw new Error('too much at once');
        words.push(...text.split(' ').filter((word) => word !== ''));
        return letters.encode(text);
      },
    };
    const text = 'abcdefg '.repeat(100_000);
    const corpus = await Corpus.fromText(text, { tokenizer });
    expect(corpus.info).toMatchObject({ tokens: 700_000, lines: 1, inputBytes: text.length });
    expect(new Set(words.slice(-100_000))).toEqual(new Set(['abcdefg']));
    const unbroken = await Corpus.fromText('é'.repeat(100_000), {
      tokenizer: { name: 'e', vocabulary: ['é'], encode: (part) => Array.from(part.matchAll(/é/g), () => 0) },
    });
    expect(unbroken.info).toMatchObject({ tokens: 100_000, lines: 1 });
  });

  it('goes beyond the memory limit to a file', async () => {
    const corpus = await Corpus.fromText('abc '.repeat(50_000), { tokenizer: letters, memoryLimit: 1000 });
    expect(corpus.info).toMatchObject({ tokens: 150_000, spilled: true });
  });

  it('leaves the event loop its turns, tells its progress and can be stopped', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const events: number[] = [];
    const text = 'abcdefgh\n'.repeat(200_000);
    await Corpus.fromText(text, { tokenizer: letters, onProgress: ({ done }) => events.push(done) });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
    expect(events.at(-1)).toBe(text.length);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 5);
    const endless = async function* (): AsyncGenerator<string> {
      for (;;) yield 'abc\n'.repeat(1000);
    };
    await expect(Corpus.fromStream(endless(), { tokenizer: letters, signal: controller.signal })).rejects.toThrow(
      'enough',
    );
  });

  it('may be ids that were made before', async () => {
    const corpus = await Corpus.fromTokenIds([[0, 1, 2], [], [2]], letters);
    expect(await linesOf(corpus)).toEqual(['a b c', '', 'c']);
    expect(corpus.tokenizer).toBe(letters);
    expect(await failure(Corpus.fromTokenIds([[26]], letters))).toMatchObject({ code: 'ERR_WORDMILL_CORPUS' });
    const wrong = { vocabulary: ['a'] } as never;
    expect(await failure(Corpus.fromTokenIds([[0]], wrong))).toMatchObject({ option: 'vocabulary' });
  });
});

describe('what cannot be read with a tokenizer', () => {
  it.each([
    ['beyond the vocabulary', [0, 26], 'gave id 26'],
    ['negative', [-1], 'gave id -1'],
    ['no whole number', [1.5], 'gave id 1.5'],
    ['a promise', Promise.resolve([0]), 'a promise'],
  ])('an id that is %s', async (_, ids, message) => {
    const tokenizer = { ...letters, encode: (text: string) => (text === 'bad' ? ids : []) } as Tokenizer;
    const error = await failure(Corpus.fromText('a\nb\nbad\n', { tokenizer }));
    expect(error).toMatchObject({ code: 'ERR_WORDMILL_TOKENIZER', option: 'tokenizer' });
    expect(error.message).toContain('"letters"');
    expect(error.message).toContain(message);
    expect(error.message).toContain('line 3');
  });

  it('names the file and the line', async () => {
    const path = join(folder, 'bad.txt');
    writeFileSync(path, 'a\nbad\n');
    const tokenizer = { ...letters, encode: (text: string) => (text === 'bad' ? [99] : []) };
    const error = await failure(Corpus.fromFile(path, { tokenizer }));
    expect(error).toMatchObject({ code: 'ERR_WORDMILL_TOKENIZER', file: path });
    expect(error.message).toMatch(/bad\.txt: .*line 2/);
  });

  it('broken UTF-8, unless it is replaced', async () => {
    const path = join(folder, 'latin1.txt');
    writeFileSync(path, Buffer.from('abc\nde\xffg\n', 'latin1'));
    expect(await failure(Corpus.fromFile(path, { tokenizer: letters }))).toMatchObject({
      code: 'ERR_WORDMILL_FORMAT',
      file: path,
      offset: 6,
    });
    const corpus = await Corpus.fromFile(path, { tokenizer: letters, invalidUtf8: 'replace' });
    expect(await linesOf(corpus)).toEqual(['a b c', 'd e g']);
    expect(corpus.info.replaced).toBe(1);
  });

  it.each([
    ['tokenizer', { tokenizer: { name: 'x' } }],
    ['tokenizer', { tokenizer: 'bert' }],
    ['maxTokenBytes', { tokenizer: letters, maxTokenBytes: 50 }],
    ['invalidUtf8', { tokenizer: letters, invalidUtf8: 'escape' }],
  ])('wrong option %s', async (option, options) => {
    expect(await failure(Corpus.fromText('abc', options as CorpusOptions))).toMatchObject({
      code: 'ERR_WORDMILL_OPTION',
      option,
    });
  });

  it('lists of words, text without a token, and a vocabulary beside the tokenizer’s', async () => {
    const tokenizer = letters;
    const words = await failure(Corpus.fromSentences([['a', 'b']], { tokenizer }));
    expect(words).toMatchObject({ code: 'ERR_WORDMILL_CORPUS' });
    expect(words.message).toContain('sentence 0');
    expect(await failure(Corpus.fromText('123\n', { tokenizer }))).toMatchObject({ code: 'ERR_WORDMILL_CORPUS' });
    const corpus = await Corpus.fromText('abc', { tokenizer });
    expect(await failure(corpus.view({ vocabulary: [{ word: 'a', count: 1 }] }))).toMatchObject({
      code: 'ERR_WORDMILL_OPTION',
      option: 'vocabulary',
    });
  });

  it('a tokenizer whose vocabulary is wrong', async () => {
    const tokenizer = { ...tokenizerOf(wordPieceJson(['low'])), vocabulary: ['low', 'low'] };
    expect(await failure(Corpus.fromText('low', { tokenizer }))).toMatchObject({ code: 'ERR_WORDMILL_TOKENIZER' });
  });
});

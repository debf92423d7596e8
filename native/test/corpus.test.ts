import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Corpus, type CorpusOptions, native } from '@wordmill/native';
import { afterAll, describe, expect, it } from 'vitest';
import { allKeys, corpusOf, viewOf, viewOptions, zipfText } from './corpora.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-corpus-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options: CorpusOptions = { invalidUtf8: 'strict', threads: 2, maxTokenBytes: 1000, memoryLimit: 0 };
const rejection = (fields: object): unknown => expect.objectContaining({ name: 'WordmillError', ...fields });

async function textOf(corpus: Corpus, capacity = 64): Promise<string> {
  const end = corpus.describe().streamBytes / 4;
  const parts: Buffer[] = [];
  for (let position = 0; position < end; ) {
    const out = Buffer.alloc(capacity);
    const { bytes, next } = await corpus.text(position, out);
    parts.push(out.subarray(0, bytes));
    position = next;
  }
  return Buffer.concat(parts).toString();
}

describe('a corpus', () => {
  it('is built from pieces of text', async () => {
    const builder = native().beginCorpus(options);
    for (const piece of ['the qui', 'ck  brown\tfox\r\nthe', ' end']) await builder.append(Buffer.from(piece));
    await builder.endInput();
    const corpus = await builder.finish();
    expect(corpus.describe()).toMatchObject({
      tokens: 6,
      lines: 2,
      distinct: 5,
      inputBytes: 29,
      cutTokens: 0,
      replaced: 0,
      spilled: false,
      externalIds: false,
    });
    expect(await textOf(corpus)).toBe('the quick brown fox\nthe end\n');
  });

  it('is built from files, and says which refusal it was when that fails', async () => {
    const path = join(folder, 'ein Text.txt');
    writeFileSync(path, 'a b c\na b\n');
    const builder = native().beginCorpus(options);
    await builder.appendFile(path);
    expect((await builder.finish()).describe().tokens).toBe(5);
    expect(builder.bytesDone()).toBe(10);

    const other = native().beginCorpus(options);
    await expect(other.appendFile(join(folder, 'missing'))).rejects.toEqual(
      rejection({ code: 'ERR_WORDMILL_IO', system: 'ENOENT' }),
    );
  });

  it('is built from ready tokens', async () => {
    const builder = native().beginCorpus(options);
    await builder.appendTokens(Buffer.from('new yorka'), Uint32Array.of(8, 1, 0xffffffff));
    const view = await (await builder.finish()).view(viewOptions);
    expect(allKeys(view.keys()).sort()).toEqual(['a', 'new york']);
    expect(() => native().beginCorpus(options).appendTokens(Buffer.from('ab'), Uint32Array.of(3))).toThrow(
      rejection({ code: 'ERR_WORDMILL_OPTION', option: 'lengths' }),
    );
  });

  it('is built from ids, whose rows stay', async () => {
    const keys = native().createKeysFrom(['rare', 'common', 'never']);
    const corpus = native().corpusFromIds(Uint32Array.of(1, 1, 0, 0xffffffff, 1), keys, options);
    expect(corpus.describe()).toMatchObject({ tokens: 4, externalIds: true });
    const view = await corpus.view({ ...viewOptions, minCount: 0 });
    expect(allKeys(view.keys())).toEqual(['rare', 'common', 'never']);
    expect([...view.counts()]).toEqual([1n, 3n, 0n]);
    expect(() => native().corpusFromIds(Uint32Array.of(3), keys, options)).toThrow(
      rejection({ code: 'ERR_WORDMILL_OPTION' }),
    );
  });

  it('is built from ids in pieces', async () => {
    const keys = native().createKeysFrom(['rare', 'common', 'never']);
    const builder = native().beginIds(keys, options);
    await builder.append(Uint32Array.of(1, 1, 0xffffffff));
    await expect(builder.append(Uint32Array.of(0, 3))).rejects.toEqual(rejection({ code: 'ERR_WORDMILL_OPTION' }));
    const [taken] = [builder.append(Uint32Array.of(0))];
    expect(() => builder.append(Uint32Array.of(0))).toThrow(rejection({ code: 'ERR_WORDMILL_OPTION' }));
    await taken;
    const corpus = await builder.finish(20, 3);
    expect(corpus.describe()).toMatchObject({ tokens: 3, lines: 2, inputBytes: 20, replaced: 3, externalIds: true });
    expect(() => builder.append(Uint32Array.of(0))).toThrow(rejection({ code: 'ERR_WORDMILL_DISPOSED' }));
  });

  it('names the byte at which its text is not UTF-8', async () => {
    const builder = native().beginCorpus(options);
    const built = (async () => {
      await builder.append(Buffer.from('abc \xff def\n', 'latin1'));
      await builder.endInput();
      await builder.finish();
    })();
    await expect(built).rejects.toEqual(rejection({ code: 'ERR_WORDMILL_FORMAT', offset: 4 }));
  });

  it('is an error when there is nothing in it', async () => {
    await expect(corpusOf(' \n\n ')).rejects.toEqual(rejection({ code: 'ERR_WORDMILL_CORPUS' }));
    const corpus = await corpusOf('a b c\n');
    await expect(corpus.view({ ...viewOptions, minCount: 2 })).rejects.toEqual(
      rejection({ code: 'ERR_WORDMILL_CORPUS' }),
    );
  });

  it('stops when its signal is raised', async () => {
    const path = join(folder, 'long.txt');
    writeFileSync(path, zipfText(100_000));
    const signal = native().createSignal();
    signal.raise();
    const cancelled = rejection({ code: 'ERR_WORDMILL_CANCELLED' });
    await expect(native().beginCorpus(options).appendFile(path, signal)).rejects.toEqual(cancelled);
    const builder = native().beginCorpus(options);
    await builder.appendFile(path);
    await expect(builder.finish(signal)).rejects.toEqual(cancelled);
    const view = await viewOf(zipfText(1000));
    await expect(view.bigrams(1, 2, signal)).rejects.toEqual(cancelled);
  });

  it('takes one call at a time, and none after the end', async () => {
    const builder = native().beginCorpus(options);
    const first = builder.append(Buffer.from('a b'));
    expect(() => builder.append(Buffer.from('c'))).toThrow(rejection({ code: 'ERR_WORDMILL_OPTION' }));
    await first;
    await builder.endInput();
    const finished = builder.finish();
    expect(() => builder.endInput()).toThrow(rejection({ code: 'ERR_WORDMILL_DISPOSED' }));
    builder.dispose();
    builder.dispose();
    expect((await finished).describe().tokens).toBe(2);
  });
});

describe('a view', () => {
  it('has the vocabulary by descending frequency', async () => {
    const view = await viewOf('b a c b a b\n');
    expect(view.describe()).toMatchObject({
      rows: 3,
      tokens: 6,
      sentences: 1,
      droppedWords: 0,
      segments: 1,
      blocks: 1,
    });
    const keys = view.keys();
    view.dispose();
    expect(allKeys(keys)).toEqual(['b', 'a', 'c']);
    keys.dispose();
    expect(() => view.keys()).toThrow(rejection({ code: 'ERR_WORDMILL_DISPOSED' }));
  });

  it('drops, keeps and takes words from lists', async () => {
    const corpus = await corpusOf('a a a b b c d d\n');
    const keysOf = (...words: string[]) => native().createKeysFrom(words);
    const trimmed = await corpus.view({ ...viewOptions, minCount: 2, keep: keysOf('c'), drop: keysOf('a') });
    expect(allKeys(trimmed.keys())).toEqual(['b', 'd', 'c']);
    expect(trimmed.describe().droppedWords).toBe(1);
    const given = await corpus.view({
      ...viewOptions,
      vocabulary: keysOf('c', 'a'),
      vocabularyCounts: BigUint64Array.of(7n, 9n),
    });
    expect(allKeys(given.keys())).toEqual(['c', 'a']);
    expect([...given.counts()]).toEqual([7n, 9n]);
    expect(() => corpus.view({ ...viewOptions, vocabularyCounts: BigUint64Array.of(1n) })).toThrow(
      rejection({ option: 'vocabularyCounts' }),
    );
  });

  it('gives its sentences as rows', async () => {
    const view = await viewOf('b a c b a b\na b\n');
    const end = 0xffffffff;
    expect([...view.read(0, view.describe().segments)]).toEqual([0, 1, 2, 0, 1, 0, end, 1, 0, end]);
    expect([...view.read(0, 0)]).toEqual([]);
    expect(() => view.read(0, 2)).toThrow(rejection({ code: 'ERR_WORDMILL_OPTION' }));
  });

  it('counts pairs of neighbours, and joins them', async () => {
    const corpus = await corpusOf('new york is new york\nnew\nyork is new\n');
    const view = await corpus.view(viewOptions);
    const words = allKeys(view.keys());
    const { first, second, counts } = await view.bigrams(2, 2);
    const pairs = [...first].map((row, i) => [words[row], words[second[i]!], counts[i]]);
    expect(pairs).toEqual(
      expect.arrayContaining([
        ['new', 'york', 2],
        ['york', 'is', 2],
      ]),
    );
    const [a, b] = [native().createKeysFrom(['new']), native().createKeysFrom(['york'])];
    const joined = await corpus.join(a, b, '_');
    expect(await textOf(joined)).toBe('new_york is new_york\nnew\nyork is new\n');
    expect(() => corpus.join(a, native().createKeysFrom([]), '_')).toThrow(rejection({ option: 'second' }));
  });
});

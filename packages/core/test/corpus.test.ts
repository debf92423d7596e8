import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Corpus, type CorpusProgress } from '@wordmill/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-corpus-'));
const at = (name: string): string => join(folder, name);
const textOf = async (corpus: Corpus): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of corpus.lines()) lines.push(line);
  return lines;
};

const LINES = ['the cat sat', 'the dog ran', 'Ünïcode 日本語 words'];
const TEXT = `${LINES.join('\n')}\n`;
/** zstd-compressed `TEXT`, made by the reference tool. */
const ZSTD = Buffer.from(
  'KLUv/QRYkQEAdGhlIGNhdCBzYXQKdGhlIGRvZyByYW4Kw5xuw69jb2RlIOaXpeacrOiqniB3b3JkcwqbygCq',
  'base64',
);

beforeAll(async () => {
  writeFileSync(at('plain.txt'), TEXT);
  writeFileSync(
    at('packed.txt'),
    Buffer.concat([gzipSync(`${LINES[0]}\n`), gzipSync(`${LINES.slice(1).join('\n')}\n`)]),
  );
  await mkdir(at('many'));
  writeFileSync(at('many/b.txt'), 'second file');
  writeFileSync(at('many/a.txt.gz'), gzipSync('first file'));
  writeFileSync(at('many/.hidden'), 'not this one');
  await mkdir(at('many/inner'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('sources', () => {
  it('reads a path, a file: URL, and gzip under any name', async () => {
    for (const source of [at('plain.txt'), pathToFileURL(at('plain.txt')), at('packed.txt')]) {
      const corpus = await Corpus.fromFile(source);
      expect(await textOf(corpus)).toEqual(LINES);
      expect(corpus.info).toMatchObject({ tokens: 9, lines: 3, distinct: 8 });
    }
  });

  it('reads Zstandard', async () => {
    writeFileSync(at('packed.zst'), ZSTD);
    expect(await textOf(await Corpus.fromFile(at('packed.zst')))).toEqual(LINES);
  });

  it('reads the files of a folder by name, each ending its last line', async () => {
    expect(await textOf(await Corpus.fromFile(at('many')))).toEqual(['first file', 'second file']);
  });

  it('reads a list in its order', async () => {
    const corpus = await Corpus.fromFile([at('many/b.txt'), pathToFileURL(at('many/a.txt.gz'))]);
    expect(await textOf(corpus)).toEqual(['second file', 'first file']);
  });

  it('reads a pipe', async () => {
    const pipe = at('pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', 'cat "$1" > "$2"', 'sh', at('packed.txt'), pipe]);
    expect(await textOf(await Corpus.fromFile(pipe))).toEqual(LINES);
    writer.kill();
  });

  it('reads standard input, compressed or not', () => {
    const script = `
      const { Corpus } = await import('@wordmill/core');
      const corpus = await Corpus.fromStandardInput();
      console.log(corpus.info.tokens, corpus.info.lines);`;
    for (const input of [Buffer.from(TEXT), gzipSync(TEXT)]) {
      const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        input,
        cwd: import.meta.dirname,
      });
      expect(output.toString().trim()).toBe('9 3');
    }
  });

  it('reads text, and a stream of pieces that are cut anywhere', async () => {
    expect(await textOf(await Corpus.fromText(TEXT))).toEqual(LINES);
    const bytes = Buffer.from(TEXT);
    const pieces = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
    expect(await textOf(await Corpus.fromStream(Readable.from(pieces)))).toEqual(LINES);
    expect(await textOf(await Corpus.fromStream(Readable.from(['the c', 'at s', 'at'])))).toEqual(['the cat sat']);
  });

  it('reads sentences as lines and as tokens, in their order', async () => {
    const sentences = ['one two', ['New York', 'is', '', 'big'], ['more'], 'last  line', []];
    const corpus = await Corpus.fromSentences(sentences);
    expect(await textOf(corpus)).toEqual(['one two', 'New York is big', 'more', 'last line', '']);
    expect(corpus.info.tokens).toBe(8);
    const view = await corpus.view({ minCount: 1 });
    expect(view.vocabulary().words).toContain('New York');
  });

  it('asks an async iterable for no more than the engine has taken', async () => {
    let given = 0;
    async function* sentences(): AsyncGenerator<string> {
      for (let i = 0; i < 50_000; i++) {
        given++;
        yield `word${i % 100} again and again`;
      }
    }
    const corpus = await Corpus.fromSentences(sentences());
    expect(given).toBe(50_000);
    expect(corpus.info).toMatchObject({ tokens: 200_000, lines: 50_000, distinct: 102 });
  });

  it('never renumbers token ids', async () => {
    const words = ['never', 'rare', 'often', 'some'];
    for (const ids of [
      [
        [2, 2, 3],
        [2, 1, 3],
      ],
      [new Int32Array([2, 2, 3]), new Uint32Array([2, 1, 3])],
      (async function* () {
        yield [2, 2, 3];
        yield [2, 1, 3];
      })(),
    ]) {
      const corpus = await Corpus.fromTokenIds(ids, words);
      expect(await textOf(corpus)).toEqual(['often often some', 'often rare some']);
      const view = await corpus.view({ minCount: 2 });
      expect([...view.entries()].map(({ word }) => word)).toEqual(words);
      expect([...view.entries()].map(({ count }) => count)).toEqual([0, 0, 3, 2]);
    }
    const one = await Corpus.fromTokenIds(new Int32Array([0, 1, 2]), words);
    expect(one.info).toMatchObject({ tokens: 3, lines: 1 });
  });
});

describe('text', () => {
  it('takes CR LF, a byte order mark and NUL as word2vec.c and fastText do', async () => {
    const corpus = await Corpus.fromText('\ufeffone two\r\nthree\0four\r\n\r\nfive');
    expect(await textOf(corpus)).toEqual(['one two', 'three four', '', 'five']);
  });

  it('keeps words that look like something else', async () => {
    const corpus = await Corpus.fromText('__proto__ constructor no\u00a0break toString __proto__');
    const view = await corpus.view({ minCount: 1 });
    expect([...view.entries()]).toEqual([
      { word: '__proto__', count: 2 },
      { word: 'constructor', count: 1 },
      { word: 'no\u00a0break', count: 1 },
      { word: 'toString', count: 1 },
    ]);
  });

  it('lowercases by the rules of Unicode, whatever the pieces', async () => {
    const text = 'ÀÉÎ ΟΔΟΣ Straße İ';
    const expected = [text.toLowerCase()];
    expect(expected[0]).toContain('οδος');
    const bytes = Buffer.from(text);
    const pieces = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
    expect(await textOf(await Corpus.fromStream(Readable.from(pieces), { lowercase: true }))).toEqual(expected);
    writeFileSync(at('upper.txt'), text);
    expect(await textOf(await Corpus.fromFile(at('upper.txt'), { lowercase: true }))).toEqual(expected);
    expect(await textOf(await Corpus.fromSentences([text.split(' ')], { lowercase: true }))).toEqual(expected);
  });

  it('lowercases a word that is longer than any buffer', async () => {
    const word = 'É'.repeat(200_000);
    const corpus = await Corpus.fromText(`${word} end`, { lowercase: true, maxTokenBytes: 1 << 20 });
    expect(await textOf(corpus)).toEqual([`${word.toLowerCase()} end`]);
  });

  it('treats bytes that are not UTF-8 as it is told', async () => {
    const bytes = Buffer.from('good b\xe9d \xff', 'latin1');
    writeFileSync(at('latin1.txt'), bytes);
    const broken = { code: 'ERR_WORDMILL_FORMAT', offset: 6, file: at('latin1.txt') };
    await expect(Corpus.fromFile(at('latin1.txt'))).rejects.toMatchObject(broken);
    await expect(Corpus.fromFile(at('latin1.txt'), { lowercase: true })).rejects.toMatchObject(broken);
    for (const lowercase of [false, true]) {
      const replaced = await Corpus.fromFile(at('latin1.txt'), { invalidUtf8: 'replace', lowercase });
      expect(await textOf(replaced)).toEqual(['good b\ufffdd \ufffd']);
    }
    const escaped = await Corpus.fromFile(at('latin1.txt'), { invalidUtf8: 'escape' });
    expect(await textOf(escaped)).toEqual(['good b\udce9d \udcff']);
    await escaped.saveText(at('again.txt'));
    expect(execFileSync('cat', [at('again.txt')])).toEqual(Buffer.concat([bytes, Buffer.from('\n')]));
    const again = await Corpus.fromSentences([['b\udce9d']], { invalidUtf8: 'escape' });
    expect(await textOf(again)).toEqual(['b\udce9d']);
  });

  it('cuts long tokens at a character and counts them', async () => {
    const corpus = await Corpus.fromText(`short ${'é'.repeat(40)}`, { maxTokenBytes: 21 });
    expect(await textOf(corpus)).toEqual([`short ${'é'.repeat(10)}`]);
    expect(corpus.info.cutTokens).toBe(1);
  });

  it('gives lines that are longer than its buffer', async () => {
    const line = Array.from({ length: 300_000 }, (_, i) => `w${i % 1000}`).join(' ');
    expect(await textOf(await Corpus.fromText(`${line}\nshort`))).toEqual([line, 'short']);
  });

  it('goes to a temporary file beyond the memory limit', async () => {
    const corpus = await Corpus.fromText('a b c d e f\n'.repeat(50_000), { memoryLimit: 1 << 16 });
    expect(corpus.info).toMatchObject({ tokens: 300_000, spilled: true });
  });
});

describe('views', () => {
  const counted = 'a a a a b b b c c d';

  it('leaves out what is rare, keeps and drops by list, and limits the vocabulary', async () => {
    const corpus = await Corpus.fromText(counted);
    const words = async (options: Parameters<Corpus['view']>[0]): Promise<readonly string[]> =>
      (await corpus.view(options)).vocabulary().words;
    expect(await words({ minCount: 2 })).toEqual(['a', 'b', 'c']);
    expect(await words({ minCount: 3, keep: ['d', 'missing'] })).toEqual(['a', 'b', 'd']);
    expect(await words({ minCount: 1, drop: ['a'] })).toEqual(['b', 'c', 'd']);
    expect(await words({ minCount: 1, maxVocabulary: 2 })).toEqual(['a', 'b']);
    expect(await words({ minCount: 4, lineEndToken: true })).toEqual(['</s>', 'a']);
  });

  it('takes a vocabulary as it is given', async () => {
    const corpus = await Corpus.fromText(counted);
    const view = await corpus.view({
      vocabulary: [
        { word: 'd', count: 7 },
        { word: 'a', count: 1 },
        { word: 'x', count: 0 },
      ],
    });
    expect([...view.entries()].map(({ word, count }) => `${word} ${count}`)).toEqual(['d 7', 'a 1', 'x 0']);
    expect(view.info.tokens).toBe(5);
  });

  it('cuts sentences by line, or at a fixed length', async () => {
    const corpus = await Corpus.fromText('a b c d e\na b\n');
    expect((await corpus.view({ minCount: 1 })).info.sentences).toBe(2);
    expect((await corpus.view({ minCount: 1, maxSentenceLength: 2 })).info.sentences).toBe(4);
    expect((await corpus.view({ minCount: 1, sentence: 'fixed', maxSentenceLength: 3 })).info.sentences).toBe(3);
  });
});

describe('watching and stopping', () => {
  it('reports bytes up to the whole file, compressed ones as they are stored', async () => {
    writeFileSync(at('large.txt'), 'some words of text\n'.repeat(100_000));
    writeFileSync(at('large.gz'), gzipSync('some words of text\n'.repeat(100_000)));
    for (const name of ['large.txt', 'large.gz']) {
      const seen: CorpusProgress[] = [];
      await Corpus.fromFile(at(name), { onProgress: (progress) => seen.push(progress) });
      const last = seen.at(-1)!;
      expect(last.phase).toBe('corpus');
      expect(last.done).toBe(last.total);
    }
  });

  it('rejects with the reason of an abort, before and while reading', async () => {
    const reason = new Error('enough');
    await expect(Corpus.fromFile(at('large.txt'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    let given = 0;
    const endless = async function* (): AsyncGenerator<string> {
      for (;;) {
        if (++given === 10_000) controller.abort(reason);
        yield 'never ending';
      }
    };
    await expect(Corpus.fromSentences(endless(), { signal: controller.signal })).rejects.toBe(reason);
  });

  it('passes on what a source or a callback throws', async () => {
    const mistake = new Error('mistake');
    const broken = async function* (): AsyncGenerator<string> {
      yield 'fine';
      throw mistake;
    };
    await expect(Corpus.fromSentences(broken())).rejects.toBe(mistake);
    const onProgress = (): never => {
      throw mistake;
    };
    const slow = async function* (): AsyncGenerator<string> {
      for (let i = 0; i < 1000; i++) {
        yield `line ${i} ${'word '.repeat(100_000)}`;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await expect(Corpus.fromSentences(slow(), { onProgress })).rejects.toBe(mistake);
  });
});

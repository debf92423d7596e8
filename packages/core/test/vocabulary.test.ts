import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus, Vocabulary } from '@wordmill/core';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-vocabulary-'));
const file = join(folder, 'vocabulary.txt');
afterAll(() => rmSync(folder, { recursive: true }));

it('is written as word2vec.c writes it, and read back', async () => {
  const corpus = await Corpus.fromText('b a b no\u00a0break\nb a\n');
  const view = await corpus.view({ minCount: 1, lineEndToken: true });
  await view.saveVocabulary(file);
  expect(readFileSync(file, 'utf8')).toBe('</s> 2\nb 3\na 2\nno\u00a0break 1\n');
  const read = await Vocabulary.load(file);
  expect([...read]).toEqual([...view.entries()]);
  await read.save(file);
  expect((await Vocabulary.load(file)).words).toEqual(['</s>', 'b', 'a', 'no\u00a0break']);
});

it('keeps bytes that are not UTF-8, words with spaces, and reads CR LF', async () => {
  writeFileSync(file, Buffer.from('caf\xe9 7\r\nnew york 3\r\n\r\nlast 1', 'latin1'));
  const vocabulary = await Vocabulary.load(file);
  expect([...vocabulary].map(({ word, count }) => [word, count])).toEqual([
    ['caf\udce9', 7],
    ['new york', 3],
    ['last', 1],
  ]);
  await vocabulary.save(file);
  expect(readFileSync(file, 'latin1')).toBe('caf\xe9 7\nnew york 3\nlast 1\n');
});

it('decides a view by its path or its entries', async () => {
  writeFileSync(file, 'c 10\na 5\n');
  const corpus = await Corpus.fromText('a b c');
  for (const vocabulary of [
    file,
    await Vocabulary.load(file),
    Vocabulary.from([
      { word: 'c', count: 10 },
      { word: 'a', count: 5 },
    ]),
  ]) {
    const view = await corpus.view({ vocabulary });
    expect([...view.entries()].map(({ word, count }) => `${word} ${count}`)).toEqual(['c 10', 'a 5']);
  }
});

it('holds many words', async () => {
  const entries = Array.from({ length: 300_000 }, (_, i) => ({ word: `word${i}`, count: 300_000 - i }));
  await Vocabulary.from(entries).save(file);
  expect([...(await Vocabulary.load(file))]).toEqual(entries);
});

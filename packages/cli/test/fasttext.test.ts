import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { KeyedVectors } from '@wordmill/core';
import { FastTextClassifier } from '@wordmill/fasttext';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratchFolder, topicOf, topicText, wordmill } from './wordmill.js';

const { path, write } = scratchFolder();
const text = write('text.txt', topicText());
const size = ['-dim', '10', '-bucket', '2000', '-minCount', '1', '-thread', '1'];

const isInstalled = ((): boolean => {
  try {
    execFileSync('fasttext', [], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== 'ENOENT';
  }
})();

beforeAll(async () => {
  const flags = [
    ...size,
    '-epoch',
    '5',
    '-lr',
    '0.1',
    '-ws',
    '5',
    '-neg',
    '5',
    '-loss',
    'ns',
    '-minn',
    '3',
    '-maxn',
    '5',
  ];
  const rest = ['-t', '0.01', '-lrUpdateRate', '100', '-seed', '3', '-verbose', '2'];
  const run = await wordmill(['fasttext', 'skipgram', '-input', text, '-output', path('model'), ...flags, ...rest]);
  expect(run.stderr).toBe('');
  expect(run.stdout).toMatch(/^19 words and \d+ n-grams learned from /);
  expect(run.status).toBe(0);
});

describe("fastText's command lines, with only the program's name changed", () => {
  it('write a model and its vectors', async () => {
    const model = await KeyedVectors.load(path('model.bin'));
    const vectors = await KeyedVectors.load(path('model.vec'));
    expect(vectors.size).toBe(19);
    expect(vectors.get('king')).toEqual(model.get('king'));
    expect(model.canInfer('kingship')).toBe(true);
    const [nearest] = await model.mostSimilar('king');
    expect(topicOf('king')).toContain(nearest!.key);
  });

  it.each(['hs', 'softmax'])('train cbow with -loss %s', async (loss) => {
    const run = await wordmill([
      'fasttext',
      'cbow',
      '-input',
      text,
      '-output',
      path(loss),
      '-loss',
      loss,
      '-neg',
      '5',
      ...size,
    ]);
    expect(run.status).toBe(0);
    expect(existsSync(path(`${loss}.bin`))).toBe(true);
  });

  it('start from vectors', async () => {
    const given = ['-pretrainedVectors', path('model.vec'), '-epoch', '1', '-lr', '1e-9', '-verbose', '0'];
    const run = await wordmill([
      'fasttext',
      'cbow',
      '-input',
      text,
      '-output',
      path('more'),
      ...size,
      '-maxn',
      '0',
      ...given,
    ]);
    expect(run).toMatchObject({ status: 0, stdout: '' });
    const [before, after] = [await KeyedVectors.load(path('model.vec')), await KeyedVectors.load(path('more.bin'))];
    expect(after.get('king')![0]).toBeCloseTo(before.get('king')![0]!, 4);
  });

  const questions: [args: string[], input: string][] = [
    [['print-word-vectors'], 'king kingship\n\nzzz </s>'],
    [['print-sentence-vectors'], 'king queen\nzzz\n\nship kingship\n'],
    [['print-ngrams', 'king'], ''],
    [['print-ngrams', 'kingship'], ''],
  ];
  it.skipIf(!isInstalled).each(questions)('print what it prints: %j of %j', async ([command, ...args], input) => {
    const given = [command!, path('model.bin'), ...args];
    const theirs = execFileSync('fasttext', given, { input, stdio: ['pipe', 'pipe', 'ignore'] }).toString();
    const ours = await wordmill(['fasttext', ...given], { input });
    expect(ours.stdout).toBe(theirs);
    expect(ours.status).toBe(0);
  });

  it.skipIf(!isInstalled)('find the same neighbours', async () => {
    const input = 'king\nqueenly\n';
    const given = ['nn', path('model.bin'), '3'];
    const theirs = execFileSync('fasttext', given, { input, stdio: ['pipe', 'pipe', 'ignore'] }).toString();
    const ours = await wordmill(['fasttext', ...given], { input });
    const answers = (output: string) => [...output.matchAll(/^(\S+) (0\.\d+|1)$/gm)];
    const expected = answers(theirs.replaceAll('Query word? ', ''));
    expect(expected).toHaveLength(6);
    for (const [i, [, word, score]] of answers(ours.stdout).entries()) {
      expect(word).toBe(expected[i]![1]);
      expect(Number(score)).toBeCloseTo(Number(expected[i]![2]), 5);
    }
  });

  it('answer analogies until the end of the input, whatever is asked', async () => {
    const input = 'king queen prince\nking\nEXIT\nking queen prince\n';
    const run = await wordmill(['fasttext', 'analogies', path('model.bin'), '2'], { input });
    expect(run.stdout.trim().split('\n')).toHaveLength(2);
    expect(run.stderr).toContain('a triplet has three words');
    expect(run.status).toBe(0);
  });
});

describe('beyond them', () => {
  it('writes safetensors, reads standard input and reports as JSON', async () => {
    const args = ['fasttext', 'skipgram', '-', '--model', path('m.safetensors'), ...size, '--json'];
    const run = await wordmill(args, { input: readFileSync(text, 'utf8') });
    expect(JSON.parse(run.stdout)).toMatchObject({ vocabulary: 19, finished: true });
    const near = await wordmill(['nearest', path('m.safetensors'), 'kingship', '--top', '2', '--json']);
    expect(JSON.parse(near.stdout).neighbours).toHaveLength(2);
    const ngrams = await wordmill(['fasttext', 'print-ngrams', path('m.safetensors'), 'king', '--json']);
    expect(JSON.parse(ngrams.stdout).subwords[0]).toMatchObject({ text: 'king', vector: expect.any(Array) });
  });

  it.each([
    [['skipgram', '-input', text], 'there is nothing to write', 2],
    [['skipgram', '-output', 'x'], 'there is no text', 2],
    [['skipgram', '-input', text, '-output', path('x'), '-bucket', '0'], '-bucket', 2],
    [['skipgram', '-input', path('missing'), '-output', path('x')], 'there is no such file', 1],
    [['cbow', '-input', text, '-output', path('x'), '-minCount', '100000000'], 'minCount', 1],
    [['cbow', '-input', text, '-output', path('x'), '-loss', 'ova'], '-loss must be ns or hs or softmax', 2],
    [['nn', text], 'of no format that is read', 1],
    [['print-ngrams', text, 'king'], text, 1],
    [['print-ngrams', path('model.bin')], 'give one word', 2],
    [['nn', path('model.bin'), '0'], 'K must be a whole number', 2],
  ])('refuses %j', async (args, message, status) => {
    const run = await wordmill(['fasttext', ...(args as string[])]);
    expect(run.stderr).toContain(message);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
    expect(run.status).toBe(status);
    expect(existsSync(path('x.bin'))).toBe(false);
  });
});

describe('fasttext supervised', () => {
  const lines = Array.from({ length: 40 }, (_, i) =>
    i % 2 === 0 ? `__label__tea pour leaves cup${i % 5}` : `__label__bread knead flour loaf${i % 5}`,
  );
  const train = write('labelled.txt', `${lines.join('\n')}\n`);
  const flags =
    '-lr 0.5 -epoch 20 -wordNgrams 2 -dim 8 -bucket 1000 -loss softmax -minCount 1 -minCountLabel 0 -minn 0';
  const rest = '-maxn 0 -t 1e-4 -neg 5 -ws 5 -label __label__ -seed 2 -thread 1 -lrUpdateRate 100 -verbose 2';

  beforeAll(async () => {
    const given = `${flags} ${rest}`.split(' ');
    const run = await wordmill(['fasttext', 'supervised', '-input', train, '-output', path('classifier'), ...given]);
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(/^2 labels, 15 words and \d+ n-grams in 40 lines; /);
  });

  it('writes a model that answers', async () => {
    const model = path('classifier.bin');
    const asked = write('asked.txt', 'flour and a loaf\n\npour tea leaves\n');
    const answers = (await wordmill(['fasttext', 'predict', model, asked])).stdout.split('\n');
    expect([answers[0], answers[2], answers.length]).toEqual(['__label__bread', '__label__tea', 4]);
    const both = await wordmill(['fasttext', 'predict-prob', model, '-', '-1'], { input: 'flour\n' });
    expect(both.stdout).toMatch(/^__label__bread 0\.\d+ __label__tea [\de.-]+\n$/);
    const sentence = await wordmill(['fasttext', 'print-sentence-vectors', model], { input: 'pour tea leaves\n' });
    const expected = (await FastTextClassifier.load(model)).getTextVector('pour tea leaves');
    for (const [i, number] of sentence.stdout.trim().split(' ').entries()) {
      expect(Number(number)).toBeCloseTo(expected[i]!, 3);
    }
    const none = await wordmill(['fasttext', 'predict', model, '-', '1', '0.999999'], { input: 'x\n' });
    expect(none.stdout).toBe('\n');
    expect((await KeyedVectors.load(path('classifier.vec'))).get('flour')).toHaveLength(8);
  });

  it('writes a model that is tested', async () => {
    const model = path('classifier.bin');
    expect((await wordmill(['fasttext', 'test', model, train])).stdout).toBe('N\t40\nP@1\t1\nR@1\t1\n');
    const labels = await wordmill(['fasttext', 'test-label', model, '-'], { input: '__label__tea pour leaves\n' });
    expect(labels.stdout).toContain('F1-Score : --------  Precision : --------  Recall : --------   __label__bread\n');
    const json = await wordmill(['fasttext', 'test', model, train, '2', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ examples: 40, precision: 0.5, recall: 1 });
  });

  it('is tuned, and cut to a size', async () => {
    const tuned = [
      '-output',
      path('tuned'),
      '-input',
      train,
      '-autotune-validation',
      train,
      '-autotune-duration',
      '1',
      '-dim',
      '8',
    ];
    const run = await wordmill(['fasttext', 'supervised', ...tuned, '-autotune-modelsize', '100k', '-thread', '1']);
    expect(run.stderr).toMatch(/^attempt 1: [\d.]+, the best so far.* -epoch 5 -lr 0\.1/);
    expect(run.stderr).toMatch(/attempts, the best one with 1\.0+\n$/);
    expect(run.stdout).toContain(`saved ${path('tuned.ftz')}\nsaved ${path('tuned.vec')}\n`);
    const test = await wordmill(['fasttext', 'test', path('tuned.ftz'), train]);
    expect(test.stdout).toBe('N\t40\nP@1\t1\nR@1\t1\n');
  });

  it('writes the output layer, and word vectors are quantised', async () => {
    const flags = ['-wordNgrams', '1', '-minCountLabel', '0', '-label', '__label__', '-saveOutput', '-verbose', '0'];
    const vectors = ['fasttext', 'cbow', '-input', text, '-output', path('words'), ...size, ...flags];
    expect(await wordmill(vectors)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const contexts = await KeyedVectors.load(path('words.output'), { format: 'fasttext-vec' });
    expect(contexts.size).toBe((await KeyedVectors.load(path('words.vec'))).size);
    const quantize = await wordmill(['fasttext', 'quantize', '-output', path('words'), '-qnorm', '-qout']);
    expect(quantize.stdout).toBe(`saved ${path('words.ftz')}\n`);
    const small = await KeyedVectors.load(path('words.ftz'));
    expect(small.canInfer('kingship')).toBe(true);
    const ask = ['fasttext', 'supervised', '-input', train, '-output', path('y'), '-saveOutput', '-verbose', '0'];
    expect((await wordmill(ask)).status).toBe(0);
    expect((await KeyedVectors.load(path('y.output'), { format: 'fasttext-vec' })).has('__label__tea')).toBe(true);
    expect((await wordmill([...ask, '-loss', 'hs'])).stderr).toContain('-saveOutput');
    const refused = await wordmill(['fasttext', 'quantize', '-output', path('words'), '-cutoff', '5']);
    expect([refused.status, refused.stderr.includes('-cutoff')]).toEqual([2, true]);
  });

  it('is quantised and dumped', async () => {
    const small = [
      '-output',
      path('classifier'),
      '-input',
      train,
      '-qnorm',
      '-cutoff',
      '12',
      '-retrain',
      '-epoch',
      '1',
    ];
    const run = await wordmill(['fasttext', 'quantize', ...small, '-dsub', '2']);
    expect(run.stderr).toBe('');
    expect(run.stdout).toBe(`saved ${path('classifier.ftz')}\n`);
    const answer = await wordmill(['fasttext', 'predict', path('classifier.ftz'), '-'], { input: 'knead flour\n' });
    expect(answer.stdout).toBe('__label__bread\n');
    const args = await wordmill(['fasttext', 'dump', path('classifier.ftz'), 'args']);
    expect(args.stdout).toContain('\nmodel sup\nbucket 1000\n');
    const dictionary = await wordmill(['fasttext', 'dump', path('classifier.bin'), 'dict']);
    expect(dictionary.stdout.split('\n').slice(0, 2)).toEqual(['17', '</s> 40 word']);
    const output = await wordmill(['fasttext', 'dump', path('classifier.bin'), 'output', '--json']);
    expect(JSON.parse(output.stdout).rows).toHaveLength(2);
    const rows = await wordmill(['fasttext', 'dump', path('classifier.ftz'), 'input']);
    expect(rows.stdout.split('\n')[0]).toBe('12 8');
  });

  it.each([
    [['supervised', '-input', train, '-output', path('x'), '-autotune-metric', 'f1'], 2, '-autotune-validation'],
    [['quantize', '-output', path('missing')], 1, 'missing.bin'],
    [['quantize', '-output', path('classifier'), '-retrain', '-cutoff', '5'], 2, '-input'],
    [['dump', path('classifier.bin'), 'everything'], 2, 'everything'],
    [['dump', text, 'args'], 1, 'text.txt'],
    [['supervised', '-input', text, '-output', path('x')], 1, '__label__'],
    [['supervised', '-input', train], 2, '-output'],
    [['predict', path('classifier.bin')], 2, 'FILE'],
    [['predict', path('classifier.bin'), path('missing.txt')], 1, 'missing.txt'],
    [['predict', text, train], 1, 'text.txt'],
    [['predict', path('classifier.bin'), train, '0'], 2, 'K must'],
    [['predict', path('classifier.bin'), train, '1', '2'], 2, 'THRESHOLD'],
    [['test', path('model.bin'), train], 1, 'FastText'],
    [['test', path('classifier.bin'), text], 1, '__label__'],
  ])('tells what is wrong with %s', async (args, status, named) => {
    const run = await wordmill(['fasttext', ...args]);
    expect(run.status).toBe(status);
    expect(run.stderr).toContain(named);
  });
});

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { KeyedVectors } from '@wordmill/core';
import { Word2Vec } from '@wordmill/word2vec';
import { describe, expect, it } from 'vitest';
import { scratchFolder, topicOf, topicText, wordmill } from './wordmill.js';

const { path, write } = scratchFolder();
const text = write('text.txt', topicText());
const words = 15_000;
const lines = 1500;

describe('wordmill word2vec', () => {
  it('writes the text that word2vec.c writes, and reports on standard output', async () => {
    const output = path('vectors.txt');
    const line = `-train ${text} -output ${output} -size 20 -cbow 0 -iter 3`;
    const { status, stdout, stderr } = await wordmill(['word2vec', ...line.split(' ')]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`saved ${output}`);
    const [header, first, ...rows] = readFileSync(output, 'utf8').split('\n');
    expect(header).toBe('19 20');
    expect(first).toMatch(/^<\/s>( -?\d+\.\d{6}){20}$/);
    expect(rows).toHaveLength(19);
  });

  it('trains vectors that know the topics', async () => {
    const output = path('skip-gram.bin');
    const { status } = await wordmill(['word2vec', '-train', text, '-output', output, '-binary', '1', '-cbow', '0']);
    expect(status).toBe(0);
    expect(readFileSync(output).subarray(0, 7).toString()).toBe('19 100\n');
    const vectors = await KeyedVectors.load(output);
    for (const word of ['king', 'bread', 'ship']) {
      const neighbours = await vectors.mostSimilar(word, { topN: 5 });
      expect(neighbours.map(({ key }) => key).sort()).toEqual(
        topicOf(word)
          .filter((one) => one !== word)
          .sort(),
      );
    }
  });

  it('gives one JSON object with the figures of the training', async () => {
    const args = [
      'word2vec',
      '--train',
      text,
      '--output',
      path('json.txt'),
      '--epochs',
      '2',
      '--threads',
      '1',
      '--json',
    ];
    const { status, stdout, stderr } = await wordmill(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const report = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual([
      'tokens',
      'seconds',
      'tokensPerSecond',
      'loss',
      'vocabulary',
      'isa',
      'threads',
      'device',
    ]);
    expect(report).toMatchObject({ tokens: 2 * (words + lines), vocabulary: 19, threads: 1 });
    expect(report.tokensPerSecond).toBeCloseTo(report.tokens / report.seconds, 3);
    expect(report.loss).toBeGreaterThan(0);
  });

  it('counts only words without the line-end token', async () => {
    const args = ['word2vec', text, '-o', path('no-line-ends.txt'), '--no-line-end-token', '--json'];
    const report = JSON.parse((await wordmill(args)).stdout);
    expect(report).toMatchObject({ tokens: 5 * words, vocabulary: 18 });
  });

  it('gives the same vectors for the same seed on one thread, and others for another', async () => {
    const train = async (name: string, seed: string): Promise<Buffer> => {
      const args = ['word2vec', '-train', text, '-output', path(name), '-threads', '1', '--seed', seed, '-binary', '1'];
      expect((await wordmill(args)).status).toBe(0);
      return readFileSync(path(name));
    };
    const first = await train('seed-7.bin', '7');
    expect(await train('seed-7-again.bin', '7')).toEqual(first);
    expect(await train('seed-8.bin', '8')).not.toEqual(first);
  });

  it('trains by the objective that -hs and -negative mean', async () => {
    const objectiveFor = async (...args: string[]): Promise<string> => {
      const model = path('objective.safetensors');
      const { status } = await wordmill(['word2vec', '-train', text, '-output', model, '-size', '8', ...args]);
      expect(status).toBe(0);
      const { objective } = (await Word2Vec.load(model)).options;
      return objective;
    };
    expect(await objectiveFor('-hs', '1')).toBe('both');
    expect(await objectiveFor('-hs', '1', '-negative', '0')).toBe('hierarchical-softmax');
    expect(await objectiveFor('-negative', '3')).toBe('negative-sampling');
    expect(await objectiveFor('--objective', 'softmax')).toBe('softmax');
  });

  it('hands every option to the model', async () => {
    const model = path('options.safetensors');
    const line =
      `${text} --model ${model} --vector-size 12 --window-size 3 --architecture skip-gram --negative-samples 4 ` +
      '--negative-exponent 0.5 --sample 0.01 --epochs 2 --learning-rate 0.03 --learning-rate-end 0.01 --fixed-window ' +
      '--seed 9 --min-count 2 --max-vocabulary 10 --fixed-sentences --max-sentence-length 50 --lowercase --max-token-bytes 98';
    expect((await wordmill(['word2vec', ...line.split(' ')])).status).toBe(0);
    const loaded = await Word2Vec.load(model);
    expect(loaded.options).toMatchObject({
      vectorSize: 12,
      windowSize: 3,
      architecture: 'skip-gram',
      negativeSamples: 4,
      negativeExponent: 0.5,
      sample: 0.01,
      epochs: 2,
      learningRate: 0.03,
      learningRateEnd: 0.01,
      dynamicWindow: false,
      seed: 9,
      minCount: 2,
      sentence: 'fixed',
      maxSentenceLength: 50,
      lowercase: true,
      maxTokenBytes: 98,
      lineEndToken: true,
    });
    expect(loaded.vectors.size).toBeLessThanOrEqual(11);
  });

  it('reads standard input, and writes standard output', async () => {
    const { status, stdout } = await wordmill(['word2vec', '-train', '-', '-output', '-', '-size', '4'], {
      input: topicText(),
    });
    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toBe('19 4');
    expect(stdout.trimEnd().split('\n')).toHaveLength(20);
  });

  it('keeps words that are not UTF-8 as they are', async () => {
    const latin1 = path('latin1.txt');
    writeFileSync(latin1, Buffer.from('caf\xe9 noir '.repeat(20), 'latin1'));
    const output = path('latin1-vectors.txt');
    expect((await wordmill(['word2vec', '-train', latin1, '-output', output, '-size', '4'])).status).toBe(0);
    expect(readFileSync(output).includes(Buffer.from('\ncaf\xe9 ', 'latin1'))).toBe(true);
  });

  it('saves the vocabulary alone, and trains with one', async () => {
    const saved = path('vocabulary.txt');
    expect((await wordmill(['word2vec', '-train', text, '-save-vocab', saved])).status).toBe(0);
    const entries = readFileSync(saved, 'utf8').trimEnd().split('\n');
    expect(entries[0]).toBe(`</s> ${lines}`);
    expect(entries).toHaveLength(19);
    for (const entry of entries) expect(entry).toMatch(/^\S+ \d+$/);

    const given = write('given.txt', 'ship 900\nking 1000\n</s> 1500\nrare 2\nbread 1100\n');
    const output = path('given-vectors.txt');
    const args = [
      'word2vec',
      '-train',
      text,
      '-read-vocab',
      given,
      '-output',
      output,
      '-save-vocab',
      path('again.txt'),
    ];
    expect((await wordmill(args)).status).toBe(0);
    const rows = readFileSync(output, 'utf8').trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(' ')[0])).toEqual(['</s>', 'bread', 'king', 'ship']);
    expect(readFileSync(path('again.txt'), 'utf8')).toBe('</s> 1500\nbread 1100\nking 1000\nship 900\n');
  });

  it('writes classes of words', async () => {
    const output = path('classes.txt');
    const args = ['word2vec', '-train', text, '-output', output, '-classes', '4'];
    expect((await wordmill(args)).status).toBe(0);
    const classes = new Map(
      readFileSync(output, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    );
    expect(classes.size).toBe(19);
    for (const found of classes.values()) expect(['0', '1', '2', '3']).toContain(found);
  });

  it('goes on from a checkpoint to what the uninterrupted training gives', async () => {
    const common = ['-size', '10', '-threads', '1', '-cbow', '0'];
    const whole = path('whole.txt');
    const checkpoint = path('checkpoint.safetensors');
    await wordmill(['word2vec', '-train', text, '-output', whole, '--checkpoint', checkpoint, ...common]);
    const resumed = path('resumed.txt');
    const { status } = await wordmill(['word2vec', '-train', text, '--resume', checkpoint, '-output', resumed]);
    expect(status).toBe(0);
    expect(readFileSync(resumed)).toEqual(readFileSync(whole));
    const refused = await wordmill([
      'word2vec',
      '-train',
      text,
      '--resume',
      checkpoint,
      '-output',
      resumed,
      '-size',
      '5',
    ]);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
  });

  it('starts from given vectors and leaves locked ones alone', async () => {
    const initial = write('initial.txt', '1 3\nking 1 2 3\n');
    const output = path('locked.txt');
    const args = ['-train', text, '-output', output, '-size', '3', '--initial-vectors', initial, '--initial-lock', '0'];
    expect((await wordmill(['word2vec', ...args])).status).toBe(0);
    expect(readFileSync(output, 'utf8')).toContain('\nking 1.000000 2.000000 3.000000\n');
  });

  it('tells what a training would take', async () => {
    const { status, stdout } = await wordmill(['word2vec', '-train', text, '--plan', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ vocabulary: 19, tokensPerEpoch: words + lines });
  });

  it('says nothing with -debug 0', async () => {
    const args = ['word2vec', '-train', text, '-output', path('quiet.txt'), '-debug', '0'];
    expect(await wordmill(args)).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('stops on Ctrl-C with status 130 and leaves no file behind', async () => {
    const long = write('long.txt', topicText(20_000));
    const { status, stdout, stderr } = await wordmill(
      ['word2vec', '-train', long, '-output', path('never.txt'), '-iter', '100000'],
      { onStart: (kill) => setTimeout(() => kill('SIGINT'), 2000) },
    );
    expect({ status, stdout, stderr }).toEqual({ status: 130, stdout: '', stderr: 'wordmill: interrupted\n' });
    expect(readdirSync(path('.')).filter((name) => name.includes('never'))).toEqual([]);
  });
});

describe('wordmill word2phrase', () => {
  const phrases = write(
    'phrases.txt',
    'new york is big\nnew york was old\nthe big old hill\nnew york rocks\nthe hill was big\nall of new york\n',
  );
  const common = ['-train', phrases, '-min-count', '1', '-threshold', '2'];

  it('joins what belongs together', async () => {
    const { status, stdout } = await wordmill(['word2phrase', ...common, '-output', path('joined.txt'), '--json']);
    expect(status).toBe(0);
    expect(readFileSync(path('joined.txt'), 'utf8')).toMatch(/^new_york is big\nnew_york was old\n/);
    expect(JSON.parse(stdout)).toEqual({ phrases: 1, tokensRead: 23, tokensWritten: 19 });
  });

  it('saves phrases and joins them in another text', async () => {
    const saved = path('phrases.json');
    expect((await wordmill(['word2phrase', ...common, '--save-phrases', saved])).status).toBe(0);
    const { stdout } = await wordmill(['word2phrase', '-train', '-', '-output', '-', '--read-phrases', saved], {
      input: 'I love new york\n',
    });
    expect(stdout).toBe('I love new_york\n');
  });
});

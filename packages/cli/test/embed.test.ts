import { existsSync, readdirSync } from 'node:fs';
import { KeyedVectors, NextTokenModel } from '@wordmill/core';
import { describe, expect, it } from 'vitest';
import { scratchFolder, topicText, wordmill } from './wordmill.js';

const { path, write } = scratchFolder();
const text = write('text.txt', topicText());
const small = ['--vector-size', '8', '--context-size', '2', '--batch-size', '64', '--epochs', '1'];

describe('wordmill embed', () => {
  it('writes a model and tells the three perplexities', async () => {
    const output = path('model.safetensors');
    const { status, stdout, stderr } = await wordmill(['embed', text, '-o', output, '--vector-size', '16']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^18 words learned from 71,250 tokens in [\d.]+ s/);
    const [, model, pairs, words] = stdout.match(/this model +([\d.]+)\n.*pairs.* ([\d.]+)\n.*words +([\d.]+)\n/)!;
    // Words of three topics of six each: knowing the topic leaves six.
    expect(Number(model)).toBeLessThan(7.5);
    expect(Number(pairs)).toBeLessThan(8);
    expect(Number(words)).toBeGreaterThan(17);
    expect(stdout).toContain(`saved ${output}`);
    const [next] = await (await NextTokenModel.load(output)).predict(['king', 'queen'], { topN: 1 });
    expect(['king', 'queen', 'throne', 'crown', 'palace', 'prince']).toContain(next!.key);
  });

  it('gives one JSON object with the figures of the training', async () => {
    const { status, stdout, stderr } = await wordmill([
      'embed',
      text,
      '-o',
      path('json.safetensors'),
      ...small,
      '--json',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ tokens: 14_250, vocabulary: 18, trainingPerplexity: expect.any(Number) });
    expect(Object.keys(report.validation).sort()).toEqual(
      ['bigramK', 'bigramPerplexity', 'perplexity', 'tokens', 'unigramPerplexity'].sort(),
    );
    expect(report.validation.tokens).toBe(750);
    expect(report.tokensPerSecond).toBeCloseTo(report.tokens / report.seconds, 3);
  });

  it('hands every option to the model', async () => {
    const output = path('options.safetensors');
    const line =
      `${text} -o ${output} --vector-size 12 --context-size 3 --context mean --objective sampled-softmax --negative-samples 9 ` +
      '--negative-exponent 0.5 --tied --batch-size 100 --epochs 2 --optimizer sgd --momentum 0.5 --weight-decay 0.001 ' +
      '--learning-rate 0.3 --schedule linear --warmup 0.1 --learning-rate-end 0.01 --seed 9 --min-count 2 ' +
      '--max-vocabulary 10 --fixed-sentences --max-sentence-length 50 --line-end-token --lowercase --max-token-bytes 98';
    expect(await wordmill(['embed', ...line.split(' ')])).toMatchObject({ status: 0, stderr: '' });
    const { options, vectors } = await NextTokenModel.load(output);
    expect(options).toMatchObject({
      ...{ vectorSize: 12, contextSize: 3, context: 'mean', objective: 'sampled-softmax', negativeSamples: 9 },
      ...{ negativeExponent: 0.5, tied: true, batchSize: 100, epochs: 2, optimizer: 'sgd', momentum: 0.5 },
      ...{ weightDecay: 0.001, learningRate: 0.3, schedule: 'linear', warmup: 0.1, learningRateEnd: 0.01, seed: 9 },
      ...{ minCount: 2, sentence: 'fixed', maxSentenceLength: 50, lineEndToken: true, lowercase: true },
      ...{ maxTokenBytes: 98, keepOutput: true },
    });
    expect(vectors.has('</s>')).toBe(true);
    expect(vectors.size).toBeLessThanOrEqual(11);
  });

  it('measures with another text, reads standard input, and leaves the output away', async () => {
    const other = write('other.txt', 'king queen king\nship sail\n');
    const output = path('bare.safetensors');
    const args = ['embed', '-', '-o', output, '--validation-text', other, '--discard-output', ...small, '--json'];
    const { status, stdout } = await wordmill(args, { input: topicText() });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ tokens: 15_000, validation: { tokens: 5 } });
    expect((await KeyedVectors.load(output)).dimension).toBe(8);
    await expect((await NextTokenModel.load(output)).predict(['king'])).rejects.toThrow(/keepOutput/);
  });

  it('says what is wrong with a command line, and writes nothing', async () => {
    const output = path('wrong.safetensors');
    const wrong: [args: string[], status: number, message: RegExp][] = [
      [[text], 2, /give -o FILE/],
      [['-o', output], 2, /there is no text/],
      [[text, '-o', output, '--context', 'sum'], 2, /concatenated or mean/],
      [[text, '-o', output, '--validation', '0.1', '--validation-text', text], 2, /cannot go with/],
      [[text, '-o', output, '--validation', '2'], 2, /validation/],
      [[text, '-o', output, '--momentum', '0.9'], 2, /only with 'sgd'/],
      [[path('missing.txt'), '-o', output], 1, /no such file/],
      [[text, '-o', output, '--min-count', '100000'], 1, /lower --min-count/],
      [[text, '-o', output, '--optimizer', 'sgd', '--learning-rate', '1e30'], 1, /diverged/],
    ];
    for (const [args, status, message] of wrong) {
      const run = await wordmill(['embed', ...args]);
      expect(run.stderr).toMatch(message);
      expect(run).toMatchObject({ status, stdout: '' });
    }
    expect(existsSync(output)).toBe(false);
  });

  it('stops on Ctrl-C with status 130 and leaves no file behind', async () => {
    const { status, stdout, stderr } = await wordmill(
      ['embed', text, '-o', path('never.safetensors'), '--epochs', '100000'],
      { onStart: (kill) => setTimeout(() => kill('SIGINT'), 2000) },
    );
    expect({ status, stdout, stderr }).toEqual({ status: 130, stdout: '', stderr: 'wordmill: interrupted\n' });
    expect(readdirSync(path('.')).filter((name) => name.includes('never'))).toEqual([]);
  });
});

import { type DeviceOption, devices } from '@wordmill/core';
import { describe, expect, it } from 'vitest';
import { EMULATED_GPU, inTrouble, useEmulatedModule } from '../../../native/test/emulated-module.js';
import { sample } from './sample-vectors.js';

useEmulatedModule();

describe('devices()', () => {
  it('lists the GPUs by the names that option device takes', async () => {
    const { gpus, reason, module } = await devices();
    expect(reason).toBeUndefined();
    expect(module?.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(gpus).toHaveLength(1);
    expect(gpus[0]).toMatchObject({
      ...{ device: 'cuda:0', name: EMULATED_GPU, capability: '9.0', driver: '13.0', runtime: '13.0' },
      memory: 8 * 2 ** 30,
    });
  });

  it('says why there are none', async () => {
    const found = await inTrouble('no-driver', devices);
    expect(found).toMatchObject({ gpus: [], reason: 'no NVIDIA driver is installed' });
  });
});

describe('option device', () => {
  const { kv } = sample(300, 20);

  it.each(['gpu', 'cuda:', 'cuda:x', 'CUDA', 0, null])('is not %j', async (device) => {
    await expect(kv.mostSimilar('w1', { device: device as DeviceOption })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_OPTION',
      option: 'device',
      message: expect.stringContaining("must be 'cpu', 'cuda', 'cuda:N' with the number of a GPU, or 'auto'"),
    });
  });

  // Before a GPU is opened, which then stays open.
  it('is refused by name where there is no GPU, and passed over with auto', async () => {
    const expected = await kv.mostSimilar('w1');
    await inTrouble('no-driver', async () => {
      for (const device of ['cuda', 'cuda:0', 'cuda:1'] as const) {
        await expect(kv.mostSimilar('w1', { device })).rejects.toMatchObject({
          code: 'ERR_WORDMILL_DEVICE',
          message: expect.stringContaining('no NVIDIA driver is installed'),
        });
      }
      expect(await kv.mostSimilar('w1', { device: 'auto' })).toEqual(expected);
    });
  });

  it.each(['cuda', 'cuda:0', 'auto'] as const)('finds the same neighbours with %s', async (device) => {
    const expected = await kv.mostSimilarBatch(['w1', 'w7', 'w299'], { exclude: ['w5'] });
    const found = await kv.mostSimilarBatch(['w1', 'w7', 'w299'], { exclude: ['w5'], device });
    expect(found.map((list) => list.map(({ key }) => key))).toEqual(expected.map((list) => list.map(({ key }) => key)));
    for (const [i, list] of found.entries()) {
      for (const [j, { score }] of list.entries()) expect(score).toBeCloseTo(expected[i]![j]!.score, 5);
    }
    const filtered = await kv.mostSimilar('w1', { topN: 5, filter: (key) => key.endsWith('3'), device });
    expect(filtered).toHaveLength(5);
    for (const { key } of filtered) expect(key).toMatch(/3$/);
    expect(await kv.analogy('w1', 'w2', 'w3', { device })).toHaveLength(10);
  });

  it('answers as many analogies with cuda', async () => {
    const { key } = (await kv.analogy('w9', 'w10', 'w11'))[0]!;
    const questions = [': one', 'w1 w2 w3 w4', ': two', `w9 w10 w11 ${key}`];
    const found = await kv.evaluateWordAnalogies(questions, { device: 'cuda' });
    expect(found).toMatchObject({ questions: 2, correct: 1 });
    expect(found).toEqual(await kv.evaluateWordAnalogies(questions));
  });

  it('names the GPUs there are when another one is asked for', async () => {
    await expect(kv.mostSimilar('w1', { device: 'cuda:1' })).rejects.toMatchObject({
      code: 'ERR_WORDMILL_DEVICE',
      message: 'cuda device 1 does not exist; there are devices 0 to 0',
    });
  });

  it('is refused where only the processor works', async () => {
    const unsupported = { code: 'ERR_WORDMILL_UNSUPPORTED', option: 'device' };
    expect(() => kv.mostSimilarSync('w1', { device: 'cuda' })).toThrow(expect.objectContaining(unsupported));
    await expect(kv.analogy('w1', 'w2', 'w3', { method: '3CosMul', device: 'cuda' })).rejects.toMatchObject(
      unsupported,
    );
    expect(kv.mostSimilarSync('w1', { device: 'auto' })).toEqual(kv.mostSimilarSync('w1'));
  });
});

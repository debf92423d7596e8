import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { native } from '@wordmill/native';
import { describe, expect, it } from 'vitest';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

function run(name: string, ...args: string[]): { readonly status: number | null; readonly stdout: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [fixture(name), ...args], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return { status, stdout };
}

describe('a worker thread', () => {
  it('may be terminated in the middle of training, 50 times', async () => {
    for (let i = 0; i < 50; i++) {
      const worker = new Worker(fixture('train-forever.mjs'));
      const [message] = await once(worker, 'message');
      expect(message).toBe('running');
      await worker.terminate();
    }
    const table = native().createTable('f32', 2, 2);
    expect([...(await table.norms(0))]).toEqual([0, 0]);
  });

  it('may end by itself with work under way', async () => {
    for (let i = 0; i < 5; i++) {
      const worker = new Worker(fixture('train-forever.mjs'), { argv: ['exit'] });
      const [code] = await once(worker, 'exit');
      expect(code).toBe(7);
    }
  });

  it('may run beside others', async () => {
    const workers = Array.from({ length: 4 }, () => new Worker(fixture('train-forever.mjs')));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    await Promise.all(workers.map((worker) => worker.terminate()));
  });
});

describe('a process', () => {
  it('outlives worker threads that were the only ones to load the engine', () => {
    expect(run('only-workers.mjs')).toEqual({ status: 0, stdout: 'done' });
  });

  it('lives while somebody waits for work, and no longer', () => {
    expect(run('wait-for-work.mjs', 'rest')).toEqual({ status: 0, stdout: 'rested' });
    expect(run('wait-for-work.mjs', 'task')).toEqual({ status: 0, stdout: 'searched' });
    expect(run('wait-for-work.mjs', 'nobody')).toEqual({ status: 0, stdout: '' });
  });

  it('may exit in the middle of training', () => {
    expect(run('train-forever.mjs', 'exit')).toEqual({ status: 7, stdout: '' });
  });
});

import { runtime } from '@wordmill/core';
import { describe, expect, it } from 'vitest';
import { wordmill } from './wordmill.js';

interface Report {
  readonly machine: { readonly processor: string; readonly threads: number };
  readonly versions: { readonly compiler: string };
  readonly isas: readonly string[];
  readonly settings: { readonly threads: number; readonly rounds: number };
  readonly figures: readonly {
    readonly name: string;
    readonly unit: string;
    readonly results: Readonly<
      Record<string, { median: number; samples: readonly number[]; ratio: number; loss?: number }>
    >;
  }[];
}

const TRAININGS = [
  'skip-gram, negative sampling',
  'skip-gram, hierarchical softmax',
  'CBOW, negative sampling',
  'CBOW, hierarchical softmax',
  'GloVe, training',
];

const quick = ['bench', '--quick', '--threads', '1'];

describe('wordmill bench', () => {
  const { available, processor, compiler } = runtime();

  it('measures each instruction set in a process of its own, and its ratio to the scalar fallback', async () => {
    const { status, stdout, stderr } = await wordmill([...quick, '--rounds', '3', '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const report = JSON.parse(stdout) as Report;
    expect(report.machine.processor).toBe(processor);
    expect(report.versions.compiler).toBe(compiler);
    expect(report.settings).toMatchObject({ threads: 1, rounds: 3 });
    expect([...report.isas].sort()).toEqual([...available].sort());
    expect(report.figures.map(({ name }) => name)).toEqual(expect.arrayContaining(TRAININGS));
    for (const { name, results } of report.figures) {
      expect(Object.keys(results), name).toEqual(report.isas);
      const scalar = results.scalar!;
      expect(scalar.ratio, name).toBe(1);
      for (const { median, samples, ratio } of Object.values(results)) {
        expect(samples, name).toHaveLength(3);
        expect([...samples].sort((a, b) => a - b)[1], name).toBe(median);
        const ratios = samples.map((sample, round) => sample / scalar.samples[round]!).sort((a, b) => a - b);
        expect(ratios[1], name).toBe(ratio);
        expect(median, name).toBeGreaterThan(0);
      }
    }
  });

  it('learns the same in each instruction set', async () => {
    const { stdout } = await wordmill([...quick, '--rounds', '1', '--json']);
    const { figures } = JSON.parse(stdout) as Report;
    for (const { name, results } of figures.filter(({ name }) => TRAININGS.includes(name))) {
      const scalar = results.scalar!.loss!;
      for (const { loss } of Object.values(results)) expect(Math.abs(loss! / scalar - 1), name).toBeLessThan(0.01);
    }
  });

  it('prints a Markdown table of the instruction sets that were asked for', async () => {
    const { status, stdout } = await wordmill([...quick, '--isa', 'scalar', '--markdown']);
    expect(status).toBe(0);
    const rows = stdout.split('\n').filter((line) => line.startsWith('|'));
    expect(rows[0]).toBe('|  | unit | scalar | loss |');
    expect(rows[1]).toBe('| --- | ---: | ---: | ---: |');
    for (const name of TRAININGS) expect(rows.some((row) => row.startsWith(`| ${name} |`))).toBe(true);
  });

  it.each([
    [['--isa', 'mmx'], /--isa mmx does not run here; these do: .*scalar/],
    [['--words', '10'], /--words must be at least 1000, not 10/],
    [['--markdown', '--json'], /--markdown cannot go with --json/],
    [['text.txt'], /bench takes no operand; text.txt is too much/],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await wordmill(['bench', ...args]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('stops on Ctrl-C with status 130', async () => {
    const { status, stdout, stderr } = await wordmill(['bench', '--words', '100000000'], {
      onStart: (kill) => setTimeout(() => kill('SIGINT'), 3000),
    });
    expect({ status, stdout, stderr }).toEqual({ status: 130, stdout: '', stderr: 'wordmill: interrupted\n' });
  });
});

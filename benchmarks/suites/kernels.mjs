import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const wordmill = fileURLToPath(new URL('../../packages/cli/bin/wordmill.js', import.meta.url));

export const kernels = {
  name: 'kernels',
  title: 'Every kernel in each instruction set against the scalar fallback, on synthetic text',
  needs: [],
  async run({ options: { rounds, threads } }) {
    const args = ['bench', '--json', '--rounds', String(rounds), '--threads', String(threads)];
    const output = execFileSync(process.execPath, [wordmill, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const report = JSON.parse(output.toString());
    const figures = report.figures.flatMap(({ name, unit, results }) => {
      const { scalar, ...others } = results;
      const peer = { name: 'scalar', median: scalar.median, samples: scalar.samples };
      return Object.entries(others).map(([isa, { median, samples, ratio, loss }]) => {
        const ratios = { median: ratio, samples: samples.map((sample, round) => sample / scalar.samples[round]) };
        return { name: `${name}, ${isa}`, unit, ours: { median, samples, loss }, peer, ratio: ratios };
      });
    });
    return { figures, settings: report.settings };
  },
};

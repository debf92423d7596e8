import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../../examples/', import.meta.url));
// The demo takes as long as all tests together.
const examples = readdirSync(folder).filter((name) => name.endsWith('.mjs') && name !== 'demo.mjs');

it.each(examples)('examples/%s runs', (name) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [folder + name], { encoding: 'utf8' });
  expect({ status, stderr: stderr.replace(/^(corpus|training) (\d+|NaN) %\n/gm, '') }).toEqual({
    status: 0,
    stderr: '',
  });
  expect(stdout).not.toBe('');
});

// node scripts/run-built.mjs MODULE [ARGUMENT...]: builds what has changed, with all build output on standard error,
// then runs the module in the folder of the caller.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const module = process.argv[2];

function step(command, args) {
  const shell = process.platform === 'win32';
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell });
  if (status !== 0) process.exit(1);
}

step(process.execPath, ['native/scripts/toolchain.mjs']);
step('turbo', ['run', 'build', '--output-logs=new-only']);

process.chdir(process.env.INIT_CWD ?? process.cwd());
process.argv.splice(1, 2, `${root}${module}`);
await import(new URL(`../${module}`, import.meta.url).href);

// What a user gets: packs every public package, installs the tarballs with npm in an empty folder, and loads them with
// `import`, `require` and the command line. Then a TypeScript user, publint and attw.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Not a dependency of the repository: it would double what every clone installs.
const attw = '@arethetypeswrong/cli@0.18.5';
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'wordmill-packages-'));
const run = (command, args, cwd = root) => execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });

/** The module for GPUs takes nvcc, which not every machine has. */
const hasCuda = existsSync(join(root, 'native/build-cuda/libwordmill_cuda.so'));

try {
  if (!hasCuda)
    console.log('@wordmill/cuda-linux-x64: LEFT OUT, as it was not built (native/cuda/build.sh, with nvcc)');
  const left = ['!wordmill-monorepo', ...(hasCuda ? [] : ['!@wordmill/cuda-linux-x64'])];
  run('pnpm', ['-r', ...left.flatMap((name) => ['--filter', name]), 'pack', '--pack-destination', folder]);
  const tarballs = readdirSync(folder).map((file) => join(folder, file));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--no-audit', '--no-fund', ...tarballs], folder);

  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  // The platform package is a binary, and the command line has its own check below.
  const libraries = Object.keys(dependencies).filter((name) => !/linux|^wordmill$/.test(name));
  for (const name of libraries) {
    run(process.execPath, ['--input-type=module', '-e', `await import('${name}')`], folder);
    run(process.execPath, ['-e', `require('${name}')`], folder);
    console.log(`${name}: import and require`);
  }
  const consumer = libraries.map((name, i) => `export * as p${i} from '${name}';\n`).join('');
  writeFileSync(join(folder, 'consumer.ts'), consumer);
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  run('tsc', ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', ...types, 'consumer.ts'], folder);
  console.log('declarations: compile without skipLibCheck');

  const info = JSON.parse(run('npx', ['--no-install', 'wordmill', 'info', '--json'], folder));
  console.log(`wordmill: runs from its tarball (${info.isa})`);
  if ((info.cuda.module !== undefined) !== hasCuda) throw new Error(`module for GPUs: ${info.cuda.reason}`);
  if (hasCuda) console.log(`wordmill: loads the module for GPUs from its tarball (${info.cuda.reason ?? 'has a GPU'})`);

  for (const tarball of tarballs) {
    run('publint', [tarball, '--strict']);
    if (!/linux/.test(tarball)) run('pnpm', ['dlx', attw, tarball, '--profile', 'esm-only']);
  }
  console.log(`publint and attw: ${tarballs.length} packages`);
} catch (error) {
  if (error.stdout) process.stderr.write(error.stdout);
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

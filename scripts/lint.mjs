// Formatting, lint, types of what is not shipped, and layers. `--write` mends what can be mended.
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const write = process.argv.includes('--write');
const shell = process.platform === 'win32';
const failed = [];

function check(name, command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell });
  if (error?.code === 'ENOENT' && name === 'clang-format') {
    console.error('lint: clang-format not found, so the C and C++ sources were NOT checked');
  } else if (status !== 0) {
    failed.push(name);
  }
}

const patterns = ['native/**/*.h', 'native/**/*.c', 'native/**/*.cpp', 'native/**/*.cu'];
const listing = ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns];
const sources = execFileSync('git', listing, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);

check('biome', 'biome', ['check', '--error-on-warnings', ...(write ? ['--write'] : [])]);
check('clang-format', 'clang-format', [...(write ? ['-i'] : ['--dry-run', '--Werror']), ...sources]);
if (!write) {
  check('types', 'tsc', ['-p', '.']);
  check('layers', process.execPath, ['scripts/check-layers.mjs']);
}
if (failed.length > 0) {
  console.error(`lint: ${failed.join(', ')} failed${write ? '' : '; `pnpm format` mends formatting'}`);
  process.exit(1);
}

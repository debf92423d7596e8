// Builds the engine without Node, and runs the C and C++ tests. Arguments go to ctest: `pnpm --filter @wordmill/native test -R kernel`.
import { availableParallelism } from 'node:os';
import { program, run, toolchain } from './toolchain.mjs';

program(() => {
  toolchain();
  run('cmake', ['-S', '.', '-B', 'out', '-DWORDMILL_TESTS=ON']);
  run('cmake', ['--build', 'out', '--parallel', String(availableParallelism())]);
  const report = ['--output-junit', 'ctest.xml'];
  run('ctest', ['--test-dir', 'out', '--output-on-failure', '--no-tests=error', ...report, ...process.argv.slice(2)]);
});

// Builds the module for GPUs as it is emulated on the processor: out/cuda/emulator/libwordmill_emulated.so, for tests of the
// packages. In the folder of ctest.mjs, so that it is compiled once.
import { availableParallelism } from 'node:os';
import { program, run, toolchain } from './toolchain.mjs';

program(() => {
  toolchain();
  run('cmake', ['-S', '.', '-B', 'out', '-DWORDMILL_TESTS=ON']);
  run('cmake', ['--build', 'out', '--target', 'wordmill_emulated', '--parallel', String(availableParallelism())]);
});

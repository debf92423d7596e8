// Builds the Node addon: build/Release/wordmill.node.
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { program, run, toolchain } from './toolchain.mjs';

const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');

program(() => {
  toolchain();
  for (const step of ['configure', 'build']) {
    run(process.execPath, [cmakeJs, step, '--log-level', 'warn'], {
      CMAKE_BUILD_PARALLEL_LEVEL: String(availableParallelism()),
    });
  }
});

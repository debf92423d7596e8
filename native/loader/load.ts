import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Binding } from './binding.js';
import { WordmillError, type WordmillErrorCode } from './errors.js';
import { platform } from './platform.js';

/** WM_ABI_VERSION of the `wordmill.h` that `binding.ts` describes. */
const ABI_VERSION = 23;

const require = createRequire(import.meta.url);
const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const LOCAL_BUILD = fromHere('../build/Release/wordmill.node');

let loaded: Binding | undefined;

/**
 * The compiled engine, loaded at the first call. Throws ERR_WORDMILL_NATIVE or ERR_WORDMILL_UNSUPPORTED with everything
 * that was tried and the command that mends it, and ERR_WORDMILL_UNSUPPORTED when the environment variable WORDMILL_ISA
 * names an instruction set that this machine lacks.
 */
export function native(): Binding {
  loaded ??= load();
  return loaded;
}

/** Where the engine may be, in the order of trying. */
const sources = [
  { name: () => LOCAL_BUILD, open: () => require(LOCAL_BUILD) as Binding },
  { name: () => `@wordmill/${platform()}`, open: openPlatformPackage },
];

function load(): Binding {
  const failures: { readonly source: string; readonly error: unknown }[] = [];
  for (const { name, open } of sources) {
    try {
      const binding = open();
      binding.setErrorFactory(
        ({ code, message, ...details }) =>
          new WordmillError(`ERR_WORDMILL_${code}` as WordmillErrorCode, message, details),
      );
      const { abiVersion } = binding.runtime();
      if (abiVersion === ABI_VERSION) return binding;
      throw new Error(`it is of another version (interface ${abiVersion}, expected ${ABI_VERSION})`);
    } catch (error) {
      if (error instanceof WordmillError) throw error;
      failures.push({ source: name(), error });
    }
  }
  const tried = failures.map(({ source, error }) => `  ${source}: ${firstLine(error)}`).join('\n');
  throw new WordmillError(
    hasPackage() ? 'ERR_WORDMILL_NATIVE' : 'ERR_WORDMILL_UNSUPPORTED',
    `The engine of Wordmill could not be loaded on ${platform()}. Tried:\n${tried}\n${remedy()}`,
    { cause: new AggregateError(failures.map(({ error }) => error)) },
  );
}

/** Every ready binary by its literal name, so that bundlers and package managers see what may be loaded. */
function openPlatformPackage(): Binding {
  switch (platform()) {
    case 'linux-x64':
      return require('@wordmill/linux-x64') as Binding;
    default:
      throw new Error('there is no ready binary for this platform');
  }
}

const hasPackage = (): boolean => platform() === 'linux-x64';

function remedy(): string {
  if (existsSync(fromHere('../node/addon.cpp'))) {
    return 'Build it with:\n\n  npx -y pnpm@12 --filter @wordmill/native build\n';
  }
  if (hasPackage()) {
    const { version } = require('../package.json') as { readonly version: string };
    return `Install it (optional dependencies must not be omitted) with:\n\n  npm install @wordmill/${platform()}@${version}\n`;
  }
  return 'Build it in a clone of the repository with:\n\n  npx -y pnpm@12 --filter @wordmill/native build\n';
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}

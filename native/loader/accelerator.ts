import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ModuleInfo } from './binding.js';
import { WordmillError } from './errors.js';
import { native } from './load.js';
import { platform } from './platform.js';

/** Set, it is the absolute path of the module, and no other is looked for. */
const VARIABLE = 'WORDMILL_CUDA';

const require = createRequire(import.meta.url);

/** An accelerator module that was loaded. */
export interface Accelerator {
  readonly path: string;
  readonly info: ModuleInfo;
}

let found: { readonly setting: string | undefined; readonly module: Promise<Accelerator> } | undefined;

/**
 * The module for NVIDIA GPUs, looked for at the first call: what WORDMILL_CUDA names, else the package
 * `@wordmill/cuda-linux-x64`, which nothing depends on, beside this package or where the process was started.
 * ERR_WORDMILL_DEVICE with everything that was tried and what mends it. A module that finds no GPU is no error.
 */
export function accelerator(): Promise<Accelerator> {
  const setting = process.env[VARIABLE] || undefined;
  if (found === undefined || found.setting !== setting) found = { setting, module: load(setting) };
  return found.module;
}

async function load(setting: string | undefined): Promise<Accelerator> {
  const engine = native();
  const failures: { readonly source: string; readonly error: unknown }[] = [];
  for (const { name, locate } of setting === undefined ? packages() : [chosen(setting)]) {
    try {
      const path = locate();
      return { path, info: await engine.loadModule(path) };
    } catch (error) {
      failures.push({ source: name, error });
    }
  }
  const tried = failures.map(({ source, error }) => `${source}: ${reasonOf(error)}`).join('; ');
  throw new WordmillError(
    'ERR_WORDMILL_DEVICE',
    `the module for NVIDIA GPUs could not be loaded (${tried}). ${remedy(setting)}`,
    { cause: new AggregateError(failures.map(({ error }) => error)) },
  );
}

interface Source {
  readonly name: string;
  /** Throws where there is none. */
  locate(): string;
}

const chosen = (path: string): Source => ({ name: VARIABLE, locate: () => path });

/** The package from here, as in a flat node_modules, and from the project's folder, as pnpm keeps packages apart. */
function packages(): Source[] {
  if (packageName() === undefined) return [];
  return [
    { name: 'beside the engine', locate: () => resolved(require) },
    { name: `from ${process.cwd()}`, locate: () => resolved(createRequire(join(process.cwd(), 'package.json'))) },
  ];
}

/** By its literal name, so that bundlers and package managers see what may be loaded. */
const resolved = (from: NodeJS.Require): string => from.resolve('@wordmill/cuda-linux-x64');

const packageName = (): string | undefined => (platform() === 'linux-x64' ? '@wordmill/cuda-linux-x64' : undefined);

function remedy(setting: string | undefined): string {
  const name = packageName();
  if (name === undefined) return `There is none for ${platform()}; use device 'cpu'`;
  const { version } = require('../package.json') as { readonly version: string };
  const install = `npm install ${name}@${version}`;
  return setting === undefined
    ? `Install it with: ${install}`
    : `${VARIABLE} must be the absolute path of a libwordmill_cuda.so of version ${version}; unset it and use: ${install}`;
}

function reasonOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return 'not installed';
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}

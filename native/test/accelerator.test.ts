import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { EMULATED_GPU, emulatedModule } from './emulated-module.js';

const dist = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const engine = fileURLToPath(new URL('../build/Release/wordmill.node', import.meta.url));
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'wordmill-accelerator-')));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Found {
  readonly path?: string;
  readonly info?: {
    readonly name: string;
    readonly version: string;
    readonly devices: number;
    readonly reason: string;
  };
  readonly gpu?: { readonly name: string; readonly memory: number; readonly free: number; readonly capability: number };
  readonly error?: { readonly code: string; readonly message: string };
}

/** Looks for the module in a new process, and opens a device of it. */
function look(env: NodeJS.ProcessEnv, { cwd = scratch, index = 0 } = {}): Found {
  const script = `
    const { accelerator, native } = await import(${JSON.stringify(dist)});
    const found = {};
    try {
      Object.assign(found, await accelerator());
      found.gpu = (await native().openDevice(found.path, ${index})).describe();
    } catch (error) {
      found.error = { code: error.code, message: error.message };
    }
    process.stdout.write(JSON.stringify(found));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd,
    env: { ...process.env, NODE_PATH: '', WORDMILL_CUDA: '', WORDMILL_EMULATOR: '', ...env },
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

/** A project with the package of the module, which holds a file of ours. */
function project(name: string, module: string): string {
  const folder = join(scratch, name, 'node_modules/@wordmill/cuda-linux-x64');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    '{ "name": "@wordmill/cuda-linux-x64", "version": "0.1.0", "main": "libwordmill_cuda.so" }',
  );
  cpSync(module, join(folder, 'libwordmill_cuda.so'));
  return join(scratch, name);
}

describe('the module for GPUs', () => {
  it('is the one that WORDMILL_CUDA names', () => {
    const { path, info, gpu } = look({ WORDMILL_CUDA: emulatedModule });
    expect(path).toBe(emulatedModule);
    expect(info).toMatchObject({ name: 'cuda', devices: 1, reason: '' });
    expect(gpu).toMatchObject({ name: EMULATED_GPU, capability: 90, memory: 8 * 2 ** 30 });
    expect(gpu!.free).toBeLessThanOrEqual(gpu!.memory);
  });

  it('is a package of the project otherwise, also where a symbolic link leads to it', () => {
    const folder = project('flat', emulatedModule);
    const { path, gpu } = look({}, { cwd: folder });
    expect(path).toBe(join(folder, 'node_modules/@wordmill/cuda-linux-x64/libwordmill_cuda.so'));
    expect(gpu?.name).toBe(EMULATED_GPU);

    const linked = join(scratch, 'linked');
    mkdirSync(join(linked, 'node_modules/@wordmill'), { recursive: true });
    symlinkSync(
      join(folder, 'node_modules/@wordmill/cuda-linux-x64'),
      join(linked, 'node_modules/@wordmill/cuda-linux-x64'),
    );
    expect(look({}, { cwd: linked }).path).toBe(path);
  });

  it('is missing: all that was tried, and the command that installs it', () => {
    const { code, message } = look({}).error!;
    expect(code).toBe('ERR_WORDMILL_DEVICE');
    expect(message).toContain(`from ${scratch}: not installed`);
    expect(message).toMatch(/npm install @wordmill\/cuda-linux-x64@\d+\.\d+\.\d+$/);
  });

  const text = join(scratch, 'text.so');
  writeFileSync(text, 'no library');
  it.each([
    ['/nowhere/libwordmill_cuda.so', 'No such file or directory'],
    ['libwordmill_cuda.so', 'absolute path'],
    [text, 'not loaded'],
    [engine, 'is no accelerator module: it lacks wordmill_backend'],
  ])('is not %s: why, and what to do', (path, reason) => {
    const { code, message } = look({ WORDMILL_CUDA: path }).error!;
    expect(code).toBe('ERR_WORDMILL_DEVICE');
    expect(message).toContain('WORDMILL_CUDA');
    expect(message).toContain(reason);
    expect(message).toMatch(/npm install @wordmill\/cuda-linux-x64@/);
  });

  it('is not a package that holds something else', () => {
    const { code, message } = look({}, { cwd: project('broken', engine) }).error!;
    expect(code).toBe('ERR_WORDMILL_DEVICE');
    expect(message).toContain('beside the engine: not installed');
    expect(message).toContain('it lacks wordmill_backend');
  });

  it.each([
    ['no-driver', 'no NVIDIA driver is installed'],
    ['old-driver', 'the NVIDIA driver is too old: it serves CUDA 12.2, and CUDA 13.0 is needed'],
    ['no-device', 'the driver finds no GPU'],
  ])('says why it has no device: %s', (trouble, reason) => {
    const { info, error } = look({ WORDMILL_CUDA: emulatedModule, WORDMILL_EMULATOR: trouble });
    expect(info).toMatchObject({ devices: 0, reason: expect.stringContaining(reason) });
    expect(error).toMatchObject({ code: 'ERR_WORDMILL_DEVICE', message: expect.stringContaining(reason) });
  });

  it('says which devices there are when it is asked for another', () => {
    const { error } = look({ WORDMILL_CUDA: emulatedModule }, { index: 3 });
    expect(error).toEqual({
      code: 'ERR_WORDMILL_DEVICE',
      message: 'cuda device 3 does not exist; there are devices 0 to 0',
    });
  });
});

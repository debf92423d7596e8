import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isWordmillError, native, WordmillError } from '@wordmill/native';
import { afterAll, describe, expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'wordmill-load-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs `native()` in a new process and returns what it printed: the ISA in use, or the error. */
function load(index: string, env: NodeJS.ProcessEnv = {}): { isa?: string; code?: string; message?: string } {
  const script = `
    const { native } = await import(${JSON.stringify(index)});
    try {
      process.stdout.write(JSON.stringify({ isa: native().runtime().isa }));
    } catch (error) {
      process.stdout.write(JSON.stringify({ code: error.code, message: error.message }));
    }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    // pnpm's launchers set NODE_PATH, under which every package of the workspace is found from anywhere.
    env: { ...process.env, NODE_PATH: '', ...env },
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

/** A copy of the loader as it would be installed, without a local build. */
function install(name: string): string {
  const folder = join(scratch, name, 'node_modules/@wordmill/native');
  cpSync(dist, join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "@wordmill/native", "version": "7.8.9", "type": "module" }');
  return join(folder, 'dist/index.js');
}

describe('native()', () => {
  it('loads the engine once', () => {
    expect(native()).toBe(native());
  });

  it('says what runs', () => {
    const runtime = native().runtime();
    expect(runtime.available).toContain('scalar');
    expect(runtime.available).toContain(runtime.isa);
    expect(runtime.threads).toBeGreaterThan(0);
    expect(runtime.memory).toBeGreaterThanOrEqual(0);
    expect(runtime.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(runtime.compiler).toMatch(/gcc|clang/);
  });

  it.each(native().runtime().available)('runs %s when WORDMILL_ISA says so', (isa) => {
    expect(load(join(dist, 'index.js'), { WORDMILL_ISA: isa })).toEqual({ isa });
  });

  it('names the variable and the instruction sets there are when WORDMILL_ISA is wrong', () => {
    const { code, message } = load(join(dist, 'index.js'), { WORDMILL_ISA: 'sse9' });
    expect(code).toBe('ERR_WORDMILL_UNSUPPORTED');
    expect(message).toContain('WORDMILL_ISA');
    expect(message).toContain('scalar');
  });

  it('lists what it tried and the command that mends it when there is no engine', () => {
    const { code, message } = load(install('missing'));
    expect(code).toMatch(/^ERR_WORDMILL_(NATIVE|UNSUPPORTED)$/);
    expect(message).toContain(join('build', 'Release', 'wordmill.node'));
    expect(message).toContain(`@wordmill/${process.platform}-${process.arch}`);
    expect(message).toMatch(/npm install @wordmill\/[\w-]+@7\.8\.9|pnpm@12 --filter @wordmill\/native build/);
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')('refuses an engine of another version', () => {
    const index = install('stale');
    const folder = join(scratch, 'stale/node_modules/@wordmill/linux-x64');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'index.js'),
      'module.exports = { setErrorFactory() {}, runtime: () => ({ abiVersion: 99 }) };',
    );
    const { code, message } = load(index);
    expect(code).toBe('ERR_WORDMILL_NATIVE');
    expect(message).toContain('interface 99');
  });
});

describe('WordmillError', () => {
  it('has only the details that are known', () => {
    const error = new WordmillError('ERR_WORDMILL_IO', 'no', { file: 'a.txt', system: 'ENOENT', offset: undefined });
    expect(error).toMatchObject({ name: 'WordmillError', code: 'ERR_WORDMILL_IO', file: 'a.txt', system: 'ENOENT' });
    expect('offset' in error).toBe(false);
  });

  it('is recognised across copies of the package', () => {
    const other = Object.assign(new Error('x'), { name: 'WordmillError', code: 'ERR_WORDMILL_IO' });
    expect(isWordmillError(other)).toBe(true);
    expect(isWordmillError(new Error('x'))).toBe(false);
    expect(isWordmillError(undefined)).toBe(false);
  });
});

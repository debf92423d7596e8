import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const MAX_OUTPUT = 64 << 20;

/** Runs a module of `ours/` in a process of its own; it gets one object and prints one. */
export async function ours(module, request, { isa } = {}) {
  const path = fileURLToPath(new URL(`ours/${module}.mjs`, import.meta.url));
  const env = isa === undefined ? process.env : { ...process.env, WORDMILL_ISA: isa };
  const options = { env, maxBuffer: MAX_OUTPUT, encoding: 'utf8' };
  const { stdout } = await exec(process.execPath, [path, JSON.stringify(request)], options);
  return JSON.parse(stdout);
}

/** A process that answers lines of JSON with lines of JSON. */
export class LineProcess {
  #child;
  #answers = [];
  #failure;
  #errors = '';

  constructor(command, args, env = {}) {
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#answers.shift()?.resolve(line));
    this.#child.stderr.on('data', (data) => {
      this.#errors = `${this.#errors}${data}`.slice(-4000);
    });
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.on('close', (status) => this.#fail(new Error(`${command} ended with ${status}: ${this.#errors}`)));
  }

  async ask(request) {
    if (this.#failure) throw this.#failure;
    const answer = new Promise((resolve, reject) => {
      this.#answers.push({ resolve, reject });
    });
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return JSON.parse(await answer);
  }

  close() {
    this.#child.stdin.end();
  }

  #fail(error) {
    this.#failure = error;
    for (const { reject } of this.#answers.splice(0)) reject(error);
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RuntimeInfo } from '@wordmill/core';
import type { Sample, Settings } from './case.js';

/** What a process is asked; it answers each request, in order. */
export type Request =
  | { readonly do: 'describe' }
  | { readonly do: 'prepare'; readonly name: string; readonly settings: Settings }
  | { readonly do: 'measure' }
  | { readonly do: 'finish' };

export type Answer = { readonly result: unknown } | { readonly error: string };

/** A process of its own in which the engine uses one instruction set: it is chosen once in a process. */
export class IsaProcess {
  readonly isa: string;
  readonly #child: ChildProcess;

  constructor(isa: string) {
    this.isa = isa;
    this.#child = fork(fileURLToPath(new URL('./isa-worker.js', import.meta.url)), [], {
      env: { ...process.env, WORDMILL_ISA: isa },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  describe(): Promise<RuntimeInfo> {
    return this.#ask({ do: 'describe' }) as Promise<RuntimeInfo>;
  }

  /** Makes a case ready to be measured. */
  async prepare(name: string, settings: Settings): Promise<void> {
    await this.#ask({ do: 'prepare', name, settings });
  }

  /** Measures the case that was prepared. */
  measure(): Promise<Sample> {
    return this.#ask({ do: 'measure' }) as Promise<Sample>;
  }

  /** Frees what the case took. */
  async finish(): Promise<void> {
    await this.#ask({ do: 'finish' });
  }

  /** Ends the process; what it was asked last is then refused. */
  stop(): void {
    this.#child.kill();
  }

  #ask(request: Request): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const child = this.#child;
      const settle = (done: () => void): void => {
        child.off('message', onMessage);
        child.off('exit', onExit);
        child.off('error', onError);
        done();
      };
      const onMessage = (message: unknown): void =>
        settle(() => {
          const answer = message as Answer;
          if ('error' in answer) reject(new Error(`${this.isa}: ${answer.error}`));
          else resolve(answer.result);
        });
      const onExit = (status: number | null, signal: string | null): void =>
        settle(() => reject(new Error(`the process for ${this.isa} ended early (${signal ?? `status ${status}`})`)));
      const onError = (error: Error): void => settle(() => reject(error));
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.on('error', onError);
      if (child.exitCode !== null || child.signalCode !== null) onExit(child.exitCode, child.signalCode);
      else child.send(request);
    });
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DeviceOption, RuntimeInfo } from '@wordmill/core';
import type { CaseSettings, Sample, Settings } from './case.js';

/** What a process is asked; it answers each request, in order. */
export type Request =
  | { readonly do: 'describe' }
  | { readonly do: 'find device' }
  | { readonly do: 'prepare'; readonly name: string; readonly settings: CaseSettings }
  | { readonly do: 'measure' }
  | { readonly do: 'finish' };

export type Answer = { readonly result: unknown } | { readonly error: string };

/** The GPU that was found, or why there is none. */
export interface FoundDevice {
  readonly gpu?: string | undefined;
  readonly reason?: string | undefined;
}

/** A process of its own in which the engine uses one instruction set, which is chosen once in a process, or a GPU. */
export class MeasuringProcess {
  /** an instruction set, or the name of a device */
  readonly name: string;
  readonly device: DeviceOption;
  readonly #child: ChildProcess;

  constructor(name: string, device: DeviceOption) {
    this.name = name;
    this.device = device;
    this.#child = fork(fileURLToPath(new URL('./measuring-worker.js', import.meta.url)), [], {
      env: { ...process.env, ...(device === 'cpu' && { WORDMILL_ISA: name }) },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  describe(): Promise<RuntimeInfo> {
    return this.#ask({ do: 'describe' }) as Promise<RuntimeInfo>;
  }

  findDevice(): Promise<FoundDevice> {
    return this.#ask({ do: 'find device' }) as Promise<FoundDevice>;
  }

  /** Makes a case ready to be measured. */
  async prepare(name: string, settings: Settings): Promise<void> {
    await this.#ask({ do: 'prepare', name, settings: { ...settings, device: this.device } });
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
          if ('error' in answer) reject(new Error(`${this.name}: ${answer.error}`));
          else resolve(answer.result);
        });
      const onExit = (status: number | null, signal: string | null): void =>
        settle(() => reject(new Error(`the process for ${this.name} ended early (${signal ?? `status ${status}`})`)));
      const onError = (error: Error): void => settle(() => reject(error));
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.on('error', onError);
      if (child.exitCode !== null || child.signalCode !== null) onExit(child.exitCode, child.signalCode);
      else child.send(request);
    });
  }
}

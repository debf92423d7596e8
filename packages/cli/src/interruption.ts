/** Turns Ctrl-C (and the polite end of a process) into an AbortSignal; a second one ends the process at once. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #beforeExit: () => void;
  #status: number | undefined;

  /** `beforeExit` tidies the terminal when there is no time left. */
  constructor(beforeExit: () => void) {
    this.#beforeExit = beforeExit;
    process.on('SIGINT', this.#onInterrupt);
    process.on('SIGTERM', this.#onTerminate);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit status of an interrupted process, by the convention of shells; undefined when it was not. */
  get status(): number | undefined {
    return this.#status;
  }

  close(): void {
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onTerminate);
  }

  readonly #onInterrupt = (): void => this.#interrupt(130);
  readonly #onTerminate = (): void => this.#interrupt(143);

  #interrupt(status: number): void {
    if (this.#status !== undefined) {
      this.#beforeExit();
      process.exit(status);
    }
    this.#status = status;
    this.#controller.abort(new Error('interrupted'));
  }
}

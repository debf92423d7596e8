import { native, type Signal } from '@wordmill/native';

/** The code with which a native call says that its signal was raised; it never reaches a caller of this package. */
const CANCELLED = 'ERR_WORDMILL_CANCELLED';

const isCancelled = (error: unknown): boolean =>
  error instanceof Error && (error as { readonly code?: unknown }).code === CANCELLED;

/**
 * The scope of one piece of long work. It ends early when the caller's `AbortSignal` is aborted, and when one of the
 * caller's callbacks throws or rejects: a mistake there stops the work and becomes its error, not the process's.
 */
export class Cancellation {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #follow = (): void => this.#controller.abort(this.#caller?.reason);

  constructor(caller?: AbortSignal | undefined) {
    this.#caller = caller;
    if (caller?.aborted) this.#follow();
    else caller?.addEventListener('abort', this.#follow, { once: true });
  }

  /** Aborted when the work shall stop, with the error to reject with as its reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True when it was the caller who asked to stop, false when a callback failed. */
  get requested(): boolean {
    return this.signal.aborted && this.#caller?.aborted === true && this.signal.reason === this.#caller.reason;
  }

  throwIfAborted(): void {
    this.signal.throwIfAborted();
  }

  /** The callback in a form that never throws. */
  observer<Event>(callback: ((event: Event) => unknown) | undefined): ((event: Event) => void) | undefined {
    if (callback === undefined) return undefined;
    return (event) => {
      if (this.signal.aborted) return;
      try {
        // An async callback is not waited for, but its rejection must not go unhandled.
        Promise.resolve(callback(event)).catch((error: unknown) => this.#controller.abort(error));
      } catch (error) {
        this.#controller.abort(error);
      }
    };
  }

  /** Runs native work that takes a signal, and rejects with the reason when it was cancelled. */
  async run<T>(work: (signal: Signal) => Promise<T>): Promise<T> {
    this.throwIfAborted();
    const signal = native().createSignal();
    const raise = (): void => signal.raise();
    this.signal.addEventListener('abort', raise, { once: true });
    try {
      return await work(signal);
    } catch (error) {
      throw this.cause(error);
    } finally {
      this.signal.removeEventListener('abort', raise);
    }
  }

  /** What to reject with for an error of native work: the reason of the abort where that ended it. */
  cause(error: unknown): unknown {
    return this.signal.aborted && isCancelled(error) ? this.signal.reason : error;
  }

  close(): void {
    this.#caller?.removeEventListener('abort', this.#follow);
  }
}

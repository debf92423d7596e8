import type { Cancellation } from '@wordmill/core/internal';
import type { Signal } from '@wordmill/native';

const POLL_MILLISECONDS = 100;

/** Runs native work that is cancelled with the scope, and tells about ten times a second how much of it is done. */
export function runWatched<T>(
  cancellation: Cancellation,
  onDone: ((done: number) => void) | undefined,
  work: (signal: Signal) => Promise<T>,
): Promise<T> {
  return cancellation.run(async (signal) => {
    const timer = onDone && setInterval(() => onDone(signal.done()), POLL_MILLISECONDS);
    try {
      return await work(signal);
    } finally {
      clearInterval(timer);
    }
  });
}

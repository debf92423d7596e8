import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, JobProgress } from '@wordmill/native';

/** Until threads run and the memory that is touched first is there. */
const WARM_UP_MILLISECONDS = 100;
const TRIAL_MILLISECONDS = 250;

const ROW_ALIGNMENT = 64;

/** Bytes of the engine's f32 table. */
export const tableBytes = (rows: number, columns: number): number =>
  rows * Math.ceil((columns * 4) / ROW_ALIGNMENT) * ROW_ALIGNMENT;

/** Runs a job for a while: its tokens a second, or undefined where nothing was finished. The job is disposed of. */
export async function trialSpeed(job: Job, signal: AbortSignal): Promise<number | undefined> {
  const cancel = (): void => job.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const { blocks } = job.poll();
    job.submit(0, blocks);
    const rest = job.rest();
    const warm = await pollAfter(job, rest, WARM_UP_MILLISECONDS);
    const done = await pollAfter(job, rest, TRIAL_MILLISECONDS);
    job.cancel();
    await rest.catch((error: unknown) => {
      // Being cancelled is how the trial ends.
      if (job.poll().state !== 'cancelled') throw error;
    });
    signal.throwIfAborted();
    const before = done.tokensDone > warm.tokensDone ? warm : { tokensDone: 0, seconds: 0 };
    const tokens = done.tokensDone - before.tokensDone;
    return tokens > 0 ? tokens / (done.seconds - before.seconds) : undefined;
  } finally {
    signal.removeEventListener('abort', cancel);
    job.dispose();
  }
}

/** How far the job is after a while, or when it rests. */
async function pollAfter(job: Job, rest: Promise<void>, milliseconds: number): Promise<JobProgress> {
  const ended = new AbortController();
  const stop = (): void => ended.abort();
  rest.then(stop, stop);
  await sleep(milliseconds, undefined, { signal: ended.signal }).catch(() => {});
  return job.poll();
}

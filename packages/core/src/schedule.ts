import type { Job, JobProgress } from '@wordmill/native';
import type { Cancellation } from './cancellation.js';
import type { Progress } from './progress.js';

/** How far a training has come; given to `onProgress` about ten times a second. */
export interface TrainingProgress extends Progress {
  readonly phase: 'training';
  /** tokens of the vocabulary that were worked on, before subsampling */
  readonly done: number;
  /** the same after the last epoch */
  readonly total: number;
  /** the epoch being worked on, from 1 */
  readonly epoch: number;
  readonly epochs: number;
  /** mean loss of all training examples so far; NaN before the first */
  readonly loss: number;
  readonly learningRate: number;
  readonly tokensPerSecond: number;
  /** seconds until the end at this speed; undefined before there is one */
  readonly eta: number | undefined;
}

/** What happened in one epoch; given to `onEpoch`. */
export interface EpochEnd {
  /** from 1 */
  readonly epoch: number;
  readonly epochs: number;
  /** mean loss of the training examples of this epoch (since the resumption, in an epoch that was resumed) */
  readonly loss: number;
  readonly learningRate: number;
}

/**
 * How often to write a checkpoint: every so many epochs, every so many blocks (about 262,144 tokens each), or at the first
 * block that ends after so many minutes. One is always written at the end.
 */
export type CheckpointInterval =
  | { readonly epochs: number }
  | { readonly blocks: number }
  | { readonly minutes: number };

/** Sums over all blocks that were worked on, also before a training was resumed. */
export interface JobTotals {
  readonly tokens: number;
  readonly seconds: number;
  readonly lossSum: number;
  readonly examples: number;
}

/** A job and what to do while it runs. */
export interface JobRun {
  readonly job: Job;
  readonly epochs: number;
  /** the first block to work on; more than 0 when a training is resumed, with what was done before */
  readonly firstBlock: number;
  readonly before: JobTotals;
  readonly cancellation: Cancellation;
  /** what an abort by the caller does: reject with its reason, or return with the weights as they are */
  readonly onAbort: 'throw' | 'return';
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  readonly onEpoch?: ((epoch: EpochEnd) => unknown) | undefined;
  readonly checkpoint?: Checkpointing | undefined;
}

export interface Checkpointing {
  readonly every: CheckpointInterval;
  /** Called while the job is at rest before `nextBlock`. */
  save(nextBlock: number, totals: JobTotals): Promise<void>;
}

export interface JobResult {
  /** false after an abort with `onAbort: 'return'` */
  readonly finished: boolean;
  readonly totals: JobTotals;
}

const POLL_MILLISECONDS = 100;

/**
 * Runs a job to its end. The engine has all blocks up to the next place where JavaScript must look at the weights (an epoch
 * with `onEpoch`, a checkpoint), so a busy event loop does not idle it; how it is observed changes no weight.
 */
export async function runJob(run: JobRun): Promise<JobResult> {
  const { job, cancellation } = run;
  const cancel = (): void => job.cancel();
  cancellation.signal.addEventListener('abort', cancel, { once: true });
  try {
    await workThrough(run);
    return { finished: true, totals: totalsOf(run, job.poll()) };
  } catch (error) {
    const cause = cancellation.cause(error);
    const aborted = cancellation.requested && cause === cancellation.signal.reason;
    if (aborted && run.onAbort === 'return') return { finished: false, totals: totalsOf(run, job.poll()) };
    throw cause;
  } finally {
    cancellation.signal.removeEventListener('abort', cancel);
  }
}

async function workThrough(run: JobRun): Promise<void> {
  const { job, firstBlock, checkpoint, cancellation } = run;
  const { blocks } = job.poll();
  const blocksPerEpoch = blocks / run.epochs;
  let epochStart = run.before;
  let due = nextDue(checkpoint);
  for (let next = firstBlock; next < blocks; ) {
    cancellation.throwIfAborted();
    job.submit(next, stopAfter(run, next, blocks) - next);
    await atRest(run, due);
    cancellation.throwIfAborted();
    const progress = job.poll();
    const totals = totalsOf(run, progress);
    next = firstBlock + progress.blocksDone;
    run.onProgress?.(progressOf(run, progress));
    if (checkpoint !== undefined && (next === blocks || isDue(checkpoint.every, next, blocksPerEpoch, due))) {
      await checkpoint.save(next, totals);
      due = nextDue(checkpoint);
      cancellation.throwIfAborted();
    }
    if (run.onEpoch !== undefined && next % blocksPerEpoch === 0) {
      const { learningRate } = progress;
      const loss = (totals.lossSum - epochStart.lossSum) / (totals.examples - epochStart.examples);
      await run.onEpoch({ epoch: next / blocksPerEpoch, epochs: run.epochs, loss, learningRate });
      epochStart = totals;
    }
  }
}

/** The next block before which JavaScript must look at the weights. */
function stopAfter(run: JobRun, next: number, blocks: number): number {
  const after = (period: number): number => (Math.floor(next / period) + 1) * period;
  const epoch = blocks / run.epochs;
  const stops = [blocks];
  if (run.onEpoch !== undefined) stops.push(after(epoch));
  const every = run.checkpoint?.every;
  if (every !== undefined && 'epochs' in every) stops.push(after(every.epochs * epoch));
  if (every !== undefined && 'blocks' in every) stops.push(after(every.blocks));
  return Math.min(...stops);
}

function nextDue(checkpoint: Checkpointing | undefined): number {
  if (checkpoint === undefined || !('minutes' in checkpoint.every)) return Number.POSITIVE_INFINITY;
  return performance.now() + checkpoint.every.minutes * 60_000;
}

function isDue(every: CheckpointInterval, next: number, blocksPerEpoch: number, due: number): boolean {
  if ('epochs' in every) return next % (every.epochs * blocksPerEpoch) === 0;
  if ('blocks' in every) return next % every.blocks === 0;
  return performance.now() >= due;
}

async function atRest(run: JobRun, due: number): Promise<void> {
  const { job, onProgress } = run;
  // Not unref'd: it is also what keeps the process alive while only the engine works.
  const timer = setInterval(() => {
    if (onProgress !== undefined) onProgress(progressOf(run, job.poll()));
    if (performance.now() >= due) job.pause();
  }, POLL_MILLISECONDS);
  try {
    await job.rest();
  } finally {
    clearInterval(timer);
  }
}

function totalsOf({ before }: JobRun, progress: JobProgress): JobTotals {
  return {
    tokens: before.tokens + progress.tokensDone,
    seconds: before.seconds + progress.seconds,
    lossSum: before.lossSum + progress.lossSum,
    examples: before.examples + progress.examples,
  };
}

function progressOf(run: JobRun, progress: JobProgress): TrainingProgress {
  const { tokens: done, lossSum, examples } = totalsOf(run, progress);
  const total = progress.tokensTotal;
  const tokensPerSecond = progress.seconds > 0 ? progress.tokensDone / progress.seconds : 0;
  return {
    phase: 'training',
    done,
    total,
    epoch: Math.min(run.epochs, Math.floor((done / total) * run.epochs) + 1),
    epochs: run.epochs,
    loss: lossSum / examples,
    learningRate: progress.learningRate,
    tokensPerSecond,
    eta: tokensPerSecond > 0 ? (total - done) / tokensPerSecond : undefined,
  };
}

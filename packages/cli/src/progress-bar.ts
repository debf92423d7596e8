import type { Progress, TrainingProgress } from '@wordmill/core';
import type { GloveTrainingProgress } from '@wordmill/glove';
import { SingleBar } from 'cli-progress';
import { bytes, countSpeed, speed } from './figures.js';

/**
 * Progress on standard error: one bar after the other, a phase each. Nothing is written where standard error is no
 * terminal, and nothing stays when a phase is over.
 */
export class ProgressBar {
  #enabled = process.stderr.isTTY === true;
  #phase: string | undefined;
  #bar: SingleBar | undefined;

  /** To be given as `onProgress`. */
  readonly update = (progress: Progress): void => {
    if (!this.#enabled) return;
    const { phase, done, total } = progress;
    if (phase !== this.#phase) this.#begin(phase, total);
    this.#bar?.update(total === undefined ? 0 : Math.min(done, total), { detail: detailOf(progress) });
  };

  /** Takes the bar away. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    this.#phase = undefined;
  }

  /** Shows nothing from now on. */
  disable(): void {
    this.stop();
    this.#enabled = false;
  }

  #begin(phase: string, total: number | undefined): void {
    this.stop();
    this.#phase = phase;
    const label = TITLES[phase] ?? phase;
    this.#bar = new SingleBar({
      stream: process.stderr,
      format: total === undefined ? `${label} {detail}` : `${label} {bar} {percentage}%  {detail}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: Math.max(10, Math.min(30, (process.stderr.columns ?? 80) - REST_OF_LINE)),
      clearOnComplete: true,
      // Longer lines are cut; the other way the terminal would stay changed when the process is killed.
      linewrap: true,
      emptyOnZero: true,
    });
    this.#bar.start(total ?? 0, 0, { detail: '' });
  }
}

/** Columns of the longest line beside its bar. */
const REST_OF_LINE = 70;

const TITLES: Readonly<Record<string, string>> = {
  corpus: 'reading ',
  counting: 'counting',
  preparing: 'ordering',
  training: 'training',
  loading: 'loading ',
  saving: 'saving  ',
};

function detailOf(progress: Progress): string {
  if (!isTraining(progress)) return progress.phase === 'corpus' ? bytes(progress.done) : '';
  const { epoch, epochs, eta } = progress;
  const parts = [`epoch ${epoch}/${epochs}`];
  if ('cost' in progress) {
    parts.push(countSpeed(progress.nonzerosPerSecond));
    if (Number.isFinite(progress.cost)) parts.push(`cost ${progress.cost.toFixed(4)}`);
  } else {
    parts.push(speed(progress.tokensPerSecond));
    if (Number.isFinite(progress.loss)) parts.push(`loss ${progress.loss.toFixed(3)}`);
  }
  if (eta !== undefined) parts.push(`${duration(eta)} left`);
  return parts.join('  ');
}

const isTraining = (progress: Progress): progress is TrainingProgress | GloveTrainingProgress =>
  progress.phase === 'training';

/** 75 as 1:15. */
function duration(seconds: number): string {
  const all = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60];
  const pad = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(all % 60)}` : `${minutes}:${pad(all % 60)}`;
}

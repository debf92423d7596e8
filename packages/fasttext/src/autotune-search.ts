import type { ClassifierSettings } from './classifier-settings.js';

/** What is tried out of a training, and of the quantisation after it. */
export interface Attempt
  extends Pick<
    ClassifierSettings,
    'epochs' | 'learningRate' | 'vectorSize' | 'wordNgrams' | 'minNgramLength' | 'maxNgramLength' | 'buckets'
  > {
  readonly pieceLength: number;
}

/** Names of {@link Attempt} that stay as they are. */
export type Fixed = ReadonlySet<string>;

/**
 * The next attempt: fastText's walk around the best one. Steps are normal, of the logarithm to base 2 but for the lengths, and grow
 * smaller while time passes. Ranges and widths are its own.
 */
export function nextAttempt(best: Attempt, fixed: Fixed, elapsed: number, random: () => number): Attempt {
  const width = (first: number, last: number): number =>
    first - ((first - last) / 0.5) * Math.min(0.5, Math.max(0, elapsed - 0.25));
  const scaled = (value: number, first: number, last: number, [least, most]: [number, number]): number =>
    clamp(value * 2 ** (normal(random) * width(first, last)), least, most);
  const added = (value: number, first: number, last: number, [least, most]: [number, number]): number =>
    clamp(Math.round(value + normal(random) * width(first, last)), least, most);

  const minNgramLength = [0, 2, 3][Math.floor(random() * 3)]!;
  const tried: Attempt = {
    epochs: Math.round(scaled(best.epochs, 2.8, 2.5, [1, 100])),
    learningRate: scaled(best.learningRate, 1.9, 1, [0.01, 5]),
    vectorSize: Math.round(scaled(best.vectorSize, 1.4, 0.3, [1, 1000])),
    wordNgrams: added(best.wordNgrams, 4.3, 2.4, [1, 5]),
    minNgramLength,
    maxNgramLength: minNgramLength === 0 ? 0 : minNgramLength + 3,
    buckets: Math.round(scaled(best.buckets, 2, 1.5, [10_000, 10_000_000])),
    pieceLength: 2 ** added(Math.log2(best.pieceLength), 2, 1, [1, 4]),
  };
  const kept = Object.fromEntries(
    [...fixed].flatMap((name) => (name in best ? [[name, best[name as keyof Attempt]]] : [])),
  );
  return { ...tried, ...kept };
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** Box and Muller's (1958). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

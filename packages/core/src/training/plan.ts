import { type Job, native, type View } from '@wordmill/native';
import type { Corpus } from '../corpus/corpus.js';
import type { CorpusView } from '../corpus/view.js';
import type { Workplace } from '../device.js';
import { trialSpeed } from './trial.js';

/** What a training would take, and on what it was tried. */
export interface TrainingPlan extends Workplace {
  /** words in the vocabulary */
  readonly vocabulary: number;
  /** tokens of the vocabulary in the text, before subsampling */
  readonly tokensPerEpoch: number;
  readonly bytes: {
    /** the matrices, their rows padded to 64 bytes */
    readonly matrices: number;
    /** the encoded text, 4 bytes a token and line end (in a temporary file beyond the memory limit) */
    readonly corpus: number;
    /** words, frequencies and what sampling derives from them */
    readonly vocabulary: number;
    readonly total: number;
  };
  /** bytes that the process may still take; undefined where the operating system does not say */
  readonly memory: number | undefined;
  /**
   * Estimated time of the training alone, from a trial of a quarter of a second on this text and machine; undefined where
   * nothing was finished in that time.
   */
  readonly seconds: number | undefined;
}

/** A training that is only tried: how large its matrices are, and a job that is disposed of here. */
export interface Trial {
  readonly matrices: number;
  readonly epochs: number;
  readonly job: Job;
  readonly workplace: Workplace;
}

/** Tries a training on the view of a corpus for a while. */
export async function planTraining(
  { info: { streamBytes: corpus } }: Corpus,
  view: CorpusView,
  { matrices, epochs, job, workplace }: Trial,
  signal: AbortSignal,
): Promise<TrainingPlan> {
  const { memory } = native().runtime();
  const vocabulary = vocabularyBytes(view.native, view.size);
  const { tokens } = view.info;
  const speed = await trialSpeed(job, signal);
  return {
    vocabulary: view.size,
    tokensPerEpoch: tokens,
    bytes: { matrices, corpus, vocabulary, total: matrices + corpus + vocabulary },
    memory: memory === 0 ? undefined : memory,
    seconds: speed === undefined ? undefined : (tokens * epochs) / speed,
    ...workplace,
  };
}

/** Words and index, count (8), subsampling threshold (4) and alias table (8) of each. */
function vocabularyBytes(view: View, rows: number): number {
  const keys = view.keys();
  const { bytes, offsets, slots } = keys.partSizes();
  keys.dispose();
  return bytes + offsets + slots + rows * 20;
}

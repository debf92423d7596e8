/** How far one phase of some long work has come. */
export interface Progress {
  /** what is being done, for instance `corpus` (reading text), `training`, `loading` or `saving` */
  readonly phase: string;
  /** bytes, or tokens while training */
  readonly done: number;
  /** the same at the end of the phase; undefined where that is not known before (standard input, an iterable) */
  readonly total: number | undefined;
}

/** How many bytes of a text were read, as they are stored; the total is known for files only. */
export interface CorpusProgress extends Progress {
  readonly phase: 'corpus';
}

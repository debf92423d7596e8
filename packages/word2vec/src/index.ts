/// <reference lib="esnext.disposable" />
export type { CheckpointOptions, TextSource, TrainingPlan } from '@wordmill/core';
export type {
  Architecture,
  ContinueOptions,
  InitialVectors,
  ModelOptions,
  Objective,
  PlanOptions,
  ResumeOptions,
  RunOptions,
  Word2VecEpoch,
  Word2VecOptions,
  Word2VecProgress,
} from './options.js';
export type { PredictedWord } from './prediction.js';
export type { Word2VecSettings } from './settings.js';
export type { TrainingReport } from './training.js';
export { type WordClassesOptions, wordClasses } from './word-classes.js';
export { type FileOptions, type LoadOptions, Word2Vec } from './word2vec.js';

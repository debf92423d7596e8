/// <reference lib="esnext.disposable" />
export type { CheckpointOptions, TextSource } from '@wordmill/core';
export { Cooccurrence, type CooccurrenceEntry, type CooccurrenceInfo, type Neighbour } from './cooccurrence.js';
export { countCooccurrences } from './count.js';
export { Glove, type LoadOptions } from './glove.js';
export type {
  ContinueOptions,
  CountingProgress,
  CountOptions,
  ExtendOptions,
  GloveEpoch,
  GloveOptions,
  GloveProgress,
  GloveState,
  GloveTrainingProgress,
  LoadCountsOptions,
  LoadRecordsOptions,
  ModelOptions,
  PlanOptions,
  PreparingProgress,
  ResultKind,
  ResumeOptions,
  RunOptions,
  SaveRecordsOptions,
  ShuffleOptions,
  StorageOptions,
  TextOptions,
  WindowOptions,
} from './options.js';
export type { TrainingPlan } from './plan.js';
export { shuffleRecords } from './records.js';
export type { CountSettings, GloveSettings } from './settings.js';
export type { TrainingReport } from './training.js';

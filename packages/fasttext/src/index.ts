/// <reference lib="esnext.disposable" />
export type { TextSource } from '@wordmill/core';
export type { AutotuneResult } from './autotune.js';
export type { AutotuneOptions, AutotuneTrial } from './autotune-options.js';
export { type ClassifierFileOptions, FastTextClassifier, type LabelEntry, type TestOptions } from './classifier.js';
export type { ClassifierReport } from './classifier-model.js';
export type {
  BatchOptions,
  ClassifierContinueOptions,
  ClassifierModelOptions,
  ClassifierObjective,
  ClassifierOptions,
  LabelledSource,
  LabelledText,
  Prediction,
  PredictOptions,
} from './classifier-options.js';
export type { ClassifierSettings } from './classifier-settings.js';
export { type CurvePoint, Evaluation, type Scores } from './evaluation.js';
export { FastText, type FileOptions, type LoadOptions, type SaveOptions, type Subword } from './fasttext.js';
export type { TrainingReport } from './model.js';
export type {
  Architecture,
  ContinueOptions,
  FastTextOptions,
  FastTextProgress,
  ModelOptions,
  Objective,
  PlanOptions,
  RunOptions,
} from './options.js';
export type { FastTextPlan } from './plan.js';
export type { QuantizeOptions } from './quantization.js';
export type { FastTextSettings } from './settings.js';
export type { QuantizeVectorsOptions } from './vector-quantization.js';

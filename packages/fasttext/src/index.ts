/// <reference lib="esnext.disposable" />
export type { TextSource } from '@wordmill/core';
export { FastText, type FileOptions, type SaveOptions, type Subword } from './fasttext.js';
export type { TrainingReport } from './model.js';
export type {
  Architecture,
  FastTextOptions,
  FastTextProgress,
  ModelOptions,
  Objective,
  RunOptions,
} from './options.js';
export type { FastTextSettings } from './settings.js';

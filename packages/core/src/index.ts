/// <reference lib="esnext.disposable" />
export { Corpus, type CorpusInfo, type ViewInfo } from './corpus/corpus.js';
export type { Sentence } from './corpus/feed.js';
export type { FileSource } from './corpus/input-files.js';
export type { CorpusOptions, TokenIdOptions, ViewOptions } from './corpus/options.js';
export type { TokenIds } from './corpus/token-ids.js';
export { CorpusView } from './corpus/view.js';
export { Vocabulary, type VocabularyEntry } from './corpus/vocabulary.js';
export { isWordmillError, WordmillError } from './errors.js';
export { type Phrase, Phrases, type PhrasesOptions } from './phrases/phrases.js';
export type { Scoring } from './phrases/scoring.js';
export type { CorpusProgress, Progress } from './progress.js';
export type { CheckpointInterval, EpochEnd, TrainingProgress } from './schedule.js';
export { type RuntimeInfo, runtime } from './runtime.js';

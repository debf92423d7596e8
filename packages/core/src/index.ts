/// <reference lib="esnext.disposable" />
export { Corpus, type CorpusInfo, type ViewInfo } from './corpus/corpus.js';
export type { Sentence } from './corpus/feed.js';
export type { FileSource } from './corpus/input-files.js';
export type { CorpusOptions, TokenIdOptions, ViewOptions } from './corpus/options.js';
export type { TokenIds } from './corpus/token-ids.js';
export { CorpusView } from './corpus/view.js';
export { Vocabulary, type VocabularyEntry } from './corpus/vocabulary.js';
export type { DeviceOption, DeviceOptions, Workplace } from './device.js';
export { type DeviceInfo, type DeviceList, devices } from './devices.js';
export { Embedding } from './embedding/embedding.js';
export type { Ids } from './embedding/ids.js';
export { type LearningRateSchedule, learningRateAt } from './embedding/learning-rate.js';
export type {
  BagGradientOptions,
  BagOptions,
  EmbeddingOptions,
  LayerOptions,
  ResizeOptions,
} from './embedding/options.js';
export type { InitialRows } from './embedding/rows.js';
export type { StepOptions } from './embedding/step-options.js';
export { isWordmillError, WordmillError } from './errors.js';
export { FORMATS, type FormatName } from './formats/format.js';
export { type FileDescription, inspect, type TensorDescription } from './formats/inspect.js';
export type { InvalidUtf8 } from './formats/key-bytes.js';
export type { LoadOptions, LoadReport } from './formats/load.js';
export type { TableType } from './formats/numbers.js';
export type { LongWork } from './formats/safetensors.js';
export type { SaveOptions } from './formats/save.js';
export type { AxisOptions, AxisPosition, Pole } from './keyed-vectors/axis.js';
export type { VectorColumns, VectorEntries } from './keyed-vectors/build.js';
export type {
  AnalogyEvaluation,
  AnalogyEvaluationOptions,
  AnalogySection,
} from './keyed-vectors/evaluate-analogies.js';
export type { PairEvaluation, PairEvaluationOptions } from './keyed-vectors/evaluate-pairs.js';
export type { LineSource } from './keyed-vectors/evaluation-lines.js';
export { type ExpressionOptions, type Operand, VectorExpression } from './keyed-vectors/expression.js';
export { type AnalogyOptions, KeyedVectors, type MostSimilarOptions } from './keyed-vectors/keyed-vectors.js';
export type { MeanVectorOptions } from './keyed-vectors/mean-vector.js';
export type { WorkOptions } from './keyed-vectors/ranking.js';
export type { KeyOrVector, Vector } from './keyed-vectors/rows.js';
export type { Neighbour, NeighbourOptions, Query, Weighted } from './keyed-vectors/search.js';
export type { Correlation } from './keyed-vectors/statistics.js';
export type { WordMoversOptions } from './keyed-vectors/word-movers-distance.js';
export { Model2Vec, type Model2VecOptions } from './model2vec/model2vec.js';
export { NextTokenModel } from './next-token/next-token-model.js';
export type {
  NextTokenContinueOptions,
  NextTokenEpoch,
  NextTokenLoadOptions,
  NextTokenModelOptions,
  NextTokenObjective,
  NextTokenOptimizer,
  NextTokenOptions,
  NextTokenPlanOptions,
  NextTokenProgress,
  NextTokenRunOptions,
  PerplexityOptions,
} from './next-token/options.js';
export type { PredictedToken, TokenContext } from './next-token/prediction.js';
export type { NextTokenSettings } from './next-token/settings.js';
export type { NextTokenReport, ValidationReport } from './next-token/training.js';
export { type Phrase, Phrases, type PhrasesOptions } from './phrases/phrases.js';
export type { Scoring } from './phrases/scoring.js';
export type { CorpusProgress, Progress } from './progress.js';
export { type RuntimeInfo, runtime } from './runtime.js';
export type { CheckpointInterval, EpochEnd, TrainingProgress } from './schedule.js';
export { type TokenizerFingerprint, tokenizerFingerprint } from './tokenizers/fingerprint.js';
export { fromGptTokenizer, type GptEncoding } from './tokenizers/gpt-tokenizer.js';
export { fromHuggingFace, type HuggingFaceTokenizer } from './tokenizers/hugging-face.js';
export { fromTiktoken, type TiktokenEncoding } from './tokenizers/tiktoken.js';
export type { Tokenizer } from './tokenizers/tokenizer.js';
export { loadTokenizer } from './tokenizers/tokenizer-file.js';
export {
  type TransferOptions,
  type TransferOrigin,
  type TransferOverride,
  type TransferReport,
  transferVectors,
} from './tokenizers/transfer.js';
export type { TrainingPlan } from './training/plan.js';
export type { CheckpointOptions } from './training/run-options.js';
export type { TextSource } from './training/text-source.js';

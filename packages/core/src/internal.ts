/**
 * What the packages of Wordmill share beside the public API: not for others, and free to change in any version.
 */
export { Cancellation } from './cancellation.js';
export { readingEntries, tokenizerEntries, viewEntries } from './corpus/options.js';
export { decodeText, encodeText } from './corpus/text-bytes.js';
export { CorpusView } from './corpus/view.js';
export { device, isDeviceOption, onDevice } from './device.js';
export { fileError } from './errors.js';
export { type FileWriter, filePath, writeFiles } from './files.js';
export { ByteSource } from './formats/byte-source.js';
export { fastTextTable, mapFastTextInput, mapFastTextRows } from './formats/fasttext-bin.js';
export {
  FASTTEXT_MAGIC,
  FASTTEXT_VERSION,
  type FastTextArguments,
  type FastTextLayout,
  readFastTextLayout,
} from './formats/fasttext-layout.js';
export type { NativeSubwords } from './formats/format.js';
export { MAX_NGRAM_LENGTH, requireMemory } from './formats/limits.js';
export { readMetadata } from './formats/metadata.js';
export { ModelReader, requireKind } from './formats/model-reader.js';
export { amount, isa, loss, whole, workplace } from './formats/report-entries.js';
export { type LongWork, readSafetensors, type SafetensorsFile, writeSafetensors } from './formats/safetensors.js';
export { COUNTS, FORMAT_VERSION, KEYS, KIND_NAME, VECTORS, VERSION_NAME } from './formats/safetensors-vectors.js';
export {
  BUCKETS,
  NGRAMS,
  readBuckets,
  readSubwords,
  subwordMetadata,
  subwordTensors,
} from './formats/subword-tensors.js';
export {
  arrayTensor,
  copyKeys,
  keyTensors,
  readCounts,
  readKeys,
  readTable,
  rowsTensor,
  tableInfo,
  tableTensor,
} from './formats/tensors.js';
export { Handles } from './handles.js';
export { nearestName } from './nearest-name.js';
export { callback, checkOptions, finite, flag, integer, oneOf, signal, threads } from './options.js';
export { type Checkpointing, type JobResult, type JobRun, type JobTotals, runJob } from './schedule.js';
export { checkVectorsTokenizer } from './tokenizers/check-vectors.js';
export { readTokenizerMetadata, refuseOtherTokenizer, tokenizerMetadata } from './tokenizers/fingerprint.js';
export { type KnownVocabulary, updatedVocabulary, viewOfVocabulary } from './training/known-vocabulary.js';
export { viewOfRows } from './training/model-rows.js';
export { planTraining } from './training/plan.js';
export { copyRows, eventLoopTurn, overwriteKnownRows, randomiseRows } from './training/rows.js';
export { type CheckpointOptions, checkpoint, checkRun, contradiction, interval } from './training/run-options.js';
export {
  checkModelTokenizer,
  corpusTokenizer,
  readingOfModel,
  refuseOtherTokens,
} from './training/source-tokenizer.js';
export {
  type ReadingOptions,
  type Scope,
  type TextSource,
  type Watch,
  withScope,
  withText,
} from './training/text-source.js';
export { tableBytes, trialSpeed } from './training/trial.js';

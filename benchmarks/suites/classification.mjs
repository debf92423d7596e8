import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ours } from '../processes.mjs';
import { classifier as settings } from '../settings.mjs';
import { comparison, figure, mean, seconds, takeTurns } from '../statistics.mjs';

const exec = promisify(execFile);
/** So often the lines are asked about, to outweigh the loading of the model. */
const COPIES = 100;

export const classification = {
  name: 'classification',
  title: 'Classifying lines: training, precision of the first label, and prediction',
  needs: ['labelled', 'validation'],
  async run({ options, peers, log }) {
    const { seeds, threads, labelled: lines, validation } = options;
    let seed = 0;
    let theirSeed = 0;
    const request = { lines, validation, training: settings, threads, copies: COPIES };
    const contenders = { wordmill: () => ours('classification', { ...request, seed: ++seed }) };
    if (peers.fasttext) contenders.fasttext = () => trainAndTest(peers.fasttext, options, ++theirSeed);
    const { wordmill, fasttext } = await takeTurns(seeds, contenders, log);
    const figures = [
      speed('training', 'M words/s', wordmill, fasttext, ({ tokens, seconds: time }) => tokens / time / 1e6),
      precision(wordmill, fasttext),
      speed('prediction', 'lines/s', wordmill, fasttext, ({ predicted, predictSeconds }) => predicted / predictSeconds),
    ];
    return { figures, settings: { ...settings, seeds, threads }, notes: NOTES };
  },
};

const NOTES = [
  `Words are words, labels and line ends, as fastText counts them; it says its speed itself. Its prediction is the time for ${COPIES} times the lines
less that for the lines once, so that loading the model does not count. Its package is compiled for any x86-64.`,
];

function speed(name, unit, ours, theirs, value) {
  const own = ours.map(value);
  return theirs === undefined ? figure(name, unit, own) : comparison(name, unit, own, 'fasttext', theirs.map(value));
}

function precision(ours, theirs) {
  const summary = (runs) => {
    const samples = runs.map((run) => run.precision);
    return { mean: mean(samples), samples };
  };
  const own = { name: 'precision of the first label', unit: 'share', ours: summary(ours) };
  if (theirs === undefined) return own;
  const peer = { name: 'fasttext', ...summary(theirs) };
  return { ...own, peer, difference: own.ours.mean - peer.mean };
}

async function trainAndTest(fasttext, { labelled, validation, threads, work }, seed) {
  const output = join(work, 'fasttext-classifier');
  const { learningRate, epochs, wordNgrams, vectorSize } = settings;
  const flags = ['-lr', learningRate, '-epoch', epochs, '-wordNgrams', wordNgrams, '-dim', vectorSize, '-seed', seed];
  const speed = await fasttext.train(
    ['supervised', '-input', labelled, '-output', output, ...flags.map(String)],
    threads,
  );
  const model = `${output}.bin`;
  const { stdout } = await exec('fasttext', ['test', model, validation]);
  const many = join(work, 'many-lines.txt');
  const text = readFileSync(validation, 'utf8');
  writeFileSync(many, text.repeat(COPIES));
  const ask = (file) => seconds(() => exec('fasttext', ['predict', model, file], { maxBuffer: 1 << 30 }));
  const once = await ask(validation);
  const predictSeconds = (await ask(many)) - once;
  const predicted = (COPIES - 1) * text.trimEnd().split('\n').length;
  return { tokens: speed, seconds: 1, precision: Number(/P@1\s+([\d.]+)/.exec(stdout)[1]), predicted, predictSeconds };
}

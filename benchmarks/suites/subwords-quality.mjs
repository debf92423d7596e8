import { join } from 'node:path';
import { textOf } from '../inputs.mjs';
import { judge, RESTRICT } from '../judgement.mjs';
import { ours } from '../processes.mjs';
import { chosenSettings, subwordSettings } from '../settings.mjs';
import { mean } from '../statistics.mjs';

export const subwordsQuality = {
  name: 'subwords-quality',
  title: 'Quality with subwords: WordSim353 and analogies among the 30,000 most frequent words, means over seeds',
  needs: ['text', 'pairs', 'analogies'],
  async run({ options, log }) {
    const { epochs, threads, seeds, work } = options;
    const output = join(work, 'wordmill-subwords.safetensors');
    const figures = [];
    const settings = chosenSettings(options, subwordSettings);
    for (const { title, training } of settings) {
      log(title);
      const runs = [];
      for (let seed = 1; seed <= seeds; seed++) {
        const request = { text: textOf(options), training, epochs, seed, threads, output };
        const { tokens, seconds } = await ours('subwords', request);
        runs.push({ ...(await judge(output, options)), speed: tokens / seconds / 1e6 });
        const { spearman, accuracy, speed } = runs.at(-1);
        log(`seed ${seed}: ${spearman.toFixed(4)}, ${accuracy.toFixed(2)} %, ${speed.toFixed(2)} M words/s`);
      }
      const figureOf = (name, unit, key) => {
        const samples = runs.map((run) => run[key]);
        return { name: `${title}: ${name}`, unit, ours: { mean: mean(samples), samples } };
      };
      figures.push(figureOf('WordSim353', 'Spearman', 'spearman'), figureOf('analogies', '%', 'accuracy'));
      figures.push(figureOf('training', 'M words/s', 'speed'));
    }
    return { figures, settings: { epochs, threads, seeds, restrictVocab: RESTRICT, trainings: settings } };
  },
};

import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from '../inputs.mjs';
import { dropFromCache } from '../machine.mjs';
import { ours } from '../processes.mjs';
import { subwordSettings } from '../settings.mjs';
import { figure, seconds, takeTurns } from '../statistics.mjs';

const { training } = subwordSettings.find(({ name }) => name === 'skip-gram-ns');

export const openModel = {
  name: 'open-model',
  title: "Opening fastText's .bin: from the file to the first vector, and to the first search",
  needs: ['text'],
  async run({ options, log }) {
    const { rounds, threads, work } = options;
    const model = join(work, 'wordmill-subwords.bin');
    if (!existsSync(model))
      await ours('subwords', { text: textOf(options), training, epochs: 1, seed: 1, threads, model });
    const open = () => ours('open-model', { model, word: 'king' });
    const cold = (work) => () => {
      dropFromCache(model);
      return work();
    };
    const read = () => seconds(() => execFileSync('dd', [`if=${model}`, 'of=/dev/null', 'bs=8M', 'status=none']));
    // What was just written is not yet all there.
    await open();
    const samples = await takeTurns(rounds, { cached: open, cold: cold(open), reading: cold(read) }, log);
    const milliseconds = (runs, key) => runs.map((run) => run[key] * 1000);
    const { size } = statSync(model);
    const figures = [
      figure('to the first vector', 'ms', milliseconds(samples.cached, 'toVector')),
      figure('to the first search', 'ms', milliseconds(samples.cached, 'toSearch')),
      figure('to the first vector, not in the page cache', 'ms', milliseconds(samples.cold, 'toVector')),
      figure('to the first search, not in the page cache', 'ms', milliseconds(samples.cold, 'toSearch')),
      figure(
        'reading the file, not in the page cache',
        'ms',
        samples.reading.map((time) => time * 1000),
      ),
      figure(
        'memory after the first search, pages of the file among it, of its size',
        '%',
        samples.cached.map((run) => (run.memory / size) * 100),
      ),
    ];
    return { figures, settings: { training, bytes: size }, notes: NOTES };
  },
};

const NOTES = [
  'Each time in a new process, without the start of Node.js and the loading of the engine. Reading is `dd bs=8M` to /dev/null.',
];

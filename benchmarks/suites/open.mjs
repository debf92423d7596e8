import { statSync } from 'node:fs';
import { randomSafetensors } from '../inputs.mjs';
import { dropFromCache } from '../machine.mjs';
import { ours } from '../processes.mjs';
import { figure, takeTurns } from '../statistics.mjs';

const COLUMNS = 300;
/** As many as GoogleNews has: three times the rows of the other suites. */
const TIMES_ROWS = 3;

export const open = {
  name: 'open',
  title: 'Opening mapped safetensors: from the file to the first vector',
  needs: [],
  async run({ options, log }) {
    const rows = options.rows * TIMES_ROWS;
    log(`making ${rows} x ${COLUMNS}`);
    const path = await randomSafetensors(options, rows, COLUMNS);
    const openOnce = async () => (await ours('open', { vectors: path, key: `word${rows - 1}` })).seconds * 1000;
    const contenders = {
      'in the page cache': openOnce,
      'not in the page cache': () => {
        dropFromCache(path);
        return openOnce();
      },
    };
    // What was just written is not yet all there.
    await openOnce();
    const samples = await takeTurns(options.rounds, contenders, log);
    const figures = Object.entries(samples).map(([name, times]) =>
      figure(`${rows} x ${COLUMNS}, ${name}`, 'ms', times),
    );
    return { figures, settings: { rows, columns: COLUMNS, bytes: statSync(path).size }, notes: NOTES };
  },
};

const NOTES = ['Each time in a new process, without the start of Node.js and the loading of the engine.'];

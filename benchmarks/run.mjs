// pnpm bench: measures Wordmill beside other tools, one suite after the other. README.md explains the suites.
import { describeMachine } from './machine.mjs';
import { parseOptions, UsageError } from './options.mjs';
import { findPeers } from './peers.mjs';
import { resultTable, saveResult } from './report.mjs';
import { suites } from './suites/index.mjs';

async function main() {
  const options = parseOptions(process.argv.slice(2), suites);
  const chosen = suites.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const machine = describeMachine();
  const peers = await findPeers(options.peers);
  for (const suite of chosen) {
    const missing = suite.needs.filter((need) => options[need] === undefined);
    if (missing.length > 0) {
      const text = `${suite.name} needs ${missing.map((need) => `--${need} FILE`).join(' and ')}`;
      if (options.only.length > 0) throw new UsageError(text);
      log(`left out: ${text}`);
      continue;
    }
    log(`${suite.name}: ${suite.title}`);
    const { figures, notes = [], settings = {} } = await suite.run({ options, peers, log: (text) => log(`  ${text}`) });
    const { name, title } = suite;
    const where = { suite: name, title, command: options.command(suite), machine, peers: peers.versions };
    saveResult({ ...where, settings, notes, figures }, options);
    console.log(resultTable({ title, notes, figures }));
  }
}

function log(text) {
  console.error(text);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof UsageError ? `bench: ${error.message}` : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { settings } from './settings.mjs';

export class UsageError extends Error {}

/** Files may be named once for all in the environment. */
const FILES = {
  text: 'WORDMILL_BENCH_TEXT',
  pairs: 'WORDMILL_BENCH_PAIRS',
  analogies: 'WORDMILL_BENCH_ANALOGIES',
  labelled: 'WORDMILL_BENCH_LABELLED',
  validation: 'WORDMILL_BENCH_VALIDATION',
};
const results = fileURLToPath(new URL('results', import.meta.url));

const definitions = {
  text: { type: 'string' },
  pairs: { type: 'string' },
  analogies: { type: 'string' },
  labelled: { type: 'string' },
  validation: { type: 'string' },
  only: { type: 'string', default: '' },
  settings: { type: 'string', default: '' },
  peers: { type: 'string', default: 'gensim,fasttext,usearch,onnxruntime' },
  rounds: { type: 'string', default: '5' },
  seeds: { type: 'string', default: '3' },
  epochs: { type: 'string', default: '5' },
  threads: { type: 'string', default: '2' },
  rows: { type: 'string', default: '1000000' },
  bytes: { type: 'string' },
  work: { type: 'string', default: join(tmpdir(), 'wordmill-bench') },
  record: { type: 'boolean', default: false },
};

/** The command line, checked. */
export function parseOptions(args, suites) {
  const given = parse(args);
  const options = {
    only: listOf('only', given.only, suites),
    settings: listOf('settings', given.settings, settings),
    peers: given.peers.split(',').map((name) => name.trim()),
    rounds: count('rounds', given.rounds),
    seeds: count('seeds', given.seeds),
    epochs: count('epochs', given.epochs),
    threads: count('threads', given.threads),
    rows: count('rows', given.rows),
    bytes: given.bytes === undefined ? undefined : count('bytes', given.bytes),
    work: resolve(given.work),
    results: given.record ? results : join(results, 'local'),
    record: given.record,
    command: (suite) => commandOf(args, suite),
  };
  for (const [name, variable] of Object.entries(FILES)) {
    const path = given[name] ?? process.env[variable];
    options[name] = path === undefined ? undefined : resolve(path);
  }
  mkdirSync(options.work, { recursive: true });
  mkdirSync(options.results, { recursive: true });
  return options;
}

function parse(args) {
  try {
    return parseArgs({ args, options: definitions }).values;
  } catch (error) {
    throw new UsageError(error.message);
  }
}

function listOf(option, text, among) {
  const names = text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  const known = among.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`--${option} ${unknown}: it must be one of ${known.join(', ')}`);
  return names;
}

function count(option, text) {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(`--${option} must be a whole number above 0, not ${text}`);
}

/** What measures one suite again: without where files lie, and where results go. */
function commandOf(args, { name, needs }) {
  const { tokens } = parseArgs({ args, options: definitions, tokens: true });
  const kept = tokens.filter((token) => !['only', 'work', 'record', ...Object.keys(FILES)].includes(token.name));
  const others = kept.map((token) => `--${token.name} ${token.value}`);
  const given = { ...environmentFiles(), ...parse(args) };
  const files = needs.flatMap((file) => (given[file] ? [`--${file} ${basename(given[file])}`] : []));
  return ['pnpm bench --only', name, ...files, ...others].join(' ');
}

function environmentFiles() {
  const set = Object.entries(FILES).filter(([, variable]) => process.env[variable] !== undefined);
  return Object.fromEntries(set.map(([name, variable]) => [name, process.env[variable]]));
}

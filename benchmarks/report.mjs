import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes the result of a suite, and the table of all results beside it. */
export function saveResult(result, { results }) {
  writeFileSync(join(results, `${result.suite}.json`), `${JSON.stringify(rounded(result), undefined, 2)}\n`);
  writeFileSync(join(results, 'README.md'), overview(results));
}

function overview(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const parts = files.sort().map((name) => {
    const result = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return `${resultTable(result)}\n\`${result.command}\`, ${machineLine(result)}\n`;
  });
  return `# Results\n\nWritten by \`pnpm bench\`; what is measured and how: \`benchmarks/README.md\`. \
Medians; a ratio above 1 means that\nWordmill is better.\n\n${parts.join('\n')}`;
}

function machineLine({ machine, peers }) {
  const { processor, threads, isa, compiler, node, wordmill } = machine;
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return [
    `${processor}, ${threads} threads, ${isa}, ${compiler}, Node.js ${node}, wordmill ${wordmill}`,
    ...versions,
  ].join(', ');
}

/** A suite as a Markdown section. */
export function resultTable({ title, notes, figures }) {
  const rows = figures.map(({ name, unit, ours, peer, ratio, difference }) => [
    name,
    unit,
    digits(middle(ours)),
    peer === undefined ? '' : `${peer.name} ${digits(middle(peer))}`,
    ratio === undefined ? signed(difference) : digits(ratio.median),
  ]);
  const has = (key) => figures.some((one) => one[key] !== undefined);
  const last = !has('difference') ? 'ratio' : has('ratio') ? 'ratio, or +- difference' : 'difference';
  const lines = [['', 'unit', 'Wordmill', 'beside', last], ['---', '---', '---:', '---:', '---:'], ...rows];
  const text = lines.map((row) => `| ${row.join(' | ')} |`).join('\n');
  return `## ${title}\n\n${text}\n${notes.map((note) => `\n${note}\n`).join('')}`;
}

const middle = ({ median, mean }) => median ?? mean;
const signed = (value) => (value === undefined ? '' : `${value < 0 ? '' : '+'}${digits(value)}`);

/** Four significant digits, without exponents. */
const digits = (value) => String(Number.parseFloat(value.toPrecision(Math.abs(value) >= 1000 ? 6 : 4)));

/** Seven digits are more than any measurement has. */
function rounded(value) {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number.parseFloat(value.toPrecision(7));
  if (Array.isArray(value)) return value.map(rounded);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]));
}

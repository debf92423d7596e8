import { spelling } from './arguments.js';
import type { Command } from './command.js';
import type { Options } from './option-types.js';

const WIDTH = 100;
const INDENT = 30;

/** What `wordmill` says when nothing is asked of it. */
export const introduction = (): string =>
  `wordmill trains, queries and converts word vectors. Three commands to begin with:

  wordmill word2vec -train text.txt -output vectors.txt -cbow 0
  wordmill nearest vectors.txt "king - man + woman"
  wordmill analogy vectors.txt man king woman

\`wordmill --help\` lists all commands.
`;

/** `wordmill --help`. */
export function overview(commands: readonly Command[]): string {
  const longest = Math.max(...commands.map(({ name }) => name.length));
  return `Usage: wordmill COMMAND [ARGUMENT...]

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(longest)}  ${summary}`).join('\n')}

  wordmill COMMAND --help   all about one of them
  wordmill --version        version of the program

Results go to standard output and all else to standard error. Exit status: 0 done, 1 failed, 2 wrong usage,
130 interrupted. With WORDMILL_DEBUG=1 an error shows where it comes from; WORDMILL_ISA=scalar (avx2, avx512, neon)
forces an instruction set. WORDMILL_CUDA=/path/libwordmill_cuda.so is the module for GPUs that --device takes.
`;
}

/** `wordmill COMMAND --help`. */
export function helpOf(command: Command): string {
  const usage = command.usage.map((line, i) => `${i === 0 ? 'Usage: ' : '       '}wordmill ${line}`);
  const parts = [usage.join('\n'), ...wrapped(command.description), `Options:\n${optionLines(command.options)}`];
  if (command.examples.length > 0) parts.push(`Examples:\n${command.examples.map((line) => `  ${line}`).join('\n')}`);
  return `${parts.join('\n\n')}\n`;
}

/** The paragraphs of a text, which are separated by empty lines. */
const wrapped = (text: string): string[] => text.split(/\n\s*\n/).map((paragraph) => wrap(paragraph, WIDTH).join('\n'));

function optionLines(options: Options): string {
  const lines: string[] = [];
  for (const [key, { also, value, help, fallback }] of Object.entries(options)) {
    const names = [spelling(key), ...also].map((name) => (name.length === 1 ? `-${name}` : `--${name}`));
    const head = `  ${names.join(', ')}${value === undefined ? '' : ` ${value}`}`;
    const explanation = wrap(fallback === undefined ? help : `${help} (default: ${fallback})`, WIDTH - INDENT);
    if (head.length > INDENT - 2) lines.push(head);
    else lines.push(head.padEnd(INDENT) + explanation.shift());
    for (const line of explanation) lines.push(' '.repeat(INDENT) + line);
  }
  return lines.join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}

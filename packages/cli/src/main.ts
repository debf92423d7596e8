import { nearestName } from '@wordmill/core/internal';
import { type Arguments, parseArguments } from './arguments.js';
import type { Command } from './command.js';
import { commands } from './commands/index.js';
import { failureOf } from './error-report.js';
import { helpOf, introduction, overview } from './help.js';
import { Interruption } from './interruption.js';
import type { Options } from './option-types.js';
import { Output } from './output.js';
import { UsageError } from './usage-error.js';
import { version } from './version.js';

/** Runs one command line, without the names of Node and the program; gives the exit status of the process. */
export async function main(args: readonly string[]): Promise<number> {
  endQuietlyWithReader();
  const [name, ...rest] = args;
  const invocation: { command?: Command; written?: ReadonlyMap<string, string> } = {};
  try {
    if (name === undefined) return print(introduction());
    if (isVersion(name)) return print(`wordmill ${version()}\n`);
    if (isHelp(name)) return print(rest[0] === undefined ? overview(commands) : helpOf(commandOf(rest).command));
    const { command, args: own } = commandOf(args);
    invocation.command = command;
    const parsed = parseArguments(own, command.options);
    invocation.written = parsed.written;
    return await run(command, parsed);
  } catch (error) {
    const { status, text } = failureOf(error, invocation);
    process.stderr.write(`${text}\n`);
    return status;
  }
}

async function run(command: Command, parsed: Arguments<Options>): Promise<number> {
  if (parsed.options.help) return print(helpOf(command));
  const output = new Output(parsed.options.json === true);
  const interruption = new Interruption(() => output.progress.stop());
  try {
    await command.run(parsed, { output, signal: interruption.signal });
  } catch (error) {
    if (interruption.status === undefined) throw error;
  } finally {
    output.progress.stop();
    interruption.close();
  }
  if (interruption.status === undefined) return 0;
  process.stderr.write('wordmill: interrupted\n');
  return interruption.status;
}

/** The command that a line begins with, whose name may be two words (`glove train`), and what follows. */
function commandOf(args: readonly string[]): { readonly command: Command; readonly args: readonly string[] } {
  const words = commands.some(({ name }) => name === args.slice(0, 2).join(' ')) ? 2 : 1;
  return { command: commandCalled(args.slice(0, words).join(' ')), args: args.slice(words) };
}

function commandCalled(name: string): Command {
  const command = commands.find((one) => one.name === name);
  if (command !== undefined) return command;
  const names = commands.map((one) => one.name);
  if (name.startsWith('-')) {
    throw new UsageError(
      `the command comes first, for instance: wordmill word2vec ${name} … (it is one of ${names.join(', ')})`,
    );
  }
  const nearest = nearestName(name, names);
  const hint = nearest === undefined ? `the commands are ${names.join(', ')}` : `did you mean ${nearest}?`;
  throw new UsageError(`there is no command ${name}; ${hint}`);
}

const isHelp = (name: string): boolean => ['help', '--help', '-help', '-h'].includes(name);
const isVersion = (name: string): boolean => ['--version', '-version', '-V', '-v'].includes(name);

function print(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

/** A reader that has seen enough (`| head`) is no failure. */
function endQuietlyWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

import type { Arguments } from './arguments.js';
import { flag, type Options } from './option-types.js';
import type { Output } from './output.js';

/** What a command works with besides its arguments. */
export interface Context {
  readonly output: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** One command of `wordmill`: what it takes, how it is explained, and what it does. */
export interface Command<O extends Options = Options> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The command line after `wordmill`, one line for each form. */
  readonly usage: readonly string[];
  /** Paragraphs for the help. */
  readonly description: string;
  readonly options: O;
  /** Command lines to copy. */
  readonly examples: readonly string[];
  run(args: Arguments<O>, context: Context): Promise<void>;
}

/** Options that every command has. */
export const sharedOptions = {
  json: flag({ help: 'print one JSON object on standard output and nothing else there' }),
  help: flag({ also: ['h'], help: 'print this help' }),
} as const;

export type SharedOptions = typeof sharedOptions;

/** Defines a command, adding the options that every command has. */
export function defineCommand<O extends Options>(
  command: Omit<Command<O & SharedOptions>, 'options'> & { readonly options: O },
): Command {
  return { ...command, options: { ...command.options, ...sharedOptions } } as unknown as Command;
}

import { parseArgs } from 'node:util';
import { nearestName } from '@wordmill/core/internal';
import type { Option, Options, Values } from './option-types.js';
import { UsageError } from './usage-error.js';

/** A command line that was understood. */
export interface Arguments<O extends Options> {
  readonly options: Values<O>;
  /** how the options that were given were written, `-size` for `vectorSize` */
  readonly written: ReadonlyMap<string, string>;
  /** what is no option, in order */
  readonly operands: readonly string[];
}

/** `vectorSize` as it is written on the command line: `vector-size`. */
export const spelling = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * Reads the arguments of a command. Long names may have one dash, as in the reference tools (`-min-count 5`). The last one
 * counts when an option is repeated.
 */
export function parseArguments<O extends Options>(args: readonly string[], options: O): Arguments<O> {
  const names = namesOf(options);
  const { tokens } = parseArgs({
    args: normalised(args),
    options: nodeOptions(names),
    strict: false,
    tokens: true,
  });
  const values: Record<string, unknown> = Object.fromEntries(Object.keys(options).map((key) => [key, undefined]));
  const written = new Map<string, string>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    // A number that no option takes: fastText's K of -1.
    if (/^-\d$/.test(token.rawName)) {
      operands.push(token.rawName);
      continue;
    }
    const found = names.get(token.name);
    if (found === undefined) throw unknownOption(token.rawName, names.keys());
    values[found.key] = parseValue(found.option, token);
    written.set(found.key, token.rawName);
  }
  return { options: values as Values<O>, written, operands };
}

interface Named {
  readonly key: string;
  readonly option: Option<unknown>;
}

function namesOf(options: Options): Map<string, Named> {
  const names = new Map<string, Named>();
  for (const [key, option] of Object.entries(options)) {
    for (const name of [spelling(key), ...option.also]) names.set(name, { key, option });
  }
  return names;
}

/**
 * Names as Node wants them: a single dash before a long one becomes two (Node would take it for a group of one-letter
 * options), and underscores, as in gensim's names, become dashes.
 */
function normalised(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((arg, i) => {
    if (end >= 0 && i > end) return arg;
    return arg.replace(/^--?([a-z][\w-]+)/i, (_, name: string) => `--${name.replaceAll('_', '-')}`);
  });
}

function nodeOptions(names: Map<string, Named>) {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {};
  for (const [name, { option }] of names) {
    const type = option.value === undefined ? 'boolean' : 'string';
    options[name] = name.length === 1 ? { type, short: name } : { type };
  }
  return options;
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function parseValue(option: Option<unknown>, { rawName, value, inlineValue }: OptionToken): unknown {
  if (option.value === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
    return option.parse('');
  }
  const isMissing = value === undefined || (!inlineValue && /^--?[a-z]/i.test(value));
  if (isMissing) throw new UsageError(`${rawName} needs a value (${option.value})`);
  try {
    return option.parse(value);
  } catch (error) {
    throw new UsageError(`${rawName} ${(error as Error).message}`);
  }
}

function unknownOption(given: string, names: Iterable<string>): UsageError {
  if (given.includes(' '))
    return new UsageError(`there is no option ${given}; if it is an expression, put -- before it`);
  const nearest = nearestName(given.replace(/^-+/, ''), names);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest.length === 1 ? '-' : '--'}${nearest}?`;
  return new UsageError(`there is no option ${given}${hint}`);
}

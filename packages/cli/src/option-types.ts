import { nearestName } from '@wordmill/core/internal';

/** One option of a command; its key in {@link Options} is its name, written `--vector-size` for `vectorSize`. */
export interface Option<T> {
  /** Other spellings: those of the reference tools, gensim's, single letters. */
  readonly also: readonly string[];
  /** What stands for the value in the help; undefined: a switch without value. */
  readonly value: string | undefined;
  readonly help: string;
  /** What happens without the option, as the help says it. */
  readonly fallback: string | undefined;
  /** Throws an Error that completes the sentence `--name ...` when the text is no such value. */
  parse(text: string): T;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

/** What the options of a command were given; undefined: not given. */
export type Values<O extends Options> = { readonly [K in keyof O]: ReturnType<O[K]['parse']> | undefined };

interface Description {
  readonly help: string;
  readonly also?: readonly string[];
  readonly value?: string;
  readonly fallback?: string;
}

function option<T>(description: Description, value: string | undefined, parse: (text: string) => T): Option<T> {
  const { help, also = [], fallback } = description;
  return { help, also, fallback, value: value === undefined ? undefined : (description.value ?? value), parse };
}

/** A path, name or other text. */
export const text = (description: Description): Option<string> => option(description, 'TEXT', (given) => given);

export const file = (description: Description): Option<string> => option(description, 'FILE', (given) => given);

/** A number; its range is the library's to check. */
export const number = (description: Description): Option<number> =>
  option(description, 'X', (given) => {
    if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(given)) throw new Error(`must be a number, not ${quote(given)}`);
    return Number(given);
  });

export const integer = (description: Description): Option<number> =>
  option(description, 'N', (given) => {
    if (!/^[-+]?\d+$/.test(given)) throw new Error(`must be a whole number, not ${quote(given)}`);
    return Number(given);
  });

/** A switch that is on when it is there. */
export const flag = (description: Description): Option<boolean> => option(description, undefined, () => true);

/** The reference tools' switches, which take 0 or 1. */
export const zeroOrOne = (description: Description): Option<boolean> =>
  option(description, '0|1', (given) => {
    if (given !== '0' && given !== '1') throw new Error(`must be 0 or 1, not ${quote(given)}`);
    return given === '1';
  });

export function choice<const C extends string>(choices: readonly C[], description: Description): Option<C> {
  return option(description, choices.join('|'), (given) => {
    const found = choices.find((one) => one === given);
    if (found !== undefined) return found;
    const nearest = nearestName(given, choices);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw new Error(`must be ${choices.join(' or ')}, not ${quote(given)}${hint}`);
  });
}

const quote = (given: string): string => JSON.stringify(given);

import * as v from 'valibot';
import { WordmillError } from './errors.js';
import { nearestName } from './nearest-name.js';

/** The entries of a `v.strictObject`. */
type Entries = v.ObjectEntries;

/**
 * Options as a schema wants them, defaults filled in. A wrong value is ERR_WORDMILL_OPTION naming the option and what it
 * may be; so is an unknown name, with the name that was probably meant.
 */
export function checkOptions<const E extends Entries>(
  schema: v.StrictObjectSchema<E, undefined>,
  options: unknown,
): v.InferOutput<v.StrictObjectSchema<E, undefined>> {
  const result = v.safeParse(schema, options ?? {}, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  if (path === null) {
    throw new WordmillError('ERR_WORDMILL_OPTION', `options must be an object, not ${issue.received}`);
  }
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    throw unknownOption(path, Object.keys(schema.entries));
  }
  if (issue.type === 'strict_object' && issue.input === undefined) {
    throw new WordmillError('ERR_WORDMILL_OPTION', `option ${path} is needed`, { option: path });
  }
  throw new WordmillError('ERR_WORDMILL_OPTION', `option ${path}: ${issue.message}`, { option: path });
}

/** The error for an option that does not exist. */
export function unknownOption(name: string, known: Iterable<string>): WordmillError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `the options are ${[...known].join(', ')}` : `did you mean ${nearest}?`;
  return new WordmillError('ERR_WORDMILL_OPTION', `there is no option ${name}; ${hint}`, { option: name });
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER) {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return v.custom<number>(
    (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    (issue) => `must be a whole number ${range}, not ${issue.received}`,
  );
}

/** A finite number from `min` to `max`. */
export function finite(min = -Infinity, max = Infinity) {
  const range = [min > -Infinity ? ` of at least ${min}` : '', max < Infinity ? ` of at most ${max}` : ''];
  return v.custom<number>(
    (value) => Number.isFinite(value) && (value as number) >= min && (value as number) <= max,
    (issue) => `must be a finite number${range.filter(Boolean).join(' and')}, not ${issue.received}`,
  );
}

/** One of some words. */
export function oneOf<const T extends readonly string[]>(...values: T) {
  return v.picklist(values, (issue) => {
    const nearest = nearestName(String(issue.input), values);
    const hint = nearest === undefined ? '' : `; did you mean '${nearest}'?`;
    return `must be ${values.map((value) => `'${value}'`).join(' or ')}, not ${issue.received}${hint}`;
  });
}

/** A function with the given type; how it is called is checked by the compiler only. */
export function callback<F extends (...args: never[]) => unknown>() {
  return v.custom<F>(
    (value) => typeof value === 'function',
    (issue) => `must be a function, not ${issue.received}`,
  );
}

/** true or false. */
export const flag = v.boolean((issue) => `must be true or false, not ${issue.received}`);

/** Number of engine threads; 0, the default, is as many as the process may run on. */
export const threads = v.optional(integer(0, 1024), 0);

/** What cancels the work. */
export const signal = v.optional(
  v.custom<AbortSignal>(
    (value) => value instanceof AbortSignal,
    (issue) => `must be an AbortSignal, not ${issue.received}`,
  ),
);

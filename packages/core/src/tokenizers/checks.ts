import * as v from 'valibot';
import { WordmillError } from '../errors.js';
import type { Tokenizer } from './tokenizer.js';

/** Bytes of a key that messages show. */
const SHOWN = 40;

/** Whether something has the shape of a {@link Tokenizer}; its keys are looked at by {@link checkVocabulary}. */
export function isTokenizer(value: unknown): value is Tokenizer {
  if (typeof value !== 'object' || value === null) return false;
  const { name, vocabulary, encode } = value as Partial<Tokenizer>;
  return typeof name === 'string' && name !== '' && Array.isArray(vocabulary) && typeof encode === 'function';
}

const MEANT =
  'must be a Tokenizer (name, vocabulary and encode), as fromHuggingFace(), fromTiktoken() and fromGptTokenizer() make one of an ' +
  'object of these libraries';

/** A tokenizer as an entry of a schema. */
export const tokenizer = v.optional(v.custom<Tokenizer>(isTokenizer, MEANT));

/** The value of an argument that must be a tokenizer. */
export function requireTokenizer(value: unknown, option: string): Tokenizer {
  if (isTokenizer(value)) return value;
  throw new WordmillError('ERR_WORDMILL_OPTION', `option ${option}: ${MEANT}`, { option });
}

/** Refuses a vocabulary in which a key is missing, empty or there twice. */
export function checkVocabulary({ name, vocabulary }: Tokenizer): void {
  if (vocabulary.length === 0) throw wrongTokenizer(name, 'has no tokens');
  const ids = new Map<string, number>();
  for (let id = 0; id < vocabulary.length; id++) {
    const key: unknown = vocabulary[id];
    if (typeof key !== 'string' || key === '') {
      throw wrongTokenizer(name, `has no key for id ${id}: a key must be a string that is not empty`);
    }
    const first = ids.get(key);
    if (first !== undefined) {
      throw wrongTokenizer(
        name,
        `has the key ${JSON.stringify(key.slice(0, SHOWN))} twice, for ids ${first} and ${id}`,
      );
    }
    ids.set(key, id);
  }
}

/** The ids of a text, checked. `where` says in messages which text it is. */
export function encodeChecked(tokenizer: Tokenizer, text: string, where: string): ArrayLike<number> {
  const { name, vocabulary } = tokenizer;
  let ids: ArrayLike<number>;
  try {
    ids = tokenizer.encode(text);
  } catch (cause) {
    throw wrongTokenizer(name, `failed at ${where}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  if (!Array.isArray(ids) && !ArrayBuffer.isView(ids)) {
    const isPromise = typeof (ids as { then?: unknown } | undefined)?.then === 'function';
    const found = isPromise ? 'a promise, where it must be synchronous' : `${typeof ids}, not an array of ids`;
    throw wrongTokenizer(name, `gave ${found}, for ${where}`);
  }
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (Number.isInteger(id) && id >= 0 && id < vocabulary.length) continue;
    throw wrongTokenizer(
      name,
      `gave id ${String(id)} for ${where}; the ids of its vocabulary are 0 to ${vocabulary.length - 1}`,
    );
  }
  return ids;
}

/** The error for a tokenizer that is not as it must be. */
export function wrongTokenizer(name: string, what: string, cause?: unknown): WordmillError {
  return new WordmillError(
    'ERR_WORDMILL_TOKENIZER',
    `the tokenizer ${JSON.stringify(name)} ${what}`,
    cause === undefined ? { option: 'tokenizer' } : { option: 'tokenizer', cause },
  );
}

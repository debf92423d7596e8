import { fileError } from '../errors.js';
import { readTokenizerJson } from '../tokenizers/tokenizer-file.js';
import { formatError, MAX_ROWS } from './limits.js';

/**
 * The tokens of a `tokenizer.json` (Hugging Face): the vocabulary of its model (BPE, WordPiece, WordLevel or Unigram) and
 * the added tokens, as they are spelled there (`Ġword` and `▁word` stay so). Element i is token i of a table of `rows`;
 * undefined where there is none. A file that is only a vocabulary, an object of tokens and ids, is read too.
 */
export async function readTokenizerVocabulary(path: string, rows: number): Promise<(string | undefined)[]> {
  const json = await readTokenizerJson(path);
  try {
    return tokensOf(json, rows);
  } catch (error) {
    throw fileError(error, path);
  }
}

function tokensOf(json: Readonly<Record<string, unknown>>, rows: number): (string | undefined)[] {
  const model = isObject(json.model) ? json.model : undefined;
  const added = model === undefined ? undefined : json.added_tokens;
  const tokens = new Array<string | undefined>(rows).fill(undefined);
  for (const [token, id] of entriesOf(model === undefined ? json : model.vocab)) {
    if (id >= rows) {
      throw formatError(
        `its token ${JSON.stringify(token)} has id ${id} and the table has ${rows} rows: it is of another model; name the ` +
          'right file with option words',
      );
    }
    tokens[id] ??= token;
  }
  // A tokenizer may know more markers than the model has rows for.
  for (const [token, id] of addedTokens(added)) if (id < rows) tokens[id] ??= token;
  return tokens;
}

/** The vocabulary of a model: an object of ids, or for Unigram a list of tokens with their scores. */
function* entriesOf(vocabulary: unknown): Generator<[token: string, id: number]> {
  if (Array.isArray(vocabulary)) {
    for (const [id, entry] of vocabulary.entries()) yield [tokenOf(Array.isArray(entry) ? entry[0] : entry), id];
  } else if (isObject(vocabulary)) {
    for (const [token, id] of Object.entries(vocabulary)) yield [token, idOf(id, token)];
  } else {
    throw formatError('it is no tokenizer.json and no vocabulary: it has no model.vocab');
  }
}

function* addedTokens(added: unknown): Generator<[token: string, id: number]> {
  if (added === undefined || added === null) return;
  if (!Array.isArray(added)) throw formatError('its added_tokens are no list');
  for (const entry of added) {
    if (!isObject(entry)) throw formatError('one of its added_tokens is no object');
    const token = tokenOf(entry.content);
    yield [token, idOf(entry.id, token)];
  }
}

function tokenOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw formatError(`a token in it is ${JSON.stringify(value)?.slice(0, 50)}, which is no string`);
}

function idOf(value: unknown, token: string): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_ROWS) return value as number;
  throw formatError(`its token ${JSON.stringify(token)} has id ${JSON.stringify(value)?.slice(0, 50)}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

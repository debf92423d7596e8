import type { Tokenizer } from './tokenizer.js';

/** The text that each token stands for; undefined for a token that stands for none. */
export function textsOf(tokenizer: Tokenizer): (string | undefined)[] {
  const { vocabulary, specialTokens } = tokenizer;
  return vocabulary.map((key, id) => {
    if (specialTokens?.has(id)) return undefined;
    const text = tokenizer.textOf?.(id);
    if (text !== undefined) return text;
    const decoded = tokenizer.decode?.([id]);
    // What is no UTF-8 is lost in decoding.
    return decoded === undefined || decoded === '' || decoded.includes('\ufffd') ? key : decoded;
  });
}

/** What is left of a text when case, accents, compatibility forms and the spaces around it are taken away. */
export function plainText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .trim();
}

import { createReadStream } from 'node:fs';
import { fileError, WordmillError } from '../errors.js';
import { type FileWriter, filePath, writeFiles } from '../files.js';
import { decodeText, encodeText } from './text-bytes.js';

/** A word and how often it occurs. */
export interface VocabularyEntry {
  readonly word: string;
  /** A whole number of at least 0. */
  readonly count: number;
}

const SPACE = 0x20;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Longest line of a vocabulary file, so that a file of another kind is not read into memory. */
const LONGEST_LINE = 1 << 26;

/**
 * Words with their frequencies, in an order that counts: word i is row i of what is trained with it. Files are
 * `word count` lines, as word2vec.c (`-save-vocab`) and GloVe write them; bytes that are not UTF-8 are kept.
 */
export class Vocabulary {
  readonly words: readonly string[];
  readonly counts: readonly number[];

  private constructor(words: readonly string[], counts: readonly number[]) {
    this.words = words;
    this.counts = counts;
  }

  /** Throws ERR_WORDMILL_OPTION for a word that comes twice, an empty word and a count that is not a whole number. */
  static from(entries: Iterable<VocabularyEntry>): Vocabulary {
    const words: string[] = [];
    const counts: number[] = [];
    const seen = new Set<string>();
    for (const { word, count } of entries) {
      const wrong = flawOf(word, count, seen);
      if (wrong !== undefined) {
        throw new WordmillError('ERR_WORDMILL_OPTION', `vocabulary entry ${words.length}: ${wrong}`, {
          option: 'vocabulary',
        });
      }
      words.push(word);
      counts.push(count);
    }
    return new Vocabulary(words, counts);
  }

  /** Reads `word count` lines. Throws ERR_WORDMILL_FORMAT with the offset of a line that is not one. */
  static async load(path: string | URL, options: { signal?: AbortSignal | undefined } = {}): Promise<Vocabulary> {
    const file = filePath(path);
    const words: string[] = [];
    const counts: number[] = [];
    const seen = new Set<string>();
    try {
      for await (const { line, offset } of linesOf(file, options.signal)) {
        if (line.length === 0) continue;
        const split = line.lastIndexOf(SPACE);
        const digits = decodeText(line.subarray(split + 1));
        const word = decodeText(line.subarray(0, Math.max(split, 0)));
        const count = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
        const wrong = split < 0 ? 'it is not a "word count" line' : flawOf(word, count, seen);
        if (wrong !== undefined) {
          throw new WordmillError('ERR_WORDMILL_FORMAT', `line ${words.length + 1}: ${wrong}`, { offset });
        }
        words.push(word);
        counts.push(count);
      }
    } catch (error) {
      throw fileError(error, file);
    }
    if (words.length === 0) throw new WordmillError('ERR_WORDMILL_FORMAT', `${file}: holds no words`, { file });
    return new Vocabulary(words, counts);
  }

  get size(): number {
    return this.words.length;
  }

  *[Symbol.iterator](): Generator<VocabularyEntry> {
    for (let row = 0; row < this.size; row++) yield { word: this.words[row]!, count: this.counts[row]! };
  }

  /** Writes `word count` lines; a file of that name is replaced when all is written. */
  async save(path: string | URL, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    await saveVocabulary(path, this, options.signal);
  }
}

/** Writes `word count` lines. */
export async function saveVocabulary(
  path: string | URL,
  entries: Iterable<VocabularyEntry>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const write = async (file: FileWriter): Promise<void> => {
    for (const bytes of vocabularyBytes(entries)) {
      signal?.throwIfAborted();
      await file.write(bytes);
    }
  };
  await writeFiles([{ path: filePath(path), write }]);
}

function* vocabularyBytes(entries: Iterable<VocabularyEntry>): Generator<Uint8Array> {
  let text = '';
  for (const { word, count } of entries) {
    text += `${word} ${count}\n`;
    if (text.length < 1 << 18) continue;
    yield encodeText(text, 'escape');
    text = '';
  }
  if (text !== '') yield encodeText(text, 'escape');
}

/** What is wrong with an entry; adds its word to those seen. */
function flawOf(word: unknown, count: unknown, seen: Set<string>): string | undefined {
  if (typeof word !== 'string' || word === '') return 'the word must be a string that is not empty';
  if (!Number.isSafeInteger(count) || (count as number) < 0) {
    return `the count of ${JSON.stringify(word)} must be a whole number of at least 0, not ${String(count)}`;
  }
  if (seen.has(word)) return `${JSON.stringify(word)} comes twice`;
  seen.add(word);
  return undefined;
}

async function* linesOf(
  file: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly line: Uint8Array; readonly offset: number }> {
  let held: Buffer = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
    signal?.throwIfAborted();
    const bytes = held.length === 0 ? (chunk as Buffer) : Buffer.concat([held, chunk as Buffer]);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      yield { line: trimmed(bytes.subarray(start, end)), offset: offset + start };
      start = end + 1;
    }
    held = bytes.subarray(start);
    offset += start;
    if (held.length > LONGEST_LINE) {
      throw new WordmillError('ERR_WORDMILL_FORMAT', `a line is longer than ${LONGEST_LINE} bytes`, { offset });
    }
  }
  if (held.length > 0) yield { line: trimmed(held), offset };
}

/** Files from Windows end their lines with CR LF. */
const trimmed = (line: Buffer): Buffer => (line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line);

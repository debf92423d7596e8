import { Corpus, type TextSource, WordmillError } from '@wordmill/core';
import type { LabelledSource, LabelledText } from './classifier-options.js';

/** Records as the lines of a text that has its labels in it. */
export function asText(source: LabelledSource, labelPrefix: string): TextSource {
  if (typeof source !== 'object' || source === null || source instanceof URL || source instanceof Corpus) {
    return source as TextSource;
  }
  if (Symbol.asyncIterator in source) return linesLater(source, labelPrefix);
  if (Symbol.iterator in source) return lines(source, labelPrefix);
  return source;
}

type Entry = LabelledText | string | readonly string[];

function* lines(source: Iterable<Entry>, labelPrefix: string): Generator<string | string[]> {
  for (const entry of source) yield lineOf(entry, labelPrefix);
}

async function* linesLater(source: AsyncIterable<Entry>, labelPrefix: string): AsyncGenerator<string | string[]> {
  for await (const entry of source) yield lineOf(entry, labelPrefix);
}

function lineOf(entry: Entry, labelPrefix: string): string | string[] {
  if (typeof entry !== 'object' || entry === null || !('labels' in entry)) return entry as string | string[];
  const { text, labels } = entry;
  if (typeof text !== 'string' || !Array.isArray(labels)) {
    throw new WordmillError('ERR_WORDMILL_CORPUS', 'a labelled text is { text: string, labels: string[] }', {
      option: 'source',
    });
  }
  const marked = labels.map((label: string) => (label.startsWith(labelPrefix) ? label : labelPrefix + label));
  const wrong = marked.find((label) => /[\s\0]/.test(label) || label === labelPrefix);
  if (wrong !== undefined) {
    throw new WordmillError(
      'ERR_WORDMILL_CORPUS',
      `the label ${JSON.stringify(wrong)} is empty or has white space in it, at which fastText's files would cut it`,
      { option: 'source' },
    );
  }
  return [...marked, text.replaceAll(/[\r\n]+/g, ' ')].join(' ');
}

/** Words as fastText cuts them. */
export const wordsOf = (line: string): string[] => line.split(/[ \t\v\f\r\n\0]+/).filter((word) => word !== '');

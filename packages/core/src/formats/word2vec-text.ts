import type { Format } from './format.js';
import { readTextRows, textShape, writeTextRows } from './text-rows.js';

/** `V D`, then rows of the key and D decimal numbers, separated by spaces. */
export const word2vecText: Format = {
  read: (source, settings) => readTextRows(source, settings, 'required'),
  write: (vectors, path, settings) =>
    writeTextRows(vectors, path, settings, { header: true, trailingSeparator: false }),
  shape: async (source) => textShape(source, 'required'),
};

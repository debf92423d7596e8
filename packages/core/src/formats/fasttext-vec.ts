import type { Format } from './format.js';
import { readTextRows, textShape, writeTextRows } from './text-rows.js';

/** fastText's `.vec`: word2vec text with a space after the last number of each row, as fastText writes it. */
export const fasttextVec: Format = {
  read: (source, settings) => readTextRows(source, settings, 'required'),
  write: (vectors, path, settings) => writeTextRows(vectors, path, settings, { header: true, trailingSeparator: true }),
  shape: async (source) => textShape(source, 'required'),
};

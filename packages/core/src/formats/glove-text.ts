import type { Format } from './format.js';
import { readTextRows, textShape, writeTextRows } from './text-rows.js';

/** Rows of the key and the numbers, without a header; the first rows tell the dimension. */
export const gloveText: Format = {
  read: (source, settings) => readTextRows(source, settings, 'none'),
  write: (vectors, path, settings) =>
    writeTextRows(vectors, path, settings, { header: false, trailingSeparator: false }),
  shape: async (source) => textShape(source, 'none'),
};

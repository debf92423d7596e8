import type { TextSource } from '@wordmill/core';
import { withText } from '@wordmill/core/internal';
import { Cooccurrence } from './cooccurrence.js';
import { countCorpus, readingOf } from './counting.js';
import type { CountOptions } from './options.js';
import { checkCountOptions } from './settings.js';

/**
 * Counts how often the words of a text stand near each other, as GloVe's cooccur: for each pair of words within `windowSize`
 * in a line, 1 divided by their distance. Rare words are left out before distances are counted. The counts are exact sums (up
 * to a window of 22), and so the same for any number of threads and any memory limit.
 *
 * Rejects with WordmillError: ERR_WORDMILL_OPTION names a wrong option (`memoryLimit` when the vocabulary does not fit),
 * ERR_WORDMILL_CORPUS an empty text or one that holds `<unk>`, ERR_WORDMILL_IO a full disk.
 */
export async function countCooccurrences(source: TextSource, options?: CountOptions): Promise<Cooccurrence> {
  const checked = checkCountOptions(options);
  return withText(
    source,
    readingOf(source, checked),
    async (corpus, scope) => new Cooccurrence(await countCorpus(corpus, checked, scope)),
  );
}

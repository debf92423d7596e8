import { abort } from './abort.mjs';
import { analogies } from './analogies.mjs';
import { classification } from './classification.mjs';
import { embedding } from './embedding.mjs';
import { eventLoop } from './event-loop.mjs';
import { gather } from './gather.mjs';
import { glove } from './glove.mjs';
import { gloveQuality } from './glove-quality.mjs';
import { instructionSets } from './instruction-sets.mjs';
import { kernels } from './kernels.mjs';
import { load } from './load.mjs';
import { memory } from './memory.mjs';
import { nextToken } from './next-token.mjs';
import { open } from './open.mjs';
import { openModel } from './open-model.mjs';
import { quality } from './quality.mjs';
import { rareWords } from './rare-words.mjs';
import { search } from './search.mjs';
import { subwords } from './subwords.mjs';
import { subwordsQuality } from './subwords-quality.mjs';
import { tables } from './tables.mjs';
import { training } from './training.mjs';
import { vocabulary } from './vocabulary.mjs';

/** All suites, in the order in which they run. */
export const suites = [
  kernels,
  training,
  quality,
  glove,
  gloveQuality,
  subwords,
  subwordsQuality,
  rareWords,
  classification,
  nextToken,
  instructionSets,
  vocabulary,
  memory,
  eventLoop,
  abort,
  analogies,
  search,
  gather,
  embedding,
  load,
  open,
  openModel,
  tables,
];

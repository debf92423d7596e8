import type { Command } from '../command.js';
import { analogy } from './analogy.js';
import { axis } from './axis.js';
import { bench } from './bench.js';
import { convert } from './convert.js';
import { embed } from './embed.js';
import { evaluate } from './evaluate.js';
import { fasttextAnalogies } from './fasttext-analogies.js';
import { fasttextDump } from './fasttext-dump.js';
import { fasttextNn } from './fasttext-nn.js';
import { fasttextPredict, fasttextPredictProb } from './fasttext-predict.js';
import { fasttextPrintNgrams } from './fasttext-print-ngrams.js';
import { fasttextPrintSentenceVectors, fasttextPrintWordVectors } from './fasttext-print-vectors.js';
import { fasttextQuantize } from './fasttext-quantize.js';
import { fasttextSupervised } from './fasttext-supervised.js';
import { fasttextTest, fasttextTestLabel } from './fasttext-test.js';
import { fasttextCbow, fasttextSkipgram } from './fasttext-train.js';
import { glove } from './glove.js';
import { gloveCooccur } from './glove-cooccur.js';
import { gloveShuffle } from './glove-shuffle.js';
import { gloveTrain } from './glove-train.js';
import { gloveVocab } from './glove-vocab.js';
import { info } from './info.js';
import { inspect } from './inspect.js';
import { nearest } from './nearest.js';
import { similarity } from './similarity.js';
import { transfer } from './transfer.js';
import { word2phrase } from './word2phrase.js';
import { word2vec } from './word2vec.js';

/** All commands, in the order in which the help lists them. */
export const commands: readonly Command[] = [
  word2vec,
  word2phrase,
  fasttextSkipgram,
  fasttextCbow,
  fasttextSupervised,
  fasttextPredict,
  fasttextPredictProb,
  fasttextTest,
  fasttextTestLabel,
  fasttextQuantize,
  fasttextDump,
  fasttextPrintWordVectors,
  fasttextPrintSentenceVectors,
  fasttextPrintNgrams,
  fasttextNn,
  fasttextAnalogies,
  glove,
  gloveVocab,
  gloveCooccur,
  gloveShuffle,
  gloveTrain,
  embed,
  nearest,
  analogy,
  similarity,
  axis,
  evaluate,
  transfer,
  convert,
  inspect,
  info,
  bench,
];

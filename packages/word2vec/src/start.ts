import { type Corpus, WordmillError } from '@wordmill/core';
import { type CorpusView, corpusTokenizer, type Scope } from '@wordmill/core/internal';
import { startFrom } from './initial-vectors.js';
import type { StoredModel } from './model-file.js';
import type { Word2VecProgress } from './options.js';
import { refuseWhatDoesNotFit } from './plan.js';
import type { CheckedPlanOptions, CheckedTrainOptions, Word2VecSettings } from './settings.js';
import { NOTHING_BEFORE, runTraining } from './training.js';
import { createWeights, disposeWeights, randomise } from './weights.js';

/** The corpus as a training sees it. */
export async function trainingView(corpus: Corpus, options: CheckedPlanOptions): Promise<CorpusView> {
  const { minCount, maxVocabulary, keep, drop, vocabulary, sentence, maxSentenceLength, lineEndToken } = options;
  const rules = { minCount, maxVocabulary, keep, drop, vocabulary, sentence, maxSentenceLength, lineEndToken };
  const view = await corpus.view(rules);
  if (view.size > 1) return view;
  view.dispose();
  throw new WordmillError(
    'ERR_WORDMILL_CORPUS',
    'only one word is left, and it has nothing to be compared with: lower minCount',
    {
      option: 'minCount',
    },
  );
}

/** Trains a new model. */
export async function startTraining(
  corpus: Corpus,
  settings: Word2VecSettings,
  options: CheckedTrainOptions,
  { cancellation, onProgress }: Scope<Word2VecProgress>,
): Promise<StoredModel> {
  const view = await trainingView(corpus, options);
  try {
    refuseWhatDoesNotFit(settings, view.size);
    const keys = view.native.keys();
    const weights = createWeights(settings, view.size);
    const tokenizer = corpusTokenizer(corpus);
    try {
      await randomise(weights.input, 0, settings.seed, cancellation.signal);
      const { initialVectors } = options;
      const locks = initialVectors && (await startFrom(initialVectors, keys, weights.input, cancellation.signal));
      const report = await runTraining({
        settings,
        view: view.native,
        rowsAreIds: corpus.info.externalIds && options.vocabulary === undefined,
        weights,
        tokenizer,
        locks,
        firstBlock: 0,
        before: NOTHING_BEFORE,
        run: options,
        onProgress,
        cancellation,
      });
      return { settings, keys, counts: view.native.counts(), weights, report, tokenizer };
    } catch (error) {
      disposeWeights(weights);
      keys.dispose();
      throw error;
    }
  } finally {
    view.dispose();
  }
}

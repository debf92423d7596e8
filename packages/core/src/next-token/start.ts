import { Corpus } from '../corpus/corpus.js';
import type { CorpusView } from '../corpus/view.js';
import { WordmillError } from '../errors.js';
import { corpusTokenizer, refuseOtherTokens } from '../training/source-tokenizer.js';
import type { Scope } from '../training/text-source.js';
import type { StoredModel } from './model-file.js';
import type { NextTokenProgress } from './options.js';
import { splitText } from './sequences.js';
import type { CheckedPlanOptions, CheckedTrainOptions, NextTokenSettings } from './settings.js';
import { runTraining } from './training.js';
import { createWeights, disposeWeights, initialise, refuseWhatDoesNotFit, withoutOutput } from './weights.js';

/** The corpus as a training sees it. */
export async function trainingView(corpus: Corpus, options: CheckedPlanOptions): Promise<CorpusView> {
  const { minCount, maxVocabulary, keep, drop, vocabulary, sentence, maxSentenceLength, lineEndToken } = options;
  const rules = { minCount, maxVocabulary, keep, drop, vocabulary, sentence, maxSentenceLength, lineEndToken };
  const view = await corpus.view(rules);
  if (view.native.counts().filter((count) => count > 0n).length > 1) return view;
  view.dispose();
  throw new WordmillError(
    'ERR_WORDMILL_CORPUS',
    'only one token is left, so that there is nothing to predict: lower minCount, or give more text',
    { option: 'minCount' },
  );
}

/** Trains a new model. */
export async function startTraining(
  corpus: Corpus,
  settings: NextTokenSettings,
  options: CheckedTrainOptions,
  { cancellation, onProgress }: Scope<NextTokenProgress>,
): Promise<StoredModel> {
  const view = await trainingView(corpus, options);
  try {
    refuseWhatDoesNotFit(settings, view.size, view.info.tokens);
    const rowsAreIds = corpus.info.externalIds && options.vocabulary === undefined;
    const tokenizer = corpusTokenizer(corpus);
    const { validation } = options;
    if (validation instanceof Corpus) refuseOtherTokens(tokenizer, validation, undefined);
    const { sequence, heldOut } = await splitText(view.native, validation, settings, rowsAreIds, cancellation);
    const weights = createWeights(settings, view.size);
    const keys = view.native.keys();
    try {
      const counts = view.native.counts();
      await initialise(weights, settings, sequence.counts(), cancellation.signal);
      const report = await runTraining({
        settings,
        view: view.native,
        counts,
        rowsAreIds,
        tokenizer,
        sequence,
        heldOut,
        weights,
        run: options,
        onProgress,
        cancellation,
      });
      const kept = settings.keepOutput ? weights : withoutOutput(weights);
      return { settings, keys, counts, rowsAreIds, weights: kept, tokenizer, report };
    } catch (error) {
      keys.dispose();
      disposeWeights(weights);
      throw error;
    } finally {
      sequence.dispose();
      heldOut?.dispose();
    }
  } finally {
    view.dispose();
  }
}

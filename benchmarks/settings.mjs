// The trainings that are compared: the usual settings of such comparisons, in the words of each tool.

const shared = { vectorSize: 100, windowSize: 5, minCount: 5, sample: 1e-4 };
const skipGram = { ...shared, architecture: 'skip-gram', learningRate: 0.025 };
const cbow = { ...shared, architecture: 'cbow', learningRate: 0.05 };
const negativeSampling = { objective: 'negative-sampling', negativeSamples: 5 };
const hierarchicalSoftmax = { objective: 'hierarchical-softmax' };

export const settings = [
  { name: 'skip-gram-ns', title: 'skip-gram, 5 negatives', training: { ...skipGram, ...negativeSampling } },
  { name: 'skip-gram-hs', title: 'skip-gram, hierarchical softmax', training: { ...skipGram, ...hierarchicalSoftmax } },
  { name: 'cbow-ns', title: 'CBOW, 5 negatives', training: { ...cbow, ...negativeSampling } },
  { name: 'cbow-hs', title: 'CBOW, hierarchical softmax', training: { ...cbow, ...hierarchicalSoftmax } },
];

const subwords = { minNgramLength: 3, maxNgramLength: 6, learningRate: 0.05, negativeExponent: 0.5 };

/** fastText's own settings for word vectors. The exponent is the program's, which has no option for it. */
export const subwordSettings = settings.map(({ name, title, training }) => {
  const { negativeExponent, ...rest } = { ...training, ...subwords };
  const sampled = training.objective === 'negative-sampling' ? { negativeExponent } : {};
  return { name, title: `${title}, subwords`, training: { ...rest, ...sampled } };
});

/** A classifier, as fastText's tutorial has it. */
export const classifier = { learningRate: 1, epochs: 25, wordNgrams: 2, vectorSize: 100 };

/** GloVe, as its demo has it but for the dimension; the programs' other defaults are ours. */
export const glove = {
  counting: { minCount: 5, windowSize: 15 },
  training: { vectorSize: 100, xMax: 10 },
};

/** Those that were asked for, or all. */
export const chosenSettings = ({ settings: names }, all = settings) =>
  all.filter(({ name }) => names.length === 0 || names.includes(name));

/** The end of the learning rate is ours, for both. */
export function gensimTraining({ architecture, objective, ...rest }) {
  return {
    vector_size: rest.vectorSize,
    window: rest.windowSize,
    min_count: rest.minCount,
    sample: rest.sample,
    alpha: rest.learningRate,
    min_alpha: rest.learningRate * 1e-4,
    sg: architecture === 'skip-gram' ? 1 : 0,
    hs: objective === 'hierarchical-softmax' ? 1 : 0,
    negative: rest.negativeSamples ?? 0,
  };
}

/** Without n-grams, fastText's skip-gram and CBOW are word2vec's. */
export function fasttextArguments({ architecture, objective, ...rest }) {
  return [
    architecture === 'skip-gram' ? 'skipgram' : 'cbow',
    ...['-dim', rest.vectorSize, '-ws', rest.windowSize, '-minCount', rest.minCount, '-t', rest.sample],
    ...['-lr', rest.learningRate, '-neg', rest.negativeSamples ?? 0, '-minn', rest.minNgramLength ?? 0],
    ...['-maxn', rest.maxNgramLength ?? 0],
    ...['-loss', objective === 'hierarchical-softmax' ? 'hs' : 'ns'],
  ].map(String);
}

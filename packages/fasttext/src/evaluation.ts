/** Precision, recall and their harmonic mean; NaN where there is nothing to divide by. */
export interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** how often it was the truth */
  readonly support: number;
  /** how often it was predicted */
  readonly predicted: number;
}

/** What is reached at one threshold of the probability. */
export interface CurvePoint {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
}

/** One prediction that was made. */
export interface Judged {
  /** number of the label */
  readonly label: number;
  readonly probability: number;
  readonly isTrue: boolean;
}

/** How well the labels of a text were found (fastText's `test` and `test-label`, and its meter in Python). */
export class Evaluation {
  readonly #labels: readonly string[];
  readonly #support: Float64Array;
  readonly #judged: readonly Judged[];
  /** lines with a label */
  readonly examples: number;

  constructor(labels: readonly string[], support: Float64Array, judged: readonly Judged[], examples: number) {
    this.#labels = labels;
    this.#support = support;
    this.#judged = judged;
    this.examples = examples;
  }

  /** Of all labels together: P@k, R@k and F1. */
  get overall(): Scores {
    const trueOnes = this.#judged.reduce((sum, { isTrue }) => sum + Number(isTrue), 0);
    return scores(trueOnes, this.#judged.length, this.#allSupport);
  }

  get precision(): number {
    return this.overall.precision;
  }

  get recall(): number {
    return this.overall.recall;
  }

  get f1(): number {
    return this.overall.f1;
  }

  /** The scores of each label that is in the model, by falling frequency in the text that it was trained on. */
  labels(): Map<string, Scores> {
    const predicted = new Float64Array(this.#labels.length);
    const trueOnes = new Float64Array(this.#labels.length);
    for (const { label, isTrue } of this.#judged) {
      predicted[label]! += 1;
      if (isTrue) trueOnes[label]! += 1;
    }
    return new Map(this.#labels.map((key, i) => [key, scores(trueOnes[i]!, predicted[i]!, this.#support[i]!)]));
  }

  /**
   * Precision and recall at every threshold, from the highest, of one label or of all together. Only predictions that were made
   * count: for the whole curve test with `k: Infinity`.
   */
  curve(label?: string | undefined): CurvePoint[] {
    const index = label === undefined ? -1 : this.#labels.indexOf(label);
    const chosen = label === undefined ? [...this.#judged] : this.#judged.filter((one) => one.label === index);
    const support = label === undefined ? this.#allSupport : (this.#support[index] ?? 0);
    chosen.sort((a, b) => b.probability - a.probability);
    const points: CurvePoint[] = [];
    let trueOnes = 0;
    chosen.forEach(({ probability, isTrue }, i) => {
      trueOnes += Number(isTrue);
      if (chosen[i + 1]?.probability === probability) return;
      points.push({ threshold: probability, precision: trueOnes / (i + 1), recall: ratio(trueOnes, support) });
    });
    return points;
  }

  /** The highest precision at which at least that share (0 to 1) of the true labels is found; 0 where none is. */
  precisionAtRecall(recall: number, label?: string | undefined): number {
    return best(this.curve(label), (point) => (point.recall >= recall ? point.precision : 0));
  }

  /** The highest recall at which at least that share (0 to 1) of the predicted labels is true; 0 where none is. */
  recallAtPrecision(precision: number, label?: string | undefined): number {
    return best(this.curve(label), (point) => (point.precision >= precision ? point.recall : 0));
  }

  get #allSupport(): number {
    return this.#support.reduce((sum, count) => sum + count, 0);
  }
}

const ratio = (part: number, whole: number): number => (whole === 0 ? Number.NaN : part / whole);

function scores(trueOnes: number, predicted: number, support: number): Scores {
  return {
    precision: ratio(trueOnes, predicted),
    recall: ratio(trueOnes, support),
    f1: ratio(2 * trueOnes, predicted + support),
    support,
    predicted,
  };
}

const best = (points: readonly CurvePoint[], value: (point: CurvePoint) => number): number =>
  points.reduce((most, point) => Math.max(most, value(point)), 0);

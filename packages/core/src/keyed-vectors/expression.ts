import { WordmillError } from '../errors.js';
import { type ExpressionTree, expressionError, type Operator, parseExpression } from './expression-parser.js';
import { type KeyOrVector, type Rows, toFloat32 } from './rows.js';
import { checkNeighbourOptions, excluded, type Neighbour, type NeighbourOptions, search } from './search.js';
import { normalize } from './vector-math.js';

/** How words become vectors in an expression. */
export interface ExpressionOptions {
  /** Words stand for their normalised vectors, as in analogies. Default true; false: for their vectors as they are. */
  readonly normalize?: boolean | undefined;
}

/** What an operand of the fluent methods may be: a word, a vector or another expression. */
export type Operand = KeyOrVector | VectorExpression;

/**
 * The value of a semantic expression: a vector made of words. Immutable; every operation makes a new one.
 *
 * @example
 * const words = await vectors.word('king').minus('man').plus('woman').nearest();
 */
export class VectorExpression {
  readonly #rows: Rows;
  readonly #normalize: boolean;
  readonly #vector: Float32Array;
  /** The words that it was made of, which {@link nearest} leaves out. */
  readonly words: readonly string[];

  constructor(rows: Rows, vector: Float32Array, words: readonly string[], normalize: boolean) {
    this.#rows = rows;
    this.#vector = vector;
    this.words = words;
    this.#normalize = normalize;
  }

  /** A copy of the vector. */
  get vector(): Float32Array {
    return this.#vector.slice();
  }

  /** The sum with a word, vector or expression. Throws ERR_WORDMILL_OOV for an unknown word. */
  plus(operand: Operand): VectorExpression {
    return this.#combined('+', operand);
  }

  /** The difference from a word, vector or expression. Throws ERR_WORDMILL_OOV for an unknown word. */
  minus(operand: Operand): VectorExpression {
    return this.#combined('-', operand);
  }

  /** A multiple, or the elementwise product with a word, vector or expression. */
  times(operand: number | Operand): VectorExpression {
    return this.#combined('*', operand);
  }

  /** A fraction, or the elementwise quotient. A result that is not finite is ERR_WORDMILL_OPTION. */
  over(operand: number | Operand): VectorExpression {
    return this.#combined('/', operand);
  }

  /** The keys whose vectors are most similar, without the words of the expression. Options as for mostSimilar. */
  async nearest(options?: NeighbourOptions | undefined): Promise<Neighbour[]> {
    const checked = checkNeighbourOptions(options);
    return this.#rows.during(async (rows) => {
      const exclude = this.words.flatMap((word) => excluded(rows, word));
      const [found] = await search(rows, [{ vector: this.#vector, exclude }], checked);
      return found!;
    });
  }

  #combined(operator: Operator, operand: number | Operand): VectorExpression {
    const words = [...this.words];
    let right: Value;
    if (typeof operand === 'number') {
      if (!Number.isFinite(operand)) {
        throw new WordmillError('ERR_WORDMILL_OPTION', `a factor must be finite, not ${operand}`, {
          option: 'operand',
        });
      }
      right = operand;
    } else if (operand instanceof VectorExpression) {
      right = operand.#vector;
      words.push(...operand.words);
    } else if (typeof operand === 'string') {
      right = wordVector(this.#rows, operand, this.#normalize);
      words.push(operand);
    } else {
      right = toFloat32(operand, this.#rows.dimension);
    }
    const fail = (what: string) => new WordmillError('ERR_WORDMILL_OPTION', what, { option: 'operand' });
    const vector = combine(operator, this.#vector, right, fail) as Float32Array;
    return new VectorExpression(this.#rows, vector, words, this.#normalize);
  }
}

/** Parses an expression and computes its vector. */
export function evaluateExpression(rows: Rows, text: string, options: ExpressionOptions = {}): VectorExpression {
  if (typeof text !== 'string') {
    throw new WordmillError('ERR_WORDMILL_OPTION', `an expression must be a string, not ${typeof text}`, {
      option: 'expression',
    });
  }
  const normalized = options.normalize !== false;
  const words: string[] = [];
  const tree = parseExpression(text);
  const value = evaluate(tree, (word, column) => {
    if (rows.vectorOf(word) === undefined) throw unknownWord(rows, word, text, column);
    words.push(word);
    return wordVector(rows, word, normalized);
  });
  if (typeof value === 'number') throw expressionError(text, tree.column, 'its value is a number, not a vector');
  return new VectorExpression(rows, value, words, normalized);

  function evaluate(node: ExpressionTree, vectorOf: (word: string, column: number) => Float32Array): Value {
    switch (node.kind) {
      case 'number':
        return node.value;
      case 'word':
        return vectorOf(node.word, node.column);
      case 'negation': {
        const operand = evaluate(node.operand, vectorOf);
        return typeof operand === 'number' ? -operand : operand.map((element) => -element);
      }
      case 'operation': {
        const left = evaluate(node.left, vectorOf);
        const right = evaluate(node.right, vectorOf);
        return combine(node.operator, left, right, (what) => expressionError(text, node.column, what));
      }
    }
  }
}

/** One word as an expression, to go on from with plus, minus, times and over. */
export function wordExpression(rows: Rows, word: string, options: ExpressionOptions = {}): VectorExpression {
  const normalized = options.normalize !== false;
  return new VectorExpression(rows, wordVector(rows, word, normalized), [word], normalized);
}

type Value = number | Float32Array;

function wordVector(rows: Rows, word: string, normalized: boolean): Float32Array {
  const vector = rows.vector(word);
  return normalized ? normalize(vector) : vector;
}

function unknownWord(rows: Rows, word: string, text: string, column: number): WordmillError {
  const inner = word.slice(1, -1).includes('-');
  const hint = inner ? ' (a minus between words needs white space around it)' : '';
  return rows.unknown(word, `, in column ${column} of the expression ${JSON.stringify(text)}${hint}`);
}

function combine(operator: Operator, left: Value, right: Value, fail: (what: string) => WordmillError): Value {
  const apply = OPERATIONS[operator];
  if (typeof left === 'number' && typeof right === 'number') {
    const value = apply(left, right);
    if (!Number.isFinite(value)) throw fail('the result is not finite');
    return value;
  }
  if (operator === '+' || operator === '-') {
    if (typeof left === 'number' || typeof right === 'number') {
      throw fail(`a number and a vector have no ${operator === '+' ? 'sum' : 'difference'}`);
    }
  } else if (operator === '/' && typeof left === 'number') {
    throw fail('a number cannot be divided by a vector');
  }
  const length = typeof left === 'number' ? (right as Float32Array).length : left.length;
  const result = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const a = typeof left === 'number' ? left : left[i]!;
    const b = typeof right === 'number' ? right : right[i]!;
    result[i] = apply(a, b);
  }
  if (!result.every(Number.isFinite)) throw fail('the result is not finite: something is divided by zero or too large');
  return result;
}

const OPERATIONS: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

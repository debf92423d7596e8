import { WordmillError } from '../errors.js';

/** A semantic expression as a tree; columns count from 1. */
export type ExpressionTree =
  | { readonly kind: 'number'; readonly value: number; readonly column: number }
  | { readonly kind: 'word'; readonly word: string; readonly column: number }
  | { readonly kind: 'negation'; readonly operand: ExpressionTree; readonly column: number }
  | {
      readonly kind: 'operation';
      readonly operator: Operator;
      readonly left: ExpressionTree;
      readonly right: ExpressionTree;
      readonly column: number;
    };

export type Operator = '+' | '-' | '*' | '/';

type Token =
  | { readonly kind: 'number'; readonly value: number; readonly column: number }
  | { readonly kind: 'word'; readonly word: string; readonly column: number }
  | { readonly kind: 'sign'; readonly sign: Operator | '(' | ')'; readonly column: number }
  | { readonly kind: 'end'; readonly column: number };

/** Longer or deeper is no expression that somebody wrote, and would exhaust the stack. */
const MAX_LENGTH = 10_000;
const MAX_DEPTH = 200;

/**
 * Parses `king - man + woman`, `1.5 * good`, `(paris - france) + 'new zealand'`:
 *
 *     sum      = product { ("+" | "-") product }
 *     product  = unary { ("*" | "/") unary }
 *     unary    = "-" unary | "(" sum ")" | number | word
 *
 * A word is a run of characters other than white space, parentheses, `+`, `*` and `/`, so hyphens and apostrophes inside it
 * belong to it (`well-being`, `rock'n'roll`); a minus is an operator where a word or number does not go on before it, that is,
 * after white space or a parenthesis. Words with other characters, and numbers meant as words, are quoted: `'new york'`, `"c++"`,
 * `'42'`; a backslash makes the next character literal. Errors are ERR_WORDMILL_OPTION and name the column.
 */
export function parseExpression(text: string): ExpressionTree {
  if (text.length > MAX_LENGTH) throw expressionError(text, MAX_LENGTH, 'it is too long');
  const tokens = tokenize(text);
  let at = 0;
  const next = (): Token => tokens[at]!;
  const isSign = (...signs: string[]): boolean => {
    const token = next();
    return token.kind === 'sign' && signs.includes(token.sign);
  };

  const sum = (depth: number): ExpressionTree => operations(depth, product, '+', '-');
  const product = (depth: number): ExpressionTree => operations(depth, unary, '*', '/');

  const operations = (
    depth: number,
    operand: (depth: number) => ExpressionTree,
    ...operators: Operator[]
  ): ExpressionTree => {
    let left = operand(depth);
    while (isSign(...operators)) {
      const { sign, column } = tokens[at++] as Token & { sign: Operator };
      left = { kind: 'operation', operator: sign, left, right: operand(depth), column };
    }
    return left;
  };

  const unary = (depth: number): ExpressionTree => {
    const token = next();
    if (depth > MAX_DEPTH) throw expressionError(text, token.column, 'it is nested too deeply');
    if (isSign('-')) {
      at++;
      return { kind: 'negation', operand: unary(depth + 1), column: token.column };
    }
    if (isSign('(')) {
      at++;
      const inner = sum(depth + 1);
      if (!isSign(')')) throw unexpected(next(), 'an operator or ")"');
      at++;
      return inner;
    }
    if (token.kind !== 'word' && token.kind !== 'number') throw unexpected(token, 'a word, a number or "("');
    at++;
    return token;
  };

  const unexpected = (token: Token, wanted: string): WordmillError =>
    expressionError(text, token.column, `${wanted} is expected and there is ${describe(token)}`);

  const tree = sum(0);
  if (next().kind !== 'end') throw unexpected(next(), 'an operator');
  return tree;
}

/** The error for a place in an expression. */
export function expressionError(text: string, column: number, what: string): WordmillError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return new WordmillError(
    'ERR_WORDMILL_OPTION',
    `column ${column} of the expression ${JSON.stringify(shown)}: ${what}`,
    {
      option: 'expression',
      offset: column - 1,
    },
  );
}

function describe(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end';
    case 'sign':
      return `"${token.sign}"`;
    case 'number':
      return `the number ${token.value}`;
    case 'word':
      return `the word ${JSON.stringify(token.word)} (words of several parts are quoted)`;
  }
}

const NUMBER = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const RUN = /[^\s()+*/]+/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const character = text[at]!;
    const column = at + 1;
    if (/\s/.test(character)) {
      at++;
    } else if ('()+*/-'.includes(character)) {
      tokens.push({ kind: 'sign', sign: character as Operator, column });
      at++;
    } else if (character === "'" || character === '"') {
      const { word, end } = quotedWord(text, at);
      tokens.push({ kind: 'word', word, column });
      at = end;
    } else {
      RUN.lastIndex = at;
      const run = RUN.exec(text)![0];
      tokens.push(
        NUMBER.test(run) ? { kind: 'number', value: Number(run), column } : { kind: 'word', word: run, column },
      );
      at += run.length;
    }
  }
  tokens.push({ kind: 'end', column: text.length + 1 });
  return tokens;
}

function quotedWord(text: string, start: number): { readonly word: string; readonly end: number } {
  const quote = text[start];
  let word = '';
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === quote) return { word, end: at + 1 };
    word += character === '\\' && at + 1 < text.length ? text[++at] : character;
  }
  throw expressionError(text, start + 1, `the quote ${quote} is not closed`);
}

import type { SearchOptions } from '@wordmill/native';
import * as v from 'valibot';
import { Cancellation } from '../cancellation.js';
import { type DeviceOption, type DeviceOptions, device, onDevice } from '../device.js';
import { checkOptions, flag, integer, signal, threads } from '../options.js';
import { type LineSource, lineError, testLines } from './evaluation-lines.js';
import { type EvaluationVocabulary, evaluationVocabulary } from './evaluation-vocabulary.js';
import type { Rows } from './rows.js';
import { normalize } from './vector-math.js';

/** How analogy questions are asked. */
export interface AnalogyEvaluationOptions extends DeviceOptions {
  /** Questions and answers are among the first so many rows. Default 300000 (gensim); word2vec.c's scripts use 30000. */
  readonly restrictVocab?: number | undefined;
  /** Compare uppercased words. Default true. */
  readonly caseInsensitive?: boolean | undefined;
  /** Count questions with unknown words as wrong (gensim `dummy4unknown`). Default false: they are skipped. */
  readonly unknownIsWrong?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Results of the questions of one section. */
export interface AnalogySection {
  readonly name: string;
  /** syntactic: the name begins with `gram` */
  readonly kind: 'semantic' | 'syntactic';
  readonly correct: number;
  readonly questions: number;
  /** questions with words that are unknown */
  readonly skipped: number;
}

/** Results of a set of analogy questions. Fractions are between 0 and 1, NaN where no question could be asked. */
export interface AnalogyEvaluation {
  readonly accuracy: number;
  readonly semantic: number;
  readonly syntactic: number;
  readonly correct: number;
  readonly questions: number;
  /** questions with words that are unknown */
  readonly skipped: number;
  readonly sections: readonly AnalogySection[];
}

const schema = v.strictObject({
  restrictVocab: v.optional(integer(1), 300_000),
  caseInsensitive: v.optional(flag, true),
  unknownIsWrong: v.optional(flag, false),
  threads,
  device,
  signal,
});

/** Answers looked at for one that is no other spelling of a word of the question; as many as gensim's. */
const ANSWERS = 5;
/** Questions searched at once: bounds the memory of the queries. */
const BATCH = 1 << 15;

interface Section {
  readonly name: string;
  readonly kind: 'semantic' | 'syntactic';
  correct: number;
  questions: number;
  skipped: number;
}

/** Rows of `a b c expected`, and where the question comes from. */
interface Question {
  readonly rows: readonly [number, number, number];
  readonly words: readonly [string, string, string, string];
  readonly section: Section;
}

/**
 * Asks "a is to b as c is to ?" by 3CosAdd for every line of four words; lines `: name` begin a section. The answer is the row most
 * similar to b - a + c (of normalised vectors) that is none of the three.
 */
export async function evaluateAnalogies(
  rows: Rows,
  source: LineSource,
  options?: AnalogyEvaluationOptions | undefined,
): Promise<AnalogyEvaluation> {
  const { restrictVocab, caseInsensitive, unknownIsWrong, threads, device, signal } = checkOptions(schema, options);
  const cancellation = new Cancellation(signal);
  try {
    const vocabulary = evaluationVocabulary(rows, restrictVocab, caseInsensitive);
    const { questions, sections } = await readQuestions(source, vocabulary, unknownIsWrong, cancellation.signal);
    for (let first = 0; first < questions.length; first += BATCH) {
      await ask(rows, questions.slice(first, first + BATCH), vocabulary, { threads, device }, cancellation);
    }
    return summary(sections);
  } finally {
    cancellation.close();
  }
}

async function readQuestions(
  source: LineSource,
  vocabulary: EvaluationVocabulary,
  unknownIsWrong: boolean,
  signal: AbortSignal,
): Promise<{ readonly questions: Question[]; readonly sections: Section[] }> {
  const questions: Question[] = [];
  const sections: Section[] = [];
  const begin = (name: string): Section => {
    const section: Section = {
      name,
      kind: name.startsWith('gram') ? 'syntactic' : 'semantic',
      correct: 0,
      questions: 0,
      skipped: 0,
    };
    sections.push(section);
    return section;
  };
  for await (const line of testLines(source, signal)) {
    if (line.text.startsWith(':')) {
      begin(line.text.slice(1).trim());
      continue;
    }
    const words = line.text.split(/\s+/).map(vocabulary.fold);
    if (words.length !== 4) throw lineError(source, line, 'a section (": name") or a question of four words');
    const section = sections.at(-1) ?? begin('');
    const [a, b, c, expected] = words.map(vocabulary.rowOf);
    const known = a !== undefined && b !== undefined && c !== undefined && expected !== undefined;
    if (!known) section.skipped++;
    if (known || unknownIsWrong) section.questions++;
    if (known) questions.push({ rows: [a, b, c], words: words as [string, string, string, string], section });
  }
  return { questions, sections };
}

async function ask(
  rows: Rows,
  questions: readonly Question[],
  vocabulary: EvaluationVocabulary,
  { threads, device }: { readonly threads: number; readonly device: DeviceOption },
  cancellation: Cancellation,
): Promise<void> {
  const { dimension } = rows;
  const units = new Map<number, Float32Array>();
  const unit = (row: number): Float32Array => {
    const known = units.get(row);
    if (known !== undefined) return known;
    const vector = normalize(rows.row(row));
    units.set(row, vector);
    return vector;
  };
  const queries = new Float32Array(questions.length * dimension);
  const exclude = new Uint32Array(questions.length * 3);
  questions.forEach((question, i) => {
    const [a, b, c] = question.rows.map(unit) as [Float32Array, Float32Array, Float32Array];
    for (let j = 0; j < dimension; j++) queries[i * dimension + j] = b[j]! - a[j]! + c[j]!;
    exclude.set(question.rows, i * 3);
  });
  const k = Math.min(ANSWERS, vocabulary.lastRow);
  const options: SearchOptions = {
    metric: 'cosine',
    k,
    lastRow: vocabulary.lastRow,
    exclude,
    excludeOffsets: Uint32Array.from({ length: questions.length + 1 }, (_, i) => i * 3),
    threads,
  };
  const { result: found } = await onDevice(device, (device) =>
    cancellation.run((signal) => rows.table.search(queries, { ...options, device, signal })),
  );
  questions.forEach(({ words: [a, b, c, expected], section }, i) => {
    for (const row of found.rows.subarray(i * k, (i + 1) * k)) {
      if (row >= vocabulary.lastRow) break;
      const answer = vocabulary.fold(rows.keys.at(row));
      if (answer === a || answer === b || answer === c) continue;
      if (answer === expected) section.correct++;
      break;
    }
  });
}

function summary(sections: readonly Section[]): AnalogyEvaluation {
  const total = (of: readonly Section[], what: 'correct' | 'questions' | 'skipped'): number =>
    of.reduce((sum, section) => sum + section[what], 0);
  const accuracy = (of: readonly Section[]): number => total(of, 'correct') / total(of, 'questions');
  return {
    accuracy: accuracy(sections),
    semantic: accuracy(sections.filter(({ kind }) => kind === 'semantic')),
    syntactic: accuracy(sections.filter(({ kind }) => kind === 'syntactic')),
    correct: total(sections, 'correct'),
    questions: total(sections, 'questions'),
    skipped: total(sections, 'skipped'),
    sections,
  };
}

import { describe, expect, it } from 'vitest';
import { parseArguments, spelling } from '../src/arguments.js';
import { objectiveOf } from '../src/commands/word2vec-objective.js';
import { word2vecOptions } from '../src/commands/word2vec-options.js';
import { choice, flag, integer, number, text, zeroOrOne } from '../src/option-types.js';
import { UsageError } from '../src/usage-error.js';

const options = {
  windowSize: integer({ also: ['window'], help: '' }),
  alpha: number({ help: '' }),
  name: text({ also: ['n'], help: '' }),
  cbow: zeroOrOne({ help: '' }),
  lowercase: flag({ help: '' }),
  scoring: choice(['default', 'npmi'], { help: '' }),
};

const parse = (...args: string[]) => parseArguments(args, options);
const given = (...args: string[]) => {
  const { options: values } = parse(...args);
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
};

describe('arguments', () => {
  it('takes long names with one dash and with two, and other spellings', () => {
    for (const name of ['-window', '--window', '-window-size', '--window-size']) {
      expect(given(name, '8')).toEqual({ windowSize: 8 });
    }
    expect(given('--window=8')).toEqual({ windowSize: 8 });
    expect(given('-window=8')).toEqual({ windowSize: 8 });
    expect(given('-n', 'x')).toEqual({ name: 'x' });
  });

  it('takes every flag of word2vec.c as its users write it', () => {
    const line =
      '-train text8 -output vectors.bin -cbow 1 -size 200 -window 8 -negative 25 -hs 0 -sample 1e-4 -threads 20 ' +
      '-binary 1 -iter 15 -min-count 3 -alpha 0.04 -classes 500 -debug 2 -save-vocab v.txt -read-vocab w.txt';
    const { options: values, operands } = parseArguments(line.split(' '), word2vecOptions);
    expect(operands).toEqual([]);
    expect(Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))).toEqual({
      train: 'text8',
      output: 'vectors.bin',
      cbow: true,
      vectorSize: 200,
      windowSize: 8,
      negativeSamples: 25,
      hs: false,
      sample: 1e-4,
      threads: 20,
      binary: true,
      epochs: 15,
      minCount: 3,
      learningRate: 0.04,
      classes: 500,
      debug: 2,
      saveVocab: 'v.txt',
      readVocab: 'w.txt',
    });
  });

  it('tells operands from options, and takes all for operands after --', () => {
    expect(parse('model', 'king', '-', 'man', '+', 'woman', '--lowercase').operands).toEqual([
      'model',
      'king',
      '-',
      'man',
      '+',
      'woman',
    ]);
    expect(parse('--', '-king', '--alpha').operands).toEqual(['-king', '--alpha']);
  });

  it('takes a negative number as a value', () => {
    expect(given('-alpha', '-0.5')).toEqual({ alpha: -0.5 });
    expect(given('--window', '-3')).toEqual({ windowSize: -3 });
  });

  it('lets the last one count', () => {
    expect(given('-window', '3', '--window-size', '4')).toEqual({ windowSize: 4 });
  });

  it.each([
    [['--windw', '5'], 'there is no option --windw; did you mean --window?'],
    [['-lowercas'], 'did you mean --lowercase?'],
    [['-x'], 'there is no option -x'],
    [['-king + queen'], 'put -- before it'],
    [['--window'], '--window needs a value (N)'],
    [['--window', '--lowercase'], '--window needs a value (N)'],
    [['-window', 'five'], '--window must be a whole number, not "five"'],
    [['-window', '5.5'], 'must be a whole number'],
    [['-window', ''], 'must be a whole number'],
    [['--alpha', 'NaN'], '--alpha must be a number, not "NaN"'],
    [['--alpha', '0x10'], 'must be a number'],
    [['-cbow', '2'], '--cbow must be 0 or 1, not "2"'],
    [['--lowercase=yes'], '--lowercase takes no value'],
    [['--scoring', 'npni'], '--scoring must be default or npmi, not "npni"; did you mean npmi?'],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(message);
  });

  it('does not take names of Object for options', () => {
    for (const name of ['--constructor', '--__proto__', '--toString']) expect(() => parse(name)).toThrow(UsageError);
  });

  it('spells the names of the library as long options', () => {
    expect(spelling('learningRateEnd')).toBe('learning-rate-end');
  });
});

describe('the two switches of the objective', () => {
  const objective = (hs: boolean | undefined, negativeSamples: number | undefined) =>
    objectiveOf({ objective: undefined, hs, negativeSamples });

  it('mean what they mean to word2vec.c', () => {
    expect(objective(undefined, undefined).objective).toBe('negative-sampling');
    expect(objective(false, 10)).toEqual({ objective: 'negative-sampling', negativeSamples: 10 });
    expect(objective(true, 5)).toEqual({ objective: 'both', negativeSamples: 5 });
    expect(objective(true, undefined).objective).toBe('both');
    expect(objective(true, 0)).toEqual({ objective: 'hierarchical-softmax' });
  });

  it('must leave something to learn', () => {
    expect(() => objective(false, 0)).toThrow('nothing to learn');
    expect(() => objective(undefined, 0)).toThrow(UsageError);
  });

  it('cannot contradict --objective', () => {
    const both = { objective: 'softmax', hs: true, negativeSamples: undefined } as const;
    expect(() => objectiveOf(both)).toThrow(UsageError);
  });
});

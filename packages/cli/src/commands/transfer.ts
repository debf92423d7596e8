import { readFile } from 'node:fs/promises';
import { loadTokenizer, type TransferReport, transferVectors } from '@wordmill/core';
import { fileError } from '@wordmill/core/internal';
import { defineCommand } from '../command.js';
import { whole } from '../figures.js';
import { loadModel, modelOptions } from '../model-input.js';
import { file, integer } from '../option-types.js';
import { checkWritable, isStandardOutput, writeTo } from '../output-file.js';
import { UsageError } from '../usage-error.js';

/** Random tokens that are named. */
const SHOWN = 10;

const options = {
  from: file({ help: 'tokenizer.json whose ids the rows of MODEL are' }),
  to: file({ help: 'tokenizer.json whose ids the rows of OUT are to be' }),
  output: file({
    also: ['o'],
    value: 'OUT',
    help: 'write the new vectors there, in the format that the name ends with',
  }),
  overrides: file({
    help: 'JSON object from tokens of --to to an old token, a list of old tokens (their mean), or the numbers of a vector',
  }),
  seed: integer({ help: 'of the random rows', fallback: '1' }),
  ...modelOptions,
  limit: integer({ help: 'read only the first N rows, where a table has more than the tokenizer', fallback: 'all' }),
} as const;

export const transfer = defineCommand({
  name: 'transfer',
  summary: 'initial vectors for another tokenizer, from those of an old one',
  usage: ['transfer MODEL --from OLD-TOKENIZER.json --to NEW-TOKENIZER.json -o OUT'],
  description: `Makes a vector for each token of a new tokenizer: that of the old token with the same text, else the mean of the old tokens
    that spell it; what they cannot spell, and special tokens that the old tokenizer has not, is random, with the mean and variance of the old
    rows. Reading a tokenizer.json takes the package @huggingface/tokenizers: npm install @huggingface/tokenizers.`,
  options,
  examples: [
    'wordmill transfer old.safetensors --from old/tokenizer.json --to new/tokenizer.json -o new.safetensors',
    'wordmill transfer old.safetensors --from a.json --to b.json -o new.safetensors --overrides special.json --json',
  ],
  async run({ options: given, operands: [model, ...more] }, context) {
    const { output, signal } = context;
    const { from, to, output: target, seed } = given;
    if (model === undefined || more.length > 0 || from === undefined || to === undefined || target === undefined) {
      throw new UsageError('transfer takes MODEL, --from OLD-TOKENIZER.json, --to NEW-TOKENIZER.json and -o OUT');
    }
    if (isStandardOutput(target) && output.json) throw new UsageError('--json cannot go with OUT on standard output');
    await checkWritable(target);
    const run = { signal, onProgress: output.progress.update };
    const tokenizers = { from: await loadTokenizer(from), to: await loadTokenizer(to) };
    const overrides = given.overrides === undefined ? undefined : await readOverrides(given.overrides);
    const old = await loadModel(model, given, context);
    const { vectors, report } = await transferVectors(old, { ...tokenizers, overrides, seed, ...run });
    await writeTo(target, (path) => vectors.save(path, run));
    output.progress.stop();
    if (isStandardOutput(target)) return;
    const { copied, composed, overridden, random } = report;
    const counts = { tokens: vectors.size, copied, composed, overridden, random };
    output.result({ out: target, ...counts, randomTokens: report.tokens.random }, () => linesOf(target, report));
  },
});

async function readOverrides(path: string): Promise<Record<string, string | string[] | number[]>> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`--overrides ${path}: it is not JSON: ${error.message}`);
    throw fileError(error, path);
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    return json as Record<string, string | string[] | number[]>;
  }
  throw new UsageError(`--overrides ${path}: it must hold a JSON object, from new tokens to what they shall be`);
}

function* linesOf(target: string, { copied, composed, overridden, random, tokens }: TransferReport): Generator<string> {
  const total = copied + composed + overridden + random;
  yield `${target}: ${whole(total)} tokens, ${whole(copied)} copied, ${whole(composed)} composed, ` +
    `${whole(overridden)} overridden, ${whole(random)} random`;
  if (random === 0) return;
  const shown = tokens.random.slice(0, SHOWN).map((token) => JSON.stringify(token));
  yield `random: ${shown.join(' ')}${random > SHOWN ? ' …' : ''}`;
}

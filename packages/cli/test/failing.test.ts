import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { scratchFolder, topicText, wordmill } from './wordmill.js';

const { path, write } = scratchFolder();
const text = write('topics.txt', topicText(300));
const model = write('model.txt', '2 2\nking 1 2\nqueen 2 1\n');

/** One line on standard error, nothing on standard output. */
async function failure(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = await wordmill(args, { env, cwd: path('.') });
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^wordmill: [^\n]+\n$/);
  return { status, message: stderr.trimEnd() };
}

describe('wrong usage ends with status 2 and says what is right', () => {
  it.each([
    [['nerest'], 'there is no command nerest; did you mean nearest?'],
    [['help', 'evalute'], 'did you mean evaluate?'],
    [['frobnicate'], 'the commands are word2vec, word2phrase,'],
    [['-train', 'topics.txt', '-output', 'x'], 'the command comes first, for instance: wordmill word2vec -train'],
    [['word2vec', '-trian', 'x'], 'there is no option --trian; did you mean --train?'],
    [['word2vec'], 'there is no text: give -train FILE'],
    [['word2vec', '-train', 'topics.txt'], 'there is nothing to write: give -output FILE'],
    [['word2vec', '-train', 'topics.txt', '-output'], '--output needs a value (FILE)'],
    [['word2vec', '-train', 'topics.txt', '-output', 'x', '-size', 'ten'], '--size must be a whole number, not "ten"'],
    [
      ['word2vec', '-train', 'topics.txt', '-output', 'x', '-size', '0'],
      '--size must be a whole number from 1 to 65536',
    ],
    [['word2vec', '-train', 'topics.txt', '-output', 'x', '-window', '0'], '--window must be a whole number from 1'],
    [['word2vec', '-train', 'topics.txt', '-output', 'x', '-threads', '-1'], '--threads must be a whole number'],
    [['word2vec', '-train', 'topics.txt', '-output', 'x', '-alpha', 'NaN'], '--alpha must be a number, not "NaN"'],
    [['word2vec', '-train', 'topics.txt', '-output', 'x', '-negative', '0'], '-negative 0 needs -hs 1'],
    [['word2vec', '-train', 'topics.txt', '-output', 'x', '-hs', 'yes'], '--hs must be 0 or 1'],
    [['word2vec', '-train', 'topics.txt', '-output', '-', '--json'], '--json cannot go with'],
    [['word2vec', '-train', '-', 'topics.txt', '-output', 'x'], 'standard input (-) cannot go with other files'],
    [['nearest'], 'MODEL is missing'],
    [['analogy', 'model.txt', 'king', 'queen'], 'an analogy has three words, not 2'],
    [['nearest', 'model.txt', 'king +'], 'column 7 of the expression'],
    [['similarity', 'model.txt', 'king'], 'similarity compares two words'],
    [['evaluate', 'model.txt'], 'give --analogies FILE, --pairs FILE or both'],
    [['convert', 'model.txt'], 'convert takes two files'],
    [['convert', 'model.txt', 'model.unknown'], 'does not say the format'],
    [['info', '--nope'], 'there is no option --nope'],
  ])('%j', async (args, expected) => {
    const { status, message } = await failure(args);
    expect(message).toContain(expected);
    expect(status).toBe(2);
  });
});

describe('what cannot be done ends with status 1', () => {
  it.each([
    [['nearest', 'modle.txt', 'king'], 'modle.txt: there is no such file; did you mean model.txt?'],
    [['word2vec', '-train', 'topic.txt', '-output', 'x'], 'topic.txt: there is no such file; did you mean topics.txt?'],
    [['nearest', 'model.txt', 'King'], '"King" is not in the vocabulary; did you mean "king"?'],
    [['nearest', '.', 'king'], 'folder'],
    [['word2vec', '-train', 'topics.txt', '-output', 'no/such/x'], 'there is no folder no/such; create it'],
    [['word2vec', '-train', 'topics.txt', '-output', '.'], 'it is a folder, not a file'],
    [
      ['word2vec', '-train', 'topics.txt', '-output', 'x', '-min-count', '999999'],
      'lower --min-count or give more text',
    ],
    [['word2vec', '-train', 'topics.txt', '-output', 'x', '-alpha', '1000'], 'lower'],
    [['evaluate', 'model.txt', '--pairs', 'topics.txt'], 'is not two words and a number'],
    [['inspect', 'topics.txt'], 'of no format that is read'],
  ])('%j', async (args, expected) => {
    const { status, message } = await failure(args);
    expect(message).toContain(expected);
    expect(status).toBe(1);
  });

  it('leaves the old output as it was', async () => {
    const output = write('old.txt', 'old');
    await failure(['word2vec', '-train', text, '-output', output, '-alpha', '1000']);
    expect(readFileSync(output, 'utf8')).toBe('old');
    expect(readdirSync(path('.')).filter((name) => name.startsWith('.old'))).toEqual([]);
  });

  it('names an instruction set that the machine lacks', async () => {
    const isa = process.arch === 'arm64' ? 'avx2' : 'neon';
    const { status, message } = await failure(['info'], { WORDMILL_ISA: isa });
    expect(status).toBe(1);
    expect(message).toContain(isa);
  });

  it('shows the stack when debugging', async () => {
    const { status, stderr } = await wordmill(['nearest', path('nope'), 'x'], { env: { WORDMILL_DEBUG: '1' } });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ {4}at /m);
    expect(stderr).toContain('caused by');
  });
});

describe('help and version', () => {
  it('go to standard output with status 0', async () => {
    expect(await wordmill([])).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/wordmill word2vec/),
    });
    expect(await wordmill(['--version'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^wordmill \d/) });
    for (const args of [['--help'], ['help'], ['-h']]) {
      expect(await wordmill(args)).toMatchObject({ status: 0, stdout: expect.stringContaining('Commands:') });
    }
    for (const args of [
      ['nearest', '--help'],
      ['nearest', '-help'],
      ['help', 'nearest'],
    ]) {
      expect(await wordmill(args)).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^Usage: wordmill nearest/),
      });
    }
  });
});

describe('a reader that has seen enough', () => {
  it('is no error', async () => {
    const many = write(
      'many.txt',
      `20000 2\n${Array.from({ length: 20_000 }, (_, i) => `word${i} 1 ${i}\n`).join('')}`,
    );
    const binary = fileURLToPath(new URL('../bin/wordmill.js', import.meta.url));
    const child = spawn(process.execPath, [binary, 'nearest', many, 'word1', '--top', '19999']);
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('an interruption', () => {
  it('ends a conversation with status 130', async () => {
    const binary = fileURLToPath(new URL('../bin/wordmill.js', import.meta.url));
    const child = spawn(process.execPath, [binary, 'nearest', model]);
    child.stderr.once('data', () => child.kill('SIGINT'));
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect(status).toBe(130);
  });
});

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KeyedVectors } from '@wordmill/core';
import { Glove } from '@wordmill/glove';
import { describe, expect, it } from 'vitest';
import { scratchFolder, topicText, wordmill } from './wordmill.js';

const { path, write } = scratchFolder();
const text = write('text.txt', topicText());
const binary = fileURLToPath(new URL('../bin/wordmill.js', import.meta.url));

/** A line of the shell in which `wordmill` is the program, in a folder of its own. */
function shell(line: string): Promise<{ status: number | null; stderr: string }> {
  return new Promise((resolve) => {
    const command = line.replaceAll('wordmill', `"${process.execPath}" "${binary}"`);
    const child = spawn('bash', ['-c', `set -e -o pipefail; ${command}`], { cwd: path('.') });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      stderr += piece;
    });
    child.on('close', (status) => resolve({ status, stderr }));
  });
}

describe("GloVe's demo, with only the program names changed", () => {
  it('runs and writes the files of GloVe', async () => {
    const { status, stderr } = await shell(`
      wordmill glove vocab -min-count 5 -verbose 2 < text.txt > vocab.txt
      wordmill glove cooccur -memory 4.0 -vocab-file vocab.txt -verbose 2 -window-size 15 < text.txt > cooccurrence.bin
      wordmill glove shuffle -memory 4.0 -verbose 2 < cooccurrence.bin > cooccurrence.shuf.bin
      wordmill glove train -save-file vectors -threads 8 -input-file cooccurrence.shuf.bin -x-max 10 -iter 15 -vector-size 50 \
        -binary 2 -vocab-file vocab.txt -verbose 2 -seed 1`);
    expect(stderr).toContain('epoch 15 of 15: cost 0.0');
    expect(status).toBe(0);
    const vocabulary = readFileSync(path('vocab.txt'), 'utf8').trimEnd().split('\n');
    expect(vocabulary).toHaveLength(18);
    const sizes = vocabulary.map((line) => Number(line.split(' ')[1]));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    const rows = readFileSync(path('vectors.txt'), 'utf8').trimEnd().split('\n');
    expect(rows).toHaveLength(19);
    for (const row of rows) expect(row).toMatch(/^\S+( -?\d+\.\d{6}){50}$/);
    expect(rows.map((row) => row.split(' ')[0])).toEqual([...vocabulary.map((line) => line.split(' ')[0]), '<unk>']);
    expect(readFileSync(path('vectors.bin')).length).toBe(2 * 18 * 51 * 8);
    const sorted = readFileSync(path('cooccurrence.bin'));
    const shuffled = readFileSync(path('cooccurrence.shuf.bin'));
    expect(shuffled.length).toBe(sorted.length);
    expect(shuffled.equals(sorted)).toBe(false);
    expect((await KeyedVectors.load(path('vectors.txt'))).size).toBe(19);
  });

  it('writes checkpoints, squared gradients and starts from them', async () => {
    const { status } = await shell(`
      wordmill glove train -input-file cooccurrence.bin -vocab-file vocab.txt -save-file v -gradsq-file g -iter 4 -vector-size 5 \
        -checkpoint-every 2 -save-gradsq 1 -save-init-param 1 -binary 2 -seed 3 -verbose 0 -write-header 1 -model 0
      wordmill glove train -input-file cooccurrence.bin -vocab-file vocab.txt -save-file w -iter 1 -vector-size 5 -binary 1 \
        -load-init-param 1 -init-param-file v.002.bin -load-init-gradsq 1 -init-gradsq-file g.002.bin -seed 3 -verbose 0`);
    expect(status).toBe(0);
    for (const number of ['', '.000', '.002', '.004']) {
      for (const name of ['v', 'g']) {
        expect(readFileSync(path(`${name}${number}.bin`)).length).toBe(2 * 18 * 6 * 8);
        const header = name === 'v' ? '19 12' : '18 12';
        expect(readFileSync(path(`${name}${number}.txt`), 'utf8').split('\n')[0]).toBe(header);
      }
    }
    expect(readFileSync(path('v.004.bin'))).toEqual(readFileSync(path('v.bin')));
    expect(readFileSync(path('v.002.bin'))).not.toEqual(readFileSync(path('v.bin')));
    expect(existsSync(path('w.bin'))).toBe(true);
    expect(existsSync(path('w.txt'))).toBe(false);
  });

  it('explains what has no meaning here, and refuses what is wrong', async () => {
    const odd = await shell('wordmill glove cooccur -vocab-file vocab.txt -max-product 1000 < text.txt > odd.bin');
    expect(odd.status).toBe(0);
    expect(odd.stderr).toContain('-max-product has no meaning here');
    expect(readFileSync(path('odd.bin'))).toEqual(readFileSync(path('cooccurrence.bin')));
    writeFileSync(path('bad.bin'), Buffer.alloc(24, 1));
    writeFileSync(path('unk.txt'), 'a <unk> b\n');
    const lines: [line: string, status: number, message: RegExp][] = [
      ['wordmill glove train -input-file bad.bin -vocab-file vocab.txt', 1, /bad\.bin/],
      ['wordmill glove train -input-file none.bin -vocab-file vocab.txt', 1, /none\.bin: there is no such file/],
      ['wordmill glove train -input-file cooccurrence.bin -vocab-file vocab.txt -model 7', 2, /-model must be/],
      ['wordmill glove shuffle < bad.bin > out.bin', 1, /record|word/],
      ['wordmill glove shuffle < /dev/null > out.bin', 1, /no co-occurrence records/],
      ['wordmill glove vocab < unk.txt > out.txt', 1, /<unk>/],
      ['wordmill glove vocab < /dev/null > out.txt', 1, /no token/],
      ['wordmill glove cooccur -vocab-file none.txt < text.txt > out.bin', 1, /none\.txt/],
      ['wordmill glove cooccur -memory 0.0000001 -vocab-file vocab.txt < text.txt > out.bin', 2, /at least/],
      ['wordmill glove cooccur -windw-size 3 < text.txt > out.bin', 2, /did you mean --window-size/],
    ];
    for (const [line, status, message] of lines) {
      const run = await shell(line);
      expect(run.stderr).toMatch(message);
      expect({ line, status: run.status }).toEqual({ line, status });
    }
  });
});

describe('wordmill glove', () => {
  const small = ['-vector-size', '10', '-x-max', '10', '--epochs', '8'];

  it('does everything in one command', async () => {
    const [output, model, counts, vocabulary] = ['one.txt', 'one.safetensors', 'counts.safetensors', 'words.txt'].map(
      path,
    ) as [string, string, string, string];
    const files = ['-o', output, '--model', model, '--save-counts', counts, '--save-vocab', vocabulary];
    const { status, stdout, stderr } = await wordmill(['glove', text, ...files, ...small, '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      vocabulary: 18,
      nonzeros: expect.any(Number),
      cost: expect.any(Number),
    });
    expect(readFileSync(output, 'utf8').trimEnd().split('\n')).toHaveLength(18);
    const loaded = await Glove.load(model);
    expect(loaded.options).toMatchObject({ vectorSize: 10, xMax: 10, epochs: 8 });

    const again = path('again.txt');
    const more = await wordmill(['glove', '--counts', counts, '-o', again, ...small]);
    expect(more.stdout).toContain(`saved ${again}`);
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(output, 'utf8'));
  });

  it('checkpoints and goes on', async () => {
    const checkpoint = path('checkpoint.safetensors');
    const [first, second] = [path('first.txt'), path('second.txt')];
    await wordmill(['glove', text, '-o', first, '--checkpoint', checkpoint, ...small]);
    const { status, stderr } = await wordmill(['glove', text, '-o', second, '--resume', checkpoint]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readFileSync(second, 'utf8')).toBe(readFileSync(first, 'utf8'));
    const twice = await wordmill(['glove', text, '-o', second, '--resume', checkpoint, '--epochs', '3']);
    expect(twice.status).toBe(2);
  });

  it('plans, prints the table of counts, and says what is missing', async () => {
    const plan = await wordmill(['glove', text, '--plan']);
    expect(plan.stdout).toContain('18 words');
    const table = await wordmill([
      'glove',
      'cooccur',
      '--print',
      'i like nlp\\ni like deep learning',
      '-window-size',
      '1',
    ]);
    expect(table.stdout.split('\n')[0]).toMatch(/^ +i {2}like {2}deep {2}learning {2}nlp$/);
    expect(table.stdout).toContain('i         0     2     0         0    0');
    expect((await wordmill(['glove', text])).stderr).toContain('there is nothing to write');
    expect((await wordmill(['glove'])).status).toBe(2);
    const help = await wordmill(['glove', 'train', '--help']);
    expect(help.stdout).toContain('--init-gradsq-file');
    expect((await wordmill(['help', 'glove', 'shuffle'])).stdout).toMatch(/^Usage: wordmill glove shuffle/);
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scratchFolder, wordmill } from './wordmill.js';

const { path, write } = scratchFolder();

/** man, king, woman and queen as a parallelogram; the others away from it. */
const model = write(
  'model.txt',
  `8 3
man 1 0 0
king 1 1 0
woman 0 0.1 1
queen 0 1.1 1
apple 0.3 -1 0.1
pear 0.35 -1 0.2
well-being 0.4 0.1 -1
c++ 0.3 0.2 -1
`,
);

const keysOf = (text: string): string[] => [...text.matchAll(/^(\S+) +-?\d\.\d{6}$/gm)].map((match) => match[1]!);

describe('wordmill nearest', () => {
  it('prints words and cosines', async () => {
    const { status, stdout, stderr } = await wordmill(['nearest', model, 'apple', '--top', '2']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^pear +0\.99\d{4}\n\S+ +-?0\.\d{6}\n$/);
  });

  it('takes an expression, also of several arguments', async () => {
    for (const expression of [
      ['king - man + woman'],
      ['king', '-', 'man', '+', 'woman'],
      ['--', '-man + king + woman'],
    ]) {
      expect(keysOf((await wordmill(['nearest', model, ...expression])).stdout)[0]).toBe('queen');
    }
  });

  it('takes a word that looks like an expression', async () => {
    expect(keysOf((await wordmill(['nearest', model, 'c++'])).stdout)[0]).toBe('well-being');
    expect(keysOf((await wordmill(['nearest', model, 'well-being'])).stdout)[0]).toBe('c++');
  });

  it('gives one JSON object', async () => {
    const { stdout } = await wordmill(['nearest', model, 'apple', '-n', '1', '--json']);
    const { expression, neighbours } = JSON.parse(stdout);
    expect(expression).toBe('apple');
    expect(neighbours).toEqual([{ key: 'pear', score: expect.closeTo(0.995, 2), index: 5 }]);
  });

  it('asks for words until EXIT, results on standard output and all else on standard error', async () => {
    const { status, stdout, stderr } = await wordmill(['nearest', model, '--top', '1'], {
      input: 'apple\nnope\n\nking - man + woman\nman woman\nEXIT\npear\n',
    });
    expect(status).toBe(0);
    expect(keysOf(stdout)).toEqual(['pear', 'queen', 'king']);
    expect(stdout).not.toContain('EXIT');
    expect(stderr).toContain('(EXIT to end)');
    expect(stderr).toContain('wordmill: "nope" is not in the vocabulary');
  });

  it('ends at the end of its input', async () => {
    const { status, stdout } = await wordmill(['nearest', model, '--top', '1'], { input: 'apple' });
    expect(status).toBe(0);
    expect(keysOf(stdout)).toEqual(['pear']);
  });

  it('gives one JSON object for all questions', async () => {
    const { stdout } = await wordmill(['nearest', model, '--top', '1', '--json'], { input: 'apple\npear\n' });
    const { answers } = JSON.parse(stdout);
    expect(answers.map((answer: { expression: string }) => answer.expression)).toEqual(['apple', 'pear']);
  });
});

describe('wordmill analogy', () => {
  it.each(['3CosAdd', '3CosMul'])('answers by %s', async (method) => {
    const { stdout } = await wordmill(['analogy', model, 'man', 'king', 'woman', '--top', '1', '--method', method]);
    expect(stdout).toMatch(/^queen +\d\.\d+\n$/);
  });

  it('asks for three words until the end of its input', async () => {
    const { status, stdout, stderr } = await wordmill(['analogy', model, '--top', '1'], {
      input: 'man king woman\nman king\n',
    });
    expect(status).toBe(0);
    expect(keysOf(stdout)).toEqual(['queen']);
    expect(stderr).toContain('an analogy has three words, not 2');
  });
});

describe('wordmill similarity', () => {
  it('prints the cosine', async () => {
    expect((await wordmill(['similarity', model, 'man', 'king'])).stdout).toBe('0.707107\n');
    const { stdout } = await wordmill(['similarity', model, 'man', 'king', '--json']);
    expect(JSON.parse(stdout)).toEqual({ a: 'man', b: 'king', similarity: expect.closeTo(Math.SQRT1_2, 6) });
  });
});

describe('wordmill evaluate', () => {
  const analogies = write(
    'analogies.txt',
    ': family\nman king woman queen\nMAN KING WOMAN QUEEN\nman king nobody queen\n: gram1-fruit\napple pear man woman\n',
  );
  const pairs = write('pairs.tsv', '# judgements\napple\tpear\t9\nman\tking\t6\nman\tapple\t1\nman\tnobody\t5\n');

  it('gives the figures as one JSON object', async () => {
    const { status, stdout, stderr } = await wordmill([
      'evaluate',
      model,
      '--analogies',
      analogies,
      '--pairs',
      pairs,
      '--json',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      analogies: { accuracy: 2 / 3, semantic: 1, syntactic: 0, questions: 3 },
      pairs: { spearman: 1, pearson: expect.closeTo(0.99, 1), used: 3, oov: 1 },
    });
  });

  it('restricts the analogies to the most frequent words', async () => {
    const args = ['evaluate', model, '--analogies', analogies, '--restrict-vocab', '4', '--json'];
    const found = JSON.parse((await wordmill(args)).stdout);
    expect(found.analogies.questions).toBe(2);
    expect(found).not.toHaveProperty('pairs');
  });

  it('prints sections and totals', async () => {
    const { stdout } = await wordmill(['evaluate', model, '--analogies', analogies, '--pairs', pairs]);
    expect(stdout).toMatch(/^family +100\.0 % +2 of 2$/m);
    expect(stdout).toMatch(/^all +66\.7 % +2 of 3$/m);
    expect(stdout).toMatch(/^Spearman +1\.0000 /m);
  });
});

describe('wordmill convert and inspect', () => {
  it('convert there and back without loss', async () => {
    const there = path('model.safetensors');
    const back = path('back.txt');
    expect((await wordmill(['convert', model, there])).status).toBe(0);
    expect((await wordmill(['convert', there, back])).status).toBe(0);
    expect(readFileSync(back, 'utf8').replace(/ \n/g, '\n')).toBe(readFileSync(model, 'utf8'));
  });

  it('write the format that is asked for', async () => {
    const binary = path('two.vectors');
    const { status, stdout } = await wordmill(['convert', model, binary, '-binary', '1', '--limit', '2', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ in: model, out: binary, words: 2, dimension: 3 });
    const described = JSON.parse((await wordmill(['inspect', binary, '--json'])).stdout);
    expect(described).toMatchObject({ format: 'word2vec-binary', rows: 2, dimension: 3, readable: true });
  });

  it('write to standard output', async () => {
    const { stdout } = await wordmill(['convert', model, '-', '--to', 'glove-text', '--limit', '1']);
    expect(stdout).toBe('man 1 0 0\n');
  });

  it('write bytes, and a tensor for other programs, which is found again', async () => {
    const bytes = path('bytes.safetensors');
    expect((await wordmill(['convert', model, bytes, '--dtype', 'i8'])).status).toBe(0);
    expect(JSON.parse((await wordmill(['inspect', bytes, '--json'])).stdout)).toMatchObject({ dtype: 'i8', rows: 8 });
    expect(keysOf((await wordmill(['nearest', bytes, 'apple', '--top', '1'])).stdout)).toEqual(['pear']);
    const tensor = 'model.embed_tokens.weight';
    const plain = path('plain.safetensors');
    expect((await wordmill(['convert', bytes, plain, '--tensor-out', tensor, '--dtype', 'f16'])).status).toBe(0);
    const { stdout } = await wordmill(['inspect', plain]);
    expect(stdout).toMatch(/^\* model\.embed_tokens\.weight +F16 +8 x 3 +[0-9a-f]{8}$/m);
    expect(stdout).not.toContain('not read');
    const words = path('words.txt');
    const names = ['man', 'king', 'woman', 'queen', 'apple', 'pear', 'well-being', 'c++'];
    writeFileSync(words, names.map((name) => `${name}\n`).join(''));
    const nearest = ['nearest', plain, 'apple', '--words', words, '--tensor', tensor, '--top', '1'];
    expect(keysOf((await wordmill(nearest)).stdout)).toEqual(['pear']);
    const wrong = await wordmill(['convert', plain, path('no.txt'), '--tensor', 'model.embed_tokens.wieght']);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain(`did you mean "${tensor}"?`);
    const unable = await wordmill(['convert', model, path('no.npy'), '--dtype', 'i8']);
    expect(unable.stderr).toContain("use 'f32' or 'f16'");
  });

  it('tell how to convert what is not read', async () => {
    const pickle = path('old.model');
    writeFileSync(pickle, Buffer.from('\x80\x04\x95\x00cgensim.models.word2vec\nWord2Vec\n', 'latin1'));
    const inspected = await wordmill(['inspect', pickle]);
    expect(inspected.status).toBe(0);
    expect(inspected.stdout).toContain('save_word2vec_format');
    const loaded = await wordmill(['nearest', pickle, 'x']);
    expect(loaded.status).toBe(1);
    expect(loaded.stderr).toContain('save_word2vec_format');
  });
});

describe('wordmill info', () => {
  it('tells the instruction set, threads, devices and versions', async () => {
    const found = JSON.parse((await wordmill(['info', '--json'])).stdout);
    expect(found.available).toContain(found.isa);
    expect(found.threads).toBeGreaterThan(0);
    expect(found.versions).toMatchObject({
      wordmill: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.versions.node,
    });
    expect(found.devices[0]).toMatchObject({ name: 'cpu' });
  });

  it('shows a forced instruction set', async () => {
    const { stdout } = await wordmill(['info', '--json'], { env: { WORDMILL_ISA: 'scalar' } });
    expect(JSON.parse(stdout).isa).toBe('scalar');
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scratchFolder, wordmill } from './wordmill.js';

const { path, write } = scratchFolder();

/** The tokenizer.json of a WordPiece with these pieces. */
function tokenizerFile(name: string, pieces: readonly string[]): string {
  const special = ['[PAD]', '[UNK]'];
  const json = {
    version: '1.0',
    added_tokens: special.map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: { type: 'BertNormalizer', lowercase: true, clean_text: true, handle_chinese_chars: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries([...special, ...pieces].map((token, id) => [token, id])),
    },
  };
  return write(name, JSON.stringify(json));
}

const from = tokenizerFile('old.json', ['low', '##er', '##est', 'new']);
const to = tokenizerFile('new.json', ['lower', 'new', 'lowest', 'sun', '[SEP]']);
const model = write('old.txt', '6 2\n[PAD] 0 0\n[UNK] 1 0\nlow 2 1\n##er 4 3\n##est 6 5\nnew 8 7\n');

describe('wordmill transfer', () => {
  it('writes the vectors of the new tokens and reports where they are from', async () => {
    const out = path('new.txt');
    const { status, stdout, stderr } = await wordmill(['transfer', model, '--from', from, '--to', to, '-o', out]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe(`${out}: 7 tokens, 3 copied, 2 composed, 0 overridden, 2 random\nrandom: "sun" "[SEP]"\n`);
    const lines = readFileSync(out, 'utf8').split('\n');
    expect(lines.slice(0, 6)).toEqual(['7 2', '[PAD] 0 0', '[UNK] 1 0', 'lower 3 2', 'new 8 7', 'lowest 4 3']);
  });

  it('takes overrides and gives one JSON object; inspect shows the tokenizer of the result', async () => {
    const out = path('new.safetensors');
    const overrides = write('overrides.json', '{"sun": ["low", "new"], "[SEP]": [9, 9]}');
    const args = ['transfer', model, '--from', from, '--to', to, '-o', out, '--overrides', overrides, '--json'];
    const { status, stdout } = await wordmill(args);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      out,
      tokens: 7,
      copied: 3,
      composed: 2,
      overridden: 2,
      random: 0,
      randomTokens: [],
    });
    const inspected = await wordmill(['inspect', out]);
    expect(inspected.stdout).toMatch(/^tokenizer\.fingerprint +[0-9a-f]{64}$/m);
    expect(inspected.stdout).toMatch(/^tokenizer\.size +7$/m);
  });

  it('takes vectors that word2vec trained on the tokens of a tokenizer.json', async () => {
    const text = write('text.txt', 'lower lowest new\nnew lowest lower low\n'.repeat(50));
    const trained = path('trained.safetensors');
    const args = ['word2vec', '-train', text, '--model', trained, '-size', '4', '--tokenizer', from];
    const { status, stderr } = await wordmill(args);
    expect({ status, stderr: stderr.replace(/^.* %\n/gm, '') }).toEqual({ status: 0, stderr: '' });
    const { metadata, rows } = JSON.parse((await wordmill(['inspect', trained, '--json'])).stdout);
    expect(rows).toBe(6);
    expect(metadata['tokenizer.size']).toBe('6');
    const moved = await wordmill(['transfer', trained, '--from', from, '--to', to, '-o', path('moved.safetensors')]);
    expect(moved.stdout).toContain('3 copied, 2 composed');
    const other = await wordmill(['transfer', trained, '--from', to, '--to', from, '-o', path('moved.safetensors')]);
    expect(other.status).toBe(1);
    expect(other.stderr).toContain('belong to the tokenizer');
  });

  it('says what is wrong', async () => {
    const run = (...args: string[]) => wordmill(['transfer', model, '-o', path('x.txt'), ...args]);
    expect((await run('--from', from)).status).toBe(2);
    const mismatch = await run('--from', to, '--to', from);
    expect(mismatch.status).toBe(1);
    expect(mismatch.stderr).toContain('6 vectors for the 7 tokens');
    const missing = await run('--from', path('none.json'), '--to', to);
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('there is no such file');
    const bad = write('bad.json', '["low"]');
    expect((await run('--from', from, '--to', to, '--overrides', bad)).stderr).toContain('JSON object');
    const unknown = write('unknown.json', '{"sun": "moon"}');
    expect((await run('--from', from, '--to', to, '--overrides', unknown)).stderr).toContain('no token "moon"');
  });

  it('tells what to install where the library is missing', async () => {
    const hooks = write(
      'hooks.mjs',
      "export const resolve = (name, context, next) => { if (name === '@huggingface/tokenizers') throw new Error('missing'); return next(name, context); }",
    );
    const register = write(
      'register.mjs',
      `import { register } from 'node:module'; register(${JSON.stringify(`file://${hooks}`)});`,
    );
    const args = ['transfer', model, '--from', from, '--to', to, '-o', path('y.txt')];
    const { status, stderr } = await wordmill(args, { env: { NODE_OPTIONS: `--import=file://${register}` } });
    expect(status).toBe(1);
    expect(stderr).toContain('npm install @huggingface/tokenizers');
  });
});

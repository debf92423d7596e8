import { defineConfig } from 'vitest/config';

const project = (name: string, root: string) => ({
  extends: true as const,
  test: { name, root, include: ['test/**/*.test.ts'] },
});

export default defineConfig({
  test: {
    // Native modules are loaded once for each process, so every file gets its own.
    pool: 'forks',
    testTimeout: 60_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results/vitest.json' },
    projects: [
      project('native', 'native'),
      project('core', 'packages/core'),
      project('fasttext', 'packages/fasttext'),
      project('glove', 'packages/glove'),
      project('word2vec', 'packages/word2vec'),
      project('cli', 'packages/cli'),
    ],
  },
});

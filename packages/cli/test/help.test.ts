import { describe, expect, it } from 'vitest';
import { spelling } from '../src/arguments.js';
import { commands } from '../src/commands/index.js';
import { helpOf, introduction, overview } from '../src/help.js';

describe('help', () => {
  it('lists every command', () => {
    const lines = overview(commands).split('\n');
    for (const { name, summary } of commands) {
      expect(lines.some((line) => line.startsWith(`  ${name} `) && line.endsWith(summary))).toBe(true);
    }
  });

  it.each(commands.map((command) => [command.name, command] as const))('of %s names every option', (_, command) => {
    const help = helpOf(command);
    expect(help).toMatch(new RegExp(`^Usage: wordmill ${command.name}`));
    for (const [key, { also }] of Object.entries(command.options)) {
      expect(help).toContain(`--${spelling(key)}`);
      for (const name of also) expect(help).toContain(name.length === 1 ? `-${name}` : `--${name}`);
    }
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(130);
  });

  it('has no spelling twice in one command', () => {
    for (const { options } of commands) {
      const names = Object.entries(options).flatMap(([key, { also }]) => [spelling(key), ...also]);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('offers three commands to copy when nothing is asked', () => {
    expect(introduction().match(/^ {2}wordmill \w+/gm)).toHaveLength(3);
  });
});

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const binary = fileURLToPath(new URL('../bin/wordmill.js', import.meta.url));

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** called with each piece of standard error and a way to send a signal */
  readonly onStart?: ((kill: (signal: NodeJS.Signals) => void) => void) | undefined;
}

/** Runs the program as its users do, in a process of its own. */
export function wordmill(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [binary, ...args], {
      cwd: options.cwd,
      env: { ...process.env, WORDMILL_DEBUG: '', ...options.env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
    // A program that fails early does not read its input.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    options.onStart?.((signal) => child.kill(signal));
  });
}

/** A folder for the files of one test file, removed after it. */
export function scratchFolder(): { path: (name: string) => string; write: (name: string, text: string) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'wordmill-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  return {
    path,
    write(name, text) {
      writeFileSync(path(name), text);
      return path(name);
    },
  };
}

const TOPICS = [
  ['king', 'queen', 'throne', 'crown', 'palace', 'prince'],
  ['bread', 'butter', 'flour', 'oven', 'baker', 'cake'],
  ['ship', 'sail', 'harbour', 'captain', 'anchor', 'storm'],
];

/** Sentences whose words are all of one topic, the same each time. */
export function topicText(lines = 1500): string {
  let state = 1;
  const random = (below: number): number => {
    state = (state * 48271) % 0x7fffffff;
    return state % below;
  };
  let text = '';
  for (let line = 0; line < lines; line++) {
    const topic = TOPICS[random(TOPICS.length)]!;
    text += `${Array.from({ length: 10 }, () => topic[random(topic.length)]).join(' ')}\n`;
  }
  return text;
}

/** The words of the same topic. */
export const topicOf = (word: string): readonly string[] => TOPICS.find((topic) => topic.includes(word)) ?? [];

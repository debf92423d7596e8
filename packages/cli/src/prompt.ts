import { createInterface } from 'node:readline';

/**
 * Lines of standard input, one for each prompt on standard error, until the line `EXIT` or the end of the input, as in
 * the reference tools.
 */
export async function* promptLines(prompt: string, signal: AbortSignal): AsyncGenerator<string> {
  const terminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
  const reader = createInterface({ input: process.stdin, output: process.stderr, terminal, prompt, signal });
  // A terminal that is being edited on hands Ctrl-C to the reader and not to the process.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    reader.prompt();
    for await (const line of reader) {
      if (line.trim() === 'EXIT') return;
      if (line.trim() !== '') yield line.trim();
      if (signal.aborted) return;
      reader.prompt();
    }
    process.stderr.write('\n');
  } finally {
    reader.close();
  }
}

/** Lines of standard input. */
export async function* inputLines(signal: AbortSignal): AsyncGenerator<string> {
  const reader = createInterface({ input: process.stdin, signal, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of reader) {
      if (signal.aborted) return;
      yield line;
    }
  } finally {
    reader.close();
  }
}

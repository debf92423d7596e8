import { encodeText } from '@wordmill/core/internal';
import { ProgressBar } from './progress-bar.js';

/** Where a command says what it found: results on standard output, all else on standard error. */
export class Output {
  /** Whether the result is one JSON object instead of lines. */
  readonly json: boolean;
  readonly progress = new ProgressBar();

  constructor(json: boolean) {
    this.json = json;
  }

  /** The result, as an object or as lines. Call it once; what is `undefined` is left out of the object. */
  result(object: unknown, lines: () => Iterable<string>): void {
    this.progress.stop();
    if (this.json) this.line(JSON.stringify(object));
    else for (const line of lines()) this.line(line);
  }

  /** One line on standard output. Words keep bytes that are not UTF-8. */
  line(text: string): void {
    process.stdout.write(encodeText(`${text}\n`, 'escape'));
  }

  /** One line on standard error. */
  status(text: string): void {
    this.progress.stop();
    process.stderr.write(`${text}\n`);
  }
}

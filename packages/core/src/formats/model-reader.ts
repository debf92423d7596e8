import type { Table } from '@wordmill/native';
import type { Cancellation } from '../cancellation.js';
import { WordmillError } from '../errors.js';
import { Handles } from '../handles.js';
import { formatError } from './limits.js';
import type { LongWork, SafetensorsFile } from './safetensors.js';
import { KIND_NAME } from './safetensors-vectors.js';
import { readCounts, readTable } from './tensors.js';

/** How a model's file is read: what it must be, and which of its tensors are large enough to be told of as progress. */
export interface ModelReading {
  readonly file: SafetensorsFile;
  readonly cancellation: Cancellation;
  readonly onProgress: LongWork['onProgress'];
  readonly matrices: readonly string[];
}

/** Refuses a file of another kind. `what` it must hold goes into the message: "a GloVe model". */
export function requireKind(file: SafetensorsFile, kind: string, what: string): void {
  const found = file.metadata[KIND_NAME];
  if (found === kind) return;
  throw new WordmillError(
    'ERR_WORDMILL_FORMAT',
    found === undefined
      ? `it is a safetensors file of another program, not ${what}`
      : `it holds ${found}, not ${what}; vectors alone are loaded with KeyedVectors.load()`,
  );
}

/** Reads the matrices of a model one after the other. What was read is kept, to be freed when something fails. */
export class ModelReader extends Handles {
  readonly #reading: ModelReading;
  readonly #total: number;
  #done = 0;

  constructor(reading: ModelReading) {
    super();
    this.#reading = reading;
    const { file, matrices } = reading;
    this.#total = matrices.reduce((sum, name) => sum + (file.tensors.get(name)?.bytes ?? 0), 0);
  }

  /** Refuses a matrix of another shape than the rest of the file asks for. */
  check(name: string, rows: number, columns?: number | undefined): void {
    const { shape, offset } = this.#reading.file.tensor(name, ['F32'], 2);
    const expected = [rows, columns ?? shape[1]!];
    if (shape[0] === expected[0] && shape[1] === expected[1]) return;
    throw formatError(
      `tensor "${name}" is [${shape}]; with the words and options of this file it must be [${expected}]`,
      offset,
    );
  }

  /** A copy that can be trained. */
  async table(name: string, rows: number, columns?: number | undefined): Promise<Table> {
    this.check(name, rows, columns);
    const { file, cancellation } = this.#reading;
    const table = await readTable(file, name, { cancellation, onBytes: (done) => this.#tell(done) });
    this.#done += file.tensor(name, ['F32'], 2).bytes;
    return this.keep(table);
  }

  /** Copies a matrix, whose shape has been checked, to rows of a table. */
  async rows(name: string, table: Table, firstRow: number): Promise<void> {
    const { file, cancellation } = this.#reading;
    const { shape, bytes } = file.tensor(name, ['F32'], 2);
    const unit = shape[1]! * 4;
    const write = (piece: Uint8Array, firstByte: number): void => {
      table.write(firstRow + firstByte / unit, piece.length / unit, 'f32', piece);
      this.#tell(firstByte + piece.length);
    };
    await file.read(name, unit, write, cancellation);
    this.#done += bytes;
  }

  /** The frequencies of rows, which every model has. */
  async counts(name: string, rows: number): Promise<BigUint64Array> {
    const { file, cancellation } = this.#reading;
    const counts = await readCounts(file, name, rows, cancellation);
    if (counts === undefined) throw formatError(`it has no tensor "${name}"`);
    return counts;
  }

  #tell(done: number): void {
    this.#reading.onProgress?.({ phase: 'loading', done: this.#done + done, total: this.#total });
  }
}

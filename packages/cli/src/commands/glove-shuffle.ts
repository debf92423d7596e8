import { once } from 'node:events';
import { dirname } from 'node:path';
import { writeFiles } from '@wordmill/core/internal';
import { shuffleRecords } from '@wordmill/glove';
import { defineCommand } from '../command.js';
import { whole } from '../figures.js';
import { file, integer } from '../option-types.js';
import { checkWritable, isStandardOutput } from '../output-file.js';
import { UsageError } from '../usage-error.js';
import { gigabytes, memoryOption, refuseTerminal, seedOf, verboseOption } from './glove-tools.js';

const RECORD_BYTES = 16;

const options = {
  output: file({ also: ['o'], help: 'write the records there; - is standard output', fallback: '-' }),
  memory: memoryOption('memory to shuffle in; more records go to a temporary file'),
  arraySize: integer({ help: 'records to shuffle at a time', fallback: 'as many as the memory takes' }),
  tempFile: file({ help: 'the temporary file, which has no name here, goes to its folder', fallback: 'TMPDIR, /tmp' }),
  seed: integer({ help: 'of the order; 0: the time of day', fallback: '0' }),
  verbose: verboseOption,
} as const;

export const gloveShuffle = defineCommand({
  name: 'glove shuffle',
  summary: "put co-occurrence records in random order, as GloVe's shuffle",
  usage: ['glove shuffle [OPTION...] < RECORDS > SHUFFLED', 'glove shuffle RECORDS -o SHUFFLED [OPTION...]'],
  description: `Gives the records of cooccur in random order. Command lines of shuffle work as they are. wordmill glove train does
    not need it: it orders the records by itself.`,
  options,
  examples: ['wordmill glove shuffle -memory 4.0 -verbose 2 < cooccurrence.bin > cooccurrence.shuf.bin'],
  async run({ options: given, operands: [source, ...more] }, { output, signal }) {
    const { output: target = '-', verbose = 2, arraySize } = given;
    if (more.length > 0) throw new UsageError('glove shuffle takes one file of records');
    if (isStandardOutput(target)) {
      if (output.json) throw new UsageError('--json needs -o FILE for the records');
      refuseTerminal('co-occurrence records');
    }
    await checkWritable(target);
    const memoryLimit = gigabytes(given.memory);
    const pieces = shuffleRecords(source === undefined || source === '-' ? process.stdin : source, {
      memoryLimit,
      // Half of the memory is for the records as they come, half for those that are being shuffled.
      memory: arraySize === undefined ? memoryLimit && Math.ceil(memoryLimit / 2) : arraySize * RECORD_BYTES,
      temporaryFolder: given.tempFile === undefined ? undefined : dirname(given.tempFile),
      seed: seedOf(given.seed),
      signal,
    });
    let bytes = 0;
    const count = async (write: (piece: Uint8Array) => Promise<void>): Promise<void> => {
      for await (const piece of pieces) {
        await write(piece);
        bytes += piece.length;
      }
    };
    if (isStandardOutput(target)) await count(writeToStandardOutput);
    else await writeFiles([{ path: target, write: (out) => count((piece) => out.write(piece)) }]);
    const records = bytes / RECORD_BYTES;
    const line = `${whole(records)} records shuffled`;
    if (!isStandardOutput(target)) output.result({ records }, () => [line]);
    else if (verbose > 0) output.status(line);
  },
});

/** A piece is overwritten by the next one, so it is copied where the stream cannot take it at once. */
async function writeToStandardOutput(piece: Uint8Array): Promise<void> {
  if (!process.stdout.write(Uint8Array.from(piece))) await once(process.stdout, 'drain');
}

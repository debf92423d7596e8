import { type DecoderOptions, type EncodeOptions, type Keys, native, type Table } from '@wordmill/native';
import type { Case, Settings } from '../case.js';
import { randomTable } from './tables.js';

const BINARY = { title: 'word2vec binary', layout: 'word2vec-binary', style: 'binary', bytesPerNumber: 4 } as const;
const TEXT = { title: 'word2vec text', layout: 'text', style: 'fixed6', bytesPerNumber: 10 } as const;

interface Format {
  readonly title: string;
  readonly layout: DecoderOptions['layout'];
  readonly style: EncodeOptions['style'];
  /** at most */
  readonly bytesPerNumber: number;
}

/** Reading and writing rows of files, without the files. */
export const fileCases: readonly Case[] = [decode(BINARY), decode(TEXT), encode(BINARY), encode(TEXT)];

function decode(format: Format): Case {
  return {
    name: `decode ${format.title}`,
    unit: 'MB/s',
    async prepare(settings) {
      const { table, keys, out } = vectors(format, settings);
      const { rows, bytes } = native().encodeRows(table, keys, 0, { style: format.style }, out);
      const encoded = out.subarray(0, bytes);
      table.dispose();
      keys.dispose();
      const { columns } = settings;
      return {
        amount: bytes / 1e6,
        async run() {
          const { layout } = format;
          const decoder = native().createDecoder({
            layout,
            dtype: 'f32',
            rows,
            columns,
            base: 0,
            maxKeyBytes: 1 << 20,
          });
          await decoder.feed(encoded);
          const decoded = await decoder.finish();
          decoded.table.dispose();
          decoded.keys?.dispose();
          decoder.dispose();
        },
        dispose: () => {},
      };
    },
  };
}

function encode(format: Format): Case {
  return {
    name: `encode ${format.title}`,
    unit: 'MB/s',
    async prepare(settings) {
      const { table, keys, out } = vectors(format, settings);
      const run = () => native().encodeRows(table, keys, 0, { style: format.style }, out);
      return {
        amount: run().bytes / 1e6,
        async run() {
          run();
        },
        dispose() {
          table.dispose();
          keys.dispose();
        },
      };
    },
  };
}

function vectors({ bytesPerNumber }: Format, settings: Settings): { table: Table; keys: Keys; out: Uint8Array } {
  // A tenth of the rows is much to decode already.
  const rows = Math.ceil(settings.rows / 10);
  const keys = native().createKeysFrom(Array.from({ length: rows }, (_, i) => `word${i}`));
  const out = new Uint8Array(rows * (settings.columns * bytesPerNumber + 16));
  return { table: randomTable(rows, settings.columns), keys, out };
}

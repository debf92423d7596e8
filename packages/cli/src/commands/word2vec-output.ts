import type { KeyedVectors, Progress } from '@wordmill/core';
import { encodeText, writeFiles } from '@wordmill/core/internal';
import type { Word2Vec } from '@wordmill/word2vec';
import type { Values } from '../option-types.js';
import type { word2vecOptions } from './word2vec-options.js';

interface Run {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Writes what word2vec.c writes to its `-output`, unless another format is asked for. */
export async function saveVectors(
  path: string,
  model: Word2Vec,
  { format, binary, numbers }: Pick<Values<typeof word2vecOptions>, 'format' | 'binary' | 'numbers'>,
  run: Run,
): Promise<void> {
  if (format === undefined && binary === undefined && path.endsWith('.safetensors')) return model.save(path, run);
  const chosen = format ?? (binary ? 'word2vec-binary' : 'word2vec-text');
  const digits = numbers ?? (chosen === 'word2vec-text' ? 'fixed6' : undefined);
  await model.vectors.save(path, { format: chosen, numbers: digits, ...run });
}

/** Writes `word class` lines, as word2vec.c with `-classes`. */
export async function saveClasses(
  path: string,
  vectors: KeyedVectors,
  classes: Uint32Array,
  signal: AbortSignal,
): Promise<void> {
  await writeFiles([
    {
      path,
      async write(file) {
        let text = '';
        let row = 0;
        for (const word of vectors.keys()) {
          text += `${word} ${classes[row++]}\n`;
          if (text.length < 1 << 18) continue;
          signal.throwIfAborted();
          await file.write(encodeText(text, 'escape'));
          text = '';
        }
        await file.write(encodeText(text, 'escape'));
      },
    },
  ]);
}

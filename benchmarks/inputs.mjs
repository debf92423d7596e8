// Inputs of suites, made once and kept in the work folder.
import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { KeyedVectors } from '@wordmill/core';

/** The text, or with `--bytes` so much of it, to the end of a line. */
export function textOf({ text, bytes, work }) {
  if (bytes === undefined || bytes >= statSync(text).size) return text;
  const target = join(work, `text-${bytes}.txt`);
  if (existsSync(target)) return target;
  const buffer = Buffer.alloc(bytes);
  const from = openSync(text, 'r');
  const read = readSync(from, buffer, 0, bytes, 0);
  closeSync(from);
  const end = buffer.subarray(0, read).lastIndexOf(0x0a) + 1;
  return writeFile(target, (file) => writeSync(file, buffer, 0, end));
}

/** A word2vec binary file of random vectors with the keys word0, word1 and so on. */
export function randomVectors({ work }, rows, columns) {
  const target = join(work, `random-${rows}x${columns}.bin`);
  if (existsSync(target)) return target;
  return writeFile(target, (file) => {
    writeSync(file, `${rows} ${columns}\n`);
    const random = uniform(1);
    const numbers = new Float32Array(columns);
    const rowBytes = Buffer.from(numbers.buffer);
    const buffer = Buffer.alloc(1 << 22);
    let filled = 0;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < columns; i++) numbers[i] = random() - 0.5;
      const key = `word${row} `;
      if (filled + key.length + rowBytes.length + 1 > buffer.length) {
        writeSync(file, buffer, 0, filled);
        filled = 0;
      }
      filled += buffer.write(key, filled, 'latin1');
      filled += rowBytes.copy(buffer, filled);
      filled = buffer.writeUInt8(0x0a, filled);
    }
    writeSync(file, buffer, 0, filled);
  });
}

/** The same as safetensors. */
export async function randomSafetensors(options, rows, columns) {
  const target = join(options.work, `random-${rows}x${columns}.safetensors`);
  if (existsSync(target)) return target;
  const vectors = await KeyedVectors.load(randomVectors(options, rows, columns));
  await vectors.save(target);
  vectors.dispose();
  return target;
}

/** Uniform in [0, 1): a 32-bit xorshift (Marsaglia 2003). */
export function uniform(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

/** A file that exists only when it is complete, and on the disk, so that it can leave the page cache. */
export function writeFile(target, write) {
  const unfinished = `${target}.unfinished`;
  const file = openSync(unfinished, 'w');
  try {
    write(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, target);
  return target;
}

import { WordmillError } from '@wordmill/native';

/** A format that is known and not read, with the command that makes one of it that is. */
export interface RefusedFormat {
  readonly name: string;
  readonly advice: string;
}

interface Magic {
  readonly name: string;
  readonly bytes: string;
  readonly advice: (path: string) => string;
}

const PYTHON_TO_NPY = (path: string, load: string): string =>
  `python -c "import numpy; numpy.save('vectors.npy', ${load.replace('PATH', path)})", and its words, one a line, into vectors.npy.words`;

/** First bytes (as latin1) of formats that hold vectors, or that vectors come packed in. */
const MAGICS: readonly Magic[] = [
  {
    name: 'finalfusion file',
    bytes: 'FiFu',
    advice: (path) => `finalfusion convert -f finalfusion -t word2vec ${path} vectors.bin`,
  },
  {
    name: 'SQLite database (Magnitude)',
    bytes: 'SQLite format 3\0',
    advice: (path) =>
      `python -c "from pymagnitude import Magnitude; [print(k, *v) for k, v in Magnitude('${path}')]" > vectors.txt`,
  },
  {
    name: 'HDF5 file',
    bytes: '\x89HDF\r\n\x1a\n',
    advice: (path) => PYTHON_TO_NPY(path, "__import__('h5py').File('PATH')['NAME'][:]"),
  },
  { name: 'bzip2 file', bytes: 'BZh', advice: (path) => `bunzip2 -k ${path}` },
  { name: 'xz file', bytes: '\xfd7zXZ\0', advice: (path) => `unxz -k ${path}` },
  { name: '7z file', bytes: "7z\xbc\xaf'\x1c", advice: (path) => `7z x ${path}` },
];

/** Recognises what is not read by the first bytes of the content. */
export function refusedFormat(head: Buffer, path: string): RefusedFormat | undefined {
  for (const { name, bytes, advice } of MAGICS) {
    if (head.toString('latin1', 0, bytes.length) === bytes) return { name, advice: advice(path) };
  }
  if (head.toString('latin1', 0, 4) === 'PK\x03\x04') return zip(head, path);
  // A pickle begins with PROTO and a version; those of text or floats do not.
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5) return pickle(head, path);
  if (isGloveBinary(head)) {
    return {
      name: 'GloVe binary file',
      advice: `KeyedVectors.load('${path}', { format: 'glove-binary', words: 'vocab.txt' }) (or --format glove-binary --words vocab.txt), with the vocabulary file it was trained with`,
    };
  }
  return undefined;
}

function zip(head: Buffer, path: string): RefusedFormat {
  const entry = head.toString('latin1', 30, 30 + (head.length > 28 ? head.readUInt16LE(26) : 0));
  if (entry.endsWith('.npy')) {
    return { name: 'NumPy archive', advice: PYTHON_TO_NPY(path, "(lambda a: a[a.files[0]])(numpy.load('PATH'))") };
  }
  if (/(^|\/)(data\.pkl|version|byteorder|\.format_version)$/.test(entry)) {
    return {
      name: 'PyTorch file',
      advice: PYTHON_TO_NPY(path, "__import__('torch').load('PATH')['NAME'].float().numpy()"),
    };
  }
  return { name: 'zip archive', advice: `unzip ${path}` };
}

/** gensim's `.model` and `.kv` files, and every other pickle. */
function pickle(head: Buffer, path: string): RefusedFormat {
  const start = head.toString('latin1', 0, 4096);
  if (!/gensim|KeyedVectors|Word2Vec|FastText|Doc2Vec/.test(start)) {
    return { name: 'Python pickle', advice: PYTHON_TO_NPY(path, "numpy.load('PATH', allow_pickle=True)") };
  }
  return {
    name: 'gensim model',
    advice: `python -c "from gensim.utils import SaveLoad; m = SaveLoad.load('${path}'); getattr(m, 'wv', m).save_word2vec_format('${path}.bin', binary=True)"`,
  };
}

/** GloVe's `-binary 1` has no header, only 64-bit floats, which in trained vectors are small and never subnormal. */
function isGloveBinary(head: Buffer): boolean {
  if (head.length < 64) return false;
  for (let at = 0; at < 64; at += 8) {
    const size = Math.abs(head.readDoubleLE(at));
    if (!(size > 1e-12 && size < 1e3)) return false;
  }
  // Text happens to be such a number sometimes, but is not often beyond ASCII.
  return head.subarray(0, 64).some((byte) => byte >= 0x80);
}

export function refusal({ name, advice }: RefusedFormat): WordmillError {
  return new WordmillError('ERR_WORDMILL_UNSUPPORTED', `it is a ${name}, which is not read as it is; use: ${advice}`);
}

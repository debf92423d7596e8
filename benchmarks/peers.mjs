import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LineProcess } from './processes.mjs';

const exec = promisify(execFile);
const require = createRequire(import.meta.url);
const gensimScript = fileURLToPath(new URL('peers/gensim_peer.py', import.meta.url));

/** The peers that are wanted and installed. A suite leaves out what is not there. */
export async function findPeers(wanted) {
  const gensim = wanted.includes('gensim') ? await findGensim() : undefined;
  const fasttext = wanted.includes('fasttext') ? await findFasttext() : undefined;
  const usearch = wanted.includes('usearch') ? findPackage('usearch') : undefined;
  const onnxruntime = wanted.includes('onnxruntime') ? findPackage('onnxruntime-node') : undefined;
  const found = { gensim, fasttext, usearch, onnxruntime };
  const versions = Object.entries(found).flatMap(([name, peer]) => (peer ? [[name, peer.version]] : []));
  return { ...found, versions: Object.fromEntries(versions) };
}

/** Debian's Python, which has its packages, is not always the first in the path. */
async function findGensim() {
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      const { stdout } = await exec(python, [
        '-c',
        'import gensim, numpy; print(gensim.__version__, numpy.__version__)',
      ]);
      const [version, numpy] = stdout.trim().split(' ');
      /** A process of gensim; `blasThreads` are those of its matrix products, not of its training. */
      const start = (blasThreads = 1) => {
        const env = { OPENBLAS_NUM_THREADS: String(blasThreads), OMP_NUM_THREADS: String(blasThreads) };
        return new LineProcess(python, [gensimScript], env);
      };
      return { version: `${version} (numpy ${numpy})`, start };
    } catch {
      // Not this one.
    }
  }
  missing('gensim', 'Debian: apt install python3-gensim');
}

async function findFasttext() {
  try {
    await exec('fasttext', ['dump']).catch((error) => {
      if (error.code === 'ENOENT') throw error;
    });
    // It does not say its version; the package does.
    const { stdout } = await exec('dpkg-query', ['-W', 'fasttext']).catch(() => ({ stdout: '' }));
    return { version: stdout.trim().split('\t')[1] ?? 'unknown', train: trainFasttext };
  } catch {
    missing('fasttext', 'Debian: apt install fasttext');
  }
}

/** Words per second of a training. fastText tells them in its progress, for one thread. */
function trainFasttext(args, threads) {
  return new Promise((resolve, reject) => {
    const child = spawn('fasttext', [...args, '-thread', String(threads)], { stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.on('data', (data) => {
      told = `${told}${data}`.slice(-1000);
    });
    child.on('error', reject);
    child.on('close', (status) => {
      const [, speed] = /.*words\/sec\/thread:\s+(\d+)/s.exec(told) ?? [];
      if (status !== 0 || speed === undefined) reject(new Error(`fasttext ended with ${status}: ${told}`));
      else resolve(Number(speed) * threads);
    });
  });
}

function findPackage(name) {
  try {
    // Its package.json need not be exported.
    const manifest = fileURLToPath(new URL(`node_modules/${name}/package.json`, import.meta.url));
    return { version: JSON.parse(readFileSync(manifest, 'utf8')).version, api: require(name) };
  } catch {
    missing(name, 'pnpm -C benchmarks install');
  }
}

function missing(name, how) {
  console.error(`${name} is not installed (${how}); figures without it`);
}

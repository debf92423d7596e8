// Holds the one-way rule of the house: who may include or import whom. docs/design.md draws the picture.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Lower layers first. A folder may use its own layer and those before it. */
const engineLayers = [
  ['kernels'],
  ['memory', 'text', 'sampling', 'runtime', 'matrix', 'vectors'],
  ['count', 'train', 'search', 'quantize'],
  ['backend'],
  ['c_api'],
];
const packageLayers = [
  ['@wordmill/linux-x64', '@wordmill/cuda-linux-x64'],
  ['@wordmill/native'],
  ['@wordmill/core'],
  ['@wordmill/fasttext', '@wordmill/glove', '@wordmill/word2vec'],
  ['wordmill'],
];
/** Installed by those who want it: a dependency on it would download GPU code for everybody. */
const separatePackages = ['@wordmill/cuda-linux-x64'];
/** What every part of the engine may include, as these include nothing but each other: both C ABIs and the one error. */
const backendHeader = 'native/include/wordmill_backend.h';
const leafHeaders = ['native/include/wordmill.h', backendHeader, 'native/src/runtime/error.h'];
/** Compiled without flags of an instruction set, unlike all else in src/kernels. */
const dispatch = /^native\/src\/kernels\/select\.(h|cpp)$/;

const root = fileURLToPath(new URL('..', import.meta.url));
const git = ['ls-files', '--cached', '--others', '--exclude-standard'];
const files = execFileSync('git', git, { cwd: root, encoding: 'utf8' }).split('\n');
const problems = [];
const complain = (file, text) => problems.push(`${file}: ${text}`);
const matches = (file, pattern) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map((match) => match.slice(1));
const layerOf = (layers, name) => layers.findIndex((layer) => layer.includes(name));

function checkNames() {
  for (const file of files) {
    const vague = dirname(file).match(/(^|\/)(utils?|common|helpers?)(?=\/|$)/);
    if (vague) complain(file, `no folder is called "${vague[2]}": name what is in it`);
  }
}

/** The file that an `#include "..."` means, looked up as the compiler does. */
function included(file, name) {
  const folders = file.startsWith('native/cuda/')
    ? ['native/cuda', 'native/include']
    : ['native/src', 'native/include'];
  const candidates = [dirname(file), ...folders].map((folder) => join(folder, name));
  return candidates.map((path) => normalize(path)).find((path) => files.includes(path));
}

function checkEngine() {
  const uses = new Map();
  // native/cuda/verify is a program beside the module, of the engine and the module together.
  const sources = files.filter((file) => /^native\/(src|include|node|cuda(?!\/verify))\/.*\.(h|cpp|cu)$/.test(file));
  const part = (file) => file.match(/^native\/src\/([^/]+)\//)?.[1];

  for (const file of sources) {
    const from = part(file);
    if (from && layerOf(engineLayers, from) < 0) complain(file, `folder src/${from} belongs to no layer`);
    for (const [name] of matches(file, /^\s*#\s*include\s*"([^"]+)"/gm)) {
      const target = included(file, name);
      if (!target) {
        complain(file, `includes "${name}", which is no file of the engine`);
        continue;
      }
      if (file.startsWith('native/cuda/')) {
        const fits = target.startsWith('native/cuda/') || target === backendHeader;
        if (!fits) complain(file, `a module for devices speaks only wordmill_backend.h, not ${target}`);
        continue;
      }
      if (leafHeaders.includes(target)) continue;
      const to = part(target);
      if (file.startsWith('native/node/')) {
        if (!target.startsWith('native/node/')) complain(file, `the addon speaks only wordmill.h, not ${target}`);
      } else if (!from || leafHeaders.includes(file)) {
        complain(file, `a leaf header includes nothing of the engine, but this one ${target}`);
      } else if (to === undefined || layerOf(engineLayers, to) > layerOf(engineLayers, from)) {
        complain(file, `src/${from} may not use ${target}, which lies above it`);
      } else if (to !== from) {
        uses.set(from, (uses.get(from) ?? new Map()).set(to, file));
      }
    }
  }
  reportCycles(uses);

  for (const file of sources.filter((source) => source.startsWith('native/src/kernels/') && !dispatch.test(source))) {
    for (const [name] of matches(file, /^\s*#\s*include\s*<([^>]+)>/gm)) {
      // An inline function of the standard library, compiled here with AVX, could be the copy that the linker keeps.
      if (!name.endsWith('.h')) complain(file, `kernels include no C++ library, but this one <${name}>`);
    }
  }

  const napi = files.filter(
    (file) => /^native\/.*\.(h|cpp)$/.test(file) && matches(file, /^\s*#\s*include\s*[<"](napi\.h)/gm).length,
  );
  if (napi.length > 1) complain(napi.join(', '), 'napi.h is included in one place');
}

/** Folders of one layer may use each other, but not in a circle. */
function reportCycles(uses) {
  const done = new Set();
  const visit = (folder, path) => {
    if (path.includes(folder)) {
      const circle = [...path.slice(path.indexOf(folder)), folder];
      complain(uses.get(circle[0]).get(circle[1]), `circle of folders: ${circle.join(' -> ')}`);
      return;
    }
    if (done.has(folder)) return;
    for (const next of uses.get(folder)?.keys() ?? []) visit(next, [...path, folder]);
    done.add(folder);
  };
  for (const folder of uses.keys()) visit(folder, []);
}

function checkPackages() {
  const manifests = files.filter((file) => /^(native|native\/npm\/[^/]+|packages\/[^/]+)\/package\.json$/.test(file));
  for (const path of manifests) {
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8'));
    const folder = dirname(path);
    const own = layerOf(packageLayers, manifest.name);
    if (own < 0) complain(path, `package ${manifest.name} belongs to no layer`);
    const declared = {
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
    };
    const ours = (name) => name === 'wordmill' || name.startsWith('@wordmill/');

    for (const name of separatePackages) {
      if (name in { ...declared, ...manifest.devDependencies }) complain(path, `nothing depends on ${name}`);
    }
    for (const name of Object.keys(declared).filter(ours)) {
      if (layerOf(packageLayers, name) >= own) complain(path, `${manifest.name} may not depend on ${name}`);
    }
    const code = files.filter((file) => file.startsWith(`${folder}/`) && /\/(src|loader|bin)\/.*\.[jt]s$/.test(file));
    for (const file of code) {
      for (const [specifier] of matches(file, /(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*['"]([^'"]+)['"]/g)) {
        if (specifier.startsWith('.')) {
          const target = normalize(join(dirname(file), specifier));
          if (!target.startsWith(`${folder}/`)) complain(file, `imports ${specifier}, outside its package`);
        } else if (ours(specifier)) {
          const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
          if (!(name in declared)) complain(file, `imports ${name}, which its package does not depend on`);
        }
      }
    }
  }
}

checkNames();
checkEngine();
checkPackages();
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'layers: dependencies run one way' : `layers: ${problems.length} problem(s)`);
process.exitCode = problems.length === 0 ? 0 : 1;

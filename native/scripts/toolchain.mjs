// What the engine is compiled with. Run as a program, this names the tools that are missing and the command that
// installs them, or writes toolchain.json: turbo's hash ignores the operating system, the processor and the
// compiler, so this file is one of the inputs of the native build.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The first line that `command --version` prints, or undefined when there is no such command. */
function versionOf(command) {
  const [program, ...args] = command.split(' ');
  const result = spawnSync(program, [...args, '--version'], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.split('\n', 1)[0] : undefined;
}

const firstOf = (commands) => commands.map(versionOf).find((version) => version !== undefined);

/** Package names by package manager, in the order: CMake, compiler, build program. */
const packages = {
  'apt-get': { run: 'apt-get install -y', names: ['cmake', 'g++', 'make'] },
  dnf: { run: 'dnf install -y', names: ['cmake', 'gcc-c++', 'make'] },
  pacman: { run: 'pacman -S --needed', names: ['cmake', 'gcc', 'make'] },
  apk: { run: 'apk add', names: ['cmake', 'g++', 'make'] },
  zypper: { run: 'zypper install -y', names: ['cmake', 'gcc-c++', 'make'] },
  brew: { run: 'brew install', names: ['cmake', 'llvm', 'make'] },
};

function installCommand(missing) {
  const manager = Object.keys(packages).find((name) => versionOf(name) !== undefined);
  if (manager === undefined) return 'install them with the package manager of your system';
  const { run, names } = packages[manager];
  const sudo = manager === 'brew' || process.getuid?.() === 0 ? '' : 'sudo ';
  return `${sudo}${run} ${missing.map((index) => names[index]).join(' ')}`;
}

/** Throws when something is missing; otherwise the identity of the toolchain. */
export function toolchain() {
  const cmake = versionOf('cmake');
  const compiler = firstOf(process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++']);
  const builder = firstOf(['ninja', 'make']);
  const tools = [
    ['CMake', cmake],
    [process.env.CXX ? `the C++ compiler that CXX names (${process.env.CXX})` : 'a C++ compiler', compiler],
    ['make or ninja', builder],
  ];
  const missing = [0, 1, 2].filter((index) => tools[index][1] === undefined);
  if (missing.length > 0) {
    const names = missing.map((index) => tools[index][0]).join(', ');
    throw new Error(
      `The engine cannot be built: not found: ${names}.\nInstall with:\n\n  ${installCommand(missing)}\n`,
    );
  }
  return {
    platform: process.platform,
    arch: process.arch,
    libc: process.report.getReport().header.glibcVersionRuntime ?? null,
    cmake,
    compiler,
    builder,
  };
}

/** Runs `main` and turns what it throws into a message and exit status 1. */
export function program(main) {
  try {
    main();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Runs a command in the folder of the engine, its output on ours; throws when it fails. */
export function run(command, args, env = {}) {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const result = spawnSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } });
  if (result.error) throw result.error;
  if (result.status !== 0)
    throw new Error(`${[command, ...args].join(' ')} failed (${result.status ?? result.signal})`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  program(() => {
    const key = `${JSON.stringify(toolchain(), null, 2)}\n`;
    writeFileSync(new URL('../toolchain.json', import.meta.url), key);
  });
}

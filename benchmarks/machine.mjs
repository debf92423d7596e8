import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runtime } from '@wordmill/core';

/** Where and with what it is measured. */
export function describeMachine() {
  const { processor, compiler, isa, available, threads, version } = runtime();
  return {
    processor,
    platform: `${process.platform}-${process.arch}`,
    threads,
    memory: totalmem(),
    isa,
    available,
    compiler,
    node: process.versions.node,
    wordmill: version,
  };
}

/**
 * What the machine can do at best: GB/s read and copied, and GFLOP/s of fused multiply-adds, by a small C program.
 * Undefined where there is no compiler; the formula is then threads x clock x FMA units x lanes x 2.
 */
export function measurePeak({ work, threads }) {
  const source = fileURLToPath(new URL('peers/machine_peak.c', import.meta.url));
  const program = join(work, 'machine_peak');
  try {
    const flags = ['-O3', '-march=native', '-ffp-contract=fast', '-pthread'];
    execFileSync(process.env.CC ?? 'cc', [...flags, source, '-o', program], { stdio: ['ignore', 'ignore', 'inherit'] });
  } catch {
    return undefined;
  }
  return JSON.parse(execFileSync(program, [String(threads)], { encoding: 'utf8' }));
}

/** The most memory that this process has held, in bytes. (getrusage would give the parent's where that was more.) */
export function peakMemory() {
  if (!existsSync('/proc/self/status')) return process.resourceUsage().maxRSS * 1024;
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
}

/** The memory that this process holds now and that is no file's, in bytes. */
export function anonymousMemory() {
  if (!existsSync('/proc/self/status')) return process.memoryUsage.rss();
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
}

/** The memory that this process holds now, in bytes. */
export function residentMemory() {
  return process.memoryUsage.rss();
}

/** Makes the next reading of a file come from the disk. */
export function dropFromCache(path) {
  execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none']);
}

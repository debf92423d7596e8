import { type DeviceInfo, devices, runtime } from '@wordmill/core';
import { defineCommand } from '../command.js';
import { bytes } from '../figures.js';
import { UsageError } from '../usage-error.js';
import { version } from '../version.js';

export const info = defineCommand({
  name: 'info',
  summary: 'instruction set, threads, devices and versions',
  usage: ['info'],
  description: 'Tells what the engine runs on: useful in reports of problems and beside figures of a benchmark.',
  options: {},
  examples: ['wordmill info', 'WORDMILL_ISA=scalar wordmill info', 'wordmill info --json'],
  async run({ operands }, { output }) {
    if (operands.length > 0) throw new UsageError(`info takes nothing; ${operands[0]} is too much`);
    const { isa, available, threads, memory, version: engine, compiler, processor } = runtime();
    const versions = { wordmill: version(), engine, node: process.versions.node };
    const { gpus, reason, module } = await devices();
    const platform = `${process.platform}-${process.arch}`;
    const found = {
      ...{ isa, available, threads, memory, processor, platform, compiler },
      devices: [{ name: 'cpu', processor, isa, available, threads }, ...gpus.map(asEntry)],
      cuda: { module, reason },
      versions,
    };
    output.result(found, () => [
      `wordmill     ${versions.wordmill} (engine ${engine}, Node.js ${versions.node})`,
      `platform     ${platform}, ${processor}`,
      `instructions ${isa} (available: ${available.join(', ')}; WORDMILL_ISA forces one)`,
      `threads      ${threads}`,
      `memory       ${memory === 0 ? 'unknown' : `${bytes(memory)} free for this process`}`,
      `devices      cpu`,
      ...gpus.map((gpu) => `             ${gpuText(gpu)}`),
      ...(reason === undefined ? [] : [`             no cuda: ${reason}`]),
      `compiler     ${compiler}`,
    ]);
  },
});

/** By the name that option `--device` takes. */
const asEntry = ({ device, name, ...about }: DeviceInfo) => ({ name: device, gpu: name, ...about });

const gpuText = ({ device, name, capability, multiprocessors, memory, free, driver, runtime }: DeviceInfo): string =>
  `${device}: ${name}, ${bytes(memory)} (${bytes(free)} free), compute capability ${capability}, ` +
  `${multiprocessors} multiprocessors, driver for CUDA ${driver}, built with CUDA ${runtime}`;

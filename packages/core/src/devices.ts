import { accelerator, native } from '@wordmill/native';
import type { DeviceOption } from './device.js';
import { isWordmillError } from './errors.js';

/** A GPU that can be used. */
export interface DeviceInfo {
  /** as option `device` names it */
  readonly device: DeviceOption;
  readonly name: string;
  /** compute capability, such as `9.0` */
  readonly capability: string;
  readonly multiprocessors: number;
  /** bytes */
  readonly memory: number;
  /** bytes that nobody uses */
  readonly free: number;
  /** the newest CUDA that the driver serves, such as `13.0` */
  readonly driver: string;
  /** the CUDA that the module was built with */
  readonly runtime: string;
}

export interface DeviceList {
  readonly gpus: readonly DeviceInfo[];
  /** why there are none, and what mends it; undefined where there are */
  readonly reason: string | undefined;
  /** the module that uses them, where there is one */
  readonly module: { readonly path: string; readonly version: string } | undefined;
}

/**
 * The GPUs that option `device` can name, or why there are none. Loads the module for them, where it is installed; a module or
 * driver that is missing is no error here.
 */
export async function devices(): Promise<DeviceList> {
  const gpus: DeviceInfo[] = [];
  let module: DeviceList['module'];
  try {
    const { path } = await accelerator();
    // Asked again, as a driver may have come or gone.
    const info = await native().loadModule(path);
    module = { path, version: info.version };
    if (info.devices === 0) return { gpus, reason: info.reason, module };
    for (let index = 0; index < info.devices; index++) gpus.push(await describe(path, index));
    return { gpus, reason: undefined, module };
  } catch (error) {
    if (!isWordmillError(error) || error.code !== 'ERR_WORDMILL_DEVICE') throw error;
    return { gpus, reason: error.message, module };
  }
}

async function describe(path: string, index: number): Promise<DeviceInfo> {
  const { name, capability, multiprocessors, memory, free, driver, runtime } = await native().describeDevice(
    path,
    index,
  );
  return {
    device: `cuda:${index}`,
    name,
    capability: `${Math.floor(capability / 10)}.${capability % 10}`,
    multiprocessors,
    memory,
    free,
    driver: version(driver),
    runtime: version(runtime),
  };
}

const version = (number: number): string => `${Math.floor(number / 1000)}.${Math.floor((number % 1000) / 10)}`;

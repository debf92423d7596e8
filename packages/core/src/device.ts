import { accelerator, type Device, native } from '@wordmill/native';
import * as v from 'valibot';
import { isWordmillError, WordmillError } from './errors.js';

/** `cpu`: the processor; `cuda` and `cuda:N`: an NVIDIA GPU, the first one or that of a number; `auto`: either. */
export type DeviceOption = 'cpu' | 'cuda' | `cuda:${number}` | 'auto';

/** On what work is done. */
export interface DeviceOptions {
  /**
   * `cpu` (default); `cuda`, `cuda:0`, `cuda:1` and so on: a GPU, or an error that says what is missing (ERR_WORDMILL_DEVICE),
   * how much of its memory would be needed (ERR_WORDMILL_MEMORY with `needed` and `free`), or that this is not done there
   * (ERR_WORDMILL_UNSUPPORTED); `auto`: the first GPU where none of these happens, else the processor.
   *
   * A GPU needs the package `@wordmill/cuda-linux-x64`. That it is installed changes nothing by itself, so that results stay what
   * they were: on a GPU the same seed does not give the same bytes twice, as sums of many threads have no fixed order.
   */
  readonly device?: DeviceOption | undefined;
}

/** On what work was done. */
export interface Workplace {
  /** `cpu`, or the name of the GPU */
  readonly device: string;
  /** why `auto` took no GPU */
  readonly deviceReason?: string | undefined;
}

/** Whether a value can be the option. */
export function isDeviceOption(value: unknown): value is DeviceOption {
  return typeof value === 'string' && /^(cpu|auto|cuda(:\d{1,4})?)$/.test(value);
}

/** {@link DeviceOptions} as an entry of a schema. */
export const device = v.optional(
  v.custom<DeviceOption>(
    isDeviceOption,
    (issue) => `must be 'cpu', 'cuda', 'cuda:N' with the number of a GPU, or 'auto', not ${issue.received}`,
  ),
  'cpu',
);

/** For these the processor takes over from a GPU that was not asked for by name. */
const BEARABLE: readonly string[] = ['ERR_WORDMILL_DEVICE', 'ERR_WORDMILL_MEMORY', 'ERR_WORDMILL_UNSUPPORTED'];

/**
 * Does work, or creates the job that will, on the device that was chosen; undefined stands for the processor. With `auto` it
 * is done there after all when it cannot be done on the first GPU.
 */
export async function onDevice<T>(
  option: DeviceOption,
  work: (device: Device | undefined) => T | Promise<T>,
): Promise<{ readonly result: T; readonly workplace: Workplace }> {
  if (option === 'cpu') return { result: await work(undefined), workplace: { device: 'cpu' } };
  try {
    const gpu = await open(Number(option.split(':')[1] ?? 0));
    return { result: await work(gpu), workplace: { device: gpu.describe().name } };
  } catch (error) {
    if (option !== 'auto' || !isWordmillError(error) || !BEARABLE.includes(error.code)) throw error;
    const workplace = { device: 'cpu', deviceReason: error.message };
    return { result: await work(undefined), workplace };
  }
}

/** Refuses a GPU for what only the processor does. */
export function refuseDevice(option: DeviceOption, what: string): void {
  if (option === 'cpu' || option === 'auto') return;
  throw new WordmillError('ERR_WORDMILL_UNSUPPORTED', `${what} on the processor only: leave device '${option}' out`, {
    option: 'device',
  });
}

const opened = new Map<string, Promise<Device>>();

/** A GPU is opened once, since that takes a part of a second, and stays open. */
async function open(index: number): Promise<Device> {
  const { path } = await accelerator();
  const key = `${index} ${path}`;
  const known = opened.get(key);
  if (known !== undefined) return known;
  const made = native().openDevice(path, index);
  opened.set(key, made);
  made.catch(() => opened.delete(key));
  return made;
}

import type { DeviceOption, Workplace } from '@wordmill/core';
import { isDeviceOption } from '@wordmill/core/internal';
import type { Option } from './option-types.js';

/** `--device`, for every command that can use a GPU. */
export const deviceOption: Option<DeviceOption> = {
  also: [],
  value: 'NAME',
  help: 'cpu, cuda (an NVIDIA GPU; cuda:1 is the second one), or auto: a GPU where that is possible, else cpu',
  fallback: 'cpu',
  parse(given) {
    if (!isDeviceOption(given)) throw new Error(`must be cpu, cuda, cuda:N or auto, not ${JSON.stringify(given)}`);
    return given;
  },
};

interface Report extends Workplace {
  readonly isa: string;
  readonly threads: number;
}

/** What did a training, for the line that sums it up. */
export const workplaceText = ({ device, isa, threads }: Report): string =>
  device === 'cpu' ? `${isa}, ${threads} threads` : device;

/** A line for the GPU that `auto` did not take. */
export function* reasonLines({ deviceReason }: Pick<Workplace, 'deviceReason'>): Generator<string> {
  if (deviceReason !== undefined) yield `on the processor: ${deviceReason}`;
}

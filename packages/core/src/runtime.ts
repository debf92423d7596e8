import { native, type RuntimeInfo } from '@wordmill/native';

export type { RuntimeInfo };

/**
 * What the engine runs on: the instruction set in use (WORDMILL_ISA forces one) and those available, threads, version,
 * compiler, processor. Loads the engine; ERR_WORDMILL_NATIVE or ERR_WORDMILL_UNSUPPORTED when that is not possible.
 */
export function runtime(): RuntimeInfo {
  return native().runtime();
}

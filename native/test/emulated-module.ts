import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The module for NVIDIA GPUs, compiled for the processor: see native/cuda/emulator. */
export const emulatedModule = fileURLToPath(new URL('../out/cuda/emulator/libwordmill_emulated.so', import.meta.url));

/** What the emulated GPU is called. */
export const EMULATED_GPU = 'emulated on the processor';

if (!existsSync(emulatedModule)) {
  throw new Error(
    'the emulated module is missing: build it with `npx -y pnpm@12 --filter @wordmill/native build:emulator`',
  );
}

/** From now on this process uses the emulated module. */
export function useEmulatedModule(): void {
  process.env.WORDMILL_CUDA = emulatedModule;
}

/** Does something while the emulated GPU is in trouble: see native/cuda/emulator/runtime.cpp. */
export async function inTrouble<T>(trouble: string, work: () => Promise<T>): Promise<T> {
  process.env.WORDMILL_EMULATOR = trouble;
  try {
    return await work();
  } finally {
    delete process.env.WORDMILL_EMULATOR;
  }
}

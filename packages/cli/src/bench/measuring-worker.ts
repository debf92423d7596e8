// The other end of MeasuringProcess: measures what it is asked to with the instruction set of its environment, or on a GPU.
import { devices, runtime } from '@wordmill/core';
import type { Sample, Work } from './case.js';
import { cases } from './cases/index.js';
import type { Answer, Request } from './measuring-process.js';

let work: Work | undefined;
let repeats = 1;

async function answer(request: Request): Promise<unknown> {
  switch (request.do) {
    case 'describe':
      return runtime();
    case 'find device': {
      const { gpus, reason } = await devices();
      return { gpu: gpus[0]?.name, reason };
    }
    case 'prepare': {
      const { name, settings } = request;
      work = await cases.find((one) => one.name === name)!.prepare(settings);
      repeats = 1;
      const { seconds } = await time(work, 1);
      repeats = Math.max(1, Math.ceil(settings.seconds / seconds));
      return;
    }
    case 'measure':
      return sample(work!);
    case 'finish':
      work?.dispose();
      work = undefined;
      return;
  }
}

async function sample(work: Work): Promise<Sample> {
  const { seconds, loss } = await time(work, repeats);
  return { value: (work.amount * repeats) / seconds, loss };
}

async function time(work: Work, count: number): Promise<{ seconds: number; loss: number | undefined }> {
  const start = performance.now();
  let own: number | undefined;
  let loss: number | undefined;
  for (let i = 0; i < count; i++) {
    await work.run();
    const outcome = work.outcome?.();
    if (outcome === undefined) continue;
    own = (own ?? 0) + outcome.seconds;
    loss = outcome.loss;
  }
  return { seconds: own ?? (performance.now() - start) / 1000, loss };
}

process.on('message', async (request: Request) => {
  const reply = (message: Answer): void => {
    process.send?.(message);
  };
  try {
    reply({ result: await answer(request) });
  } catch (error) {
    reply({ error: error instanceof Error ? error.message : String(error) });
  }
});
process.on('disconnect', () => process.exit());

// How samples become figures: contenders take turns, and ratios are taken within a round, so that whatever slows the machine
// down for a while slows all of them down.

/** Runs each contender once a round; gives the samples of each. */
export async function takeTurns(rounds, contenders, log = () => {}) {
  const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      samples[name].push(await run());
      log(`round ${round}/${rounds} ${name}`);
    }
  }
  return samples;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

const summary = (samples) => ({ median: median(samples), samples });

/** A figure of ours alone. */
export const figure = (name, unit, samples) => ({ name, unit, ours: summary(samples) });

/** Ours beside a peer's; the ratio says how many times better ours is. */
export function comparison(name, unit, ours, peer, theirs, { lowerIsBetter = false } = {}) {
  const ratios = ours.map((own, round) => (lowerIsBetter ? theirs[round] / own : own / theirs[round]));
  return { ...figure(name, unit, ours), peer: { name: peer, ...summary(theirs) }, ratio: summary(ratios) };
}

/** Seconds that it takes. */
export async function seconds(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

// What a run whose code loops costs the others of its worker: the runs of an innocent goal, four at once, before a looping
// run has begun, and from its first loop on. Temporal has such a run tried again, ever more seldom.

import { begin } from './begin.ts';
import { median, milliseconds, quantile } from './measure.ts';
import type { Stage } from './stage.ts';
import type { Result, Work } from './work.ts';

const AT_ONCE = 4;
const MEASURED_MS = 60_000;

export const besideLoop: Work = async (stage) => {
  await innocent(stage, MEASURED_MS / 6);
  const alone = await innocent(stage, MEASURED_MS);
  const loop = await begin(stage, 'bench-loop');
  const beside = await innocent(stage, MEASURED_MS);
  await loop.terminate();
  const row = (variant: string, figure: (took: readonly number[]) => number, most?: number): Result => {
    const [value, reference] = [figure(beside), figure(alone)];
    const wanted = most === undefined ? {} : { most };
    return {
      ...{ work: 'three steps, beside a looping run', variant, value, unit: 'ms', wanted },
      ...{ ratio: value / reference, against: 'without it' },
    };
  };
  return [
    row('p50', median, 1.5),
    row('p99', (took) => quantile(took, 0.99)),
    row('longest', (took) => Math.max(...took)),
  ];
};

/** How long each run took that began within that time. */
async function innocent(stage: Stage, ms: number): Promise<number[]> {
  const took: number[] = [];
  const until = performance.now() + ms;
  const lane = async (): Promise<void> => {
    while (performance.now() < until)
      took.push(await milliseconds(async () => (await begin(stage, 'bench-three')).result()));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return took;
}

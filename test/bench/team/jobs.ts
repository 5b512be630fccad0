import { setTimeout as pause } from 'node:timers/promises';
import { bind } from 'goalkeeper/worker';
import { flaky, hangs, inlineFlaky, inlineStep, later, step, trivial, waits, waitsLong } from './goals.ts';

const next = async ({ n }: { n: number }) => ({ n: n + 1 });

async function thirdTime({ n }: { n: number }, { attempt }: { attempt: number }) {
  if (attempt <= 2) throw new Error('not yet');
  return { n: n + 1 };
}

export const jobs = [
  bind(step, next),
  bind(inlineStep, next),
  bind(trivial, next),
  bind(flaky, thirdTime),
  bind(inlineFlaky, thirdTime),
  bind(later, async ({ n }, { attempt }) => {
    if (attempt === 1) throw new Error('not yet');
    return { n: n + 1 };
  }),
  bind(hangs, async ({ n }, { signal }) => {
    await pause(3_600_000, undefined, { signal });
    return { n };
  }),
  bind(waitsLong, async ({ n }, { signal }) => {
    if (n > 0) await pause(n, undefined, { signal });
    return { n };
  }),
  bind(waits, async ({ n }) => {
    await pause(50);
    return { n };
  }),
];

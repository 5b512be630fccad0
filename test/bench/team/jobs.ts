import { setTimeout as pause } from 'node:timers/promises';
import { bind } from '../../../activities/bind.ts';
import { flaky, inlineFlaky, inlineStep, step, trivial, waits } from './goals.ts';

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
  bind(waits, async ({ n }) => {
    await pause(50);
    return { n };
  }),
];

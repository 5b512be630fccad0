// Runs that share workflows: how many a second, how long one takes, and what slow ones and a flood of another goal do to the rest.

import { setTimeout as pause } from 'node:timers/promises';
import { bare } from './begin.ts';
import { beginLight } from './begin-light.ts';
import { interleaved, milliseconds, p50, quantile, rate } from './measure.ts';
import type { Stage } from './stage.ts';
import { post } from './trigger.ts';
import { AT_ONCE, type Result, type Work } from './work.ts';

const MANY = 500;

const result = (variant: string, value: number, unit: string, ratio: number, wanted: Result['wanted']) => ({
  ...{ work: 'light, three steps', variant, value, unit, ratio, against: 'bare', wanted },
});

export const light: Work = async (stage) => {
  const one = () => beginLight(stage, 'bench-light-three');
  const rates = await interleaved(3, {
    bare: () => rate(300, AT_ONCE, () => bare(stage, 'three')),
    few: () => rate(2_000, AT_ONCE, one),
    many: () => rate(5_000, MANY, one),
    inline: () => rate(2_000, AT_ONCE, () => beginLight(stage, 'bench-light-inline-three')),
    gateway: () => rate(1_000, AT_ONCE, () => post(stage, 'bench-light-three', true)),
  });
  const times = await interleaved(3, {
    bare: () => p50(15, () => bare(stage, 'three')),
    light: () => p50(15, one),
    inline: () => p50(15, () => beginLight(stage, 'bench-light-inline-three')),
  });
  const faster = (variant: string, value: number, least?: number): Result =>
    result(variant, value, 'runs/s', value / rates.bare, least === undefined ? {} : { least });
  return [
    faster(`${AT_ONCE} at once`, rates.few, 7),
    faster(`${MANY} at once`, rates.many, 25),
    faster(`inline, ${AT_ONCE} at once`, rates.inline),
    faster(`through the gateway, ${AT_ONCE} at once`, rates.gateway, 4),
    result('one', times.light, 'ms', times.light / times.bare, { most: 1 }),
    result('inline, one', times.inline, 'ms', times.inline / times.bare, {}),
    ...(await besideSlow(stage)),
    ...(await besideFlood(stage)),
  ];
};

const SECOND = 1_000;
const RUNS = 1_000;

/** How long the others took, with one in a hundred slow by a second. */
async function besideSlow(stage: Stage): Promise<Result[]> {
  const others = async (slow: number): Promise<number> => {
    const took: number[] = [];
    let n = 0;
    await rate(RUNS, AT_ONCE, async () => {
      const isSlow = slow > 0 && n++ % slow === 0;
      const ms = await milliseconds(() => beginLight(stage, 'bench-light-waits', { n: isSlow ? SECOND : 0 }));
      if (!isSlow) took.push(ms);
    });
    return quantile(took, 0.99);
  };
  const p99 = await interleaved(3, { alone: () => others(0), beside: () => others(100) });
  return [
    {
      ...{ work: 'light, beside one slow run in a hundred', variant: 'p99', value: p99.beside, unit: 'ms' },
      ...{ ratio: p99.beside / p99.alone, against: 'without them', wanted: { most: 2 } },
    },
  ];
}

const STEADY_MS = 100;
const STEADY = 100;

/** How long the runs of a steady load took, ten a second, alone and beside as many of another goal as there can be. */
async function besideFlood(stage: Stage): Promise<Result[]> {
  const steady = async (): Promise<number[]> => {
    const took: Promise<number>[] = [];
    for (let n = 0; n < STEADY; n++) {
      took.push(milliseconds(() => beginLight(stage, 'bench-light-three')));
      await pause(STEADY_MS);
    }
    return Promise.all(took);
  };
  const alone = await steady();
  let isOver = false;
  const flood = Array.from({ length: MANY }, async () => {
    while (!isOver) await beginLight(stage, 'bench-light-waits', { n: 0 });
  });
  const beside = await steady();
  isOver = true;
  await Promise.all(flood);
  return [0.5, 0.99].map((of) => ({
    ...{ work: 'light, beside a flood of another goal', variant: `p${of * 100}`, unit: 'ms' },
    ...{ value: quantile(beside, of), ratio: quantile(beside, of) / quantile(alone, of), against: 'alone' },
    wanted: {},
  }));
}

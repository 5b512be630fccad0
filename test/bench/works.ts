// What is measured, each against bare Temporal code that does the same, on the same server, in turn.

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { bare, begin, pursue } from './begin.ts';
import { besideLoop } from './beside-loop.ts';
import { costs } from './costs.ts';
import { flaky, flakyShortTimers } from './flaky.ts';
import { fullHost } from './full-host.ts';
import { light } from './light.ts';
import { interleaved, median, milliseconds, p50, rate } from './measure.ts';
import { million } from './million.ts';
import { evenPages, pageTimes } from './pages.ts';
import { preflight } from './preflight.ts';
import { sealed } from './sealed.ts';
import { simulated } from './simulate.ts';
import { streams } from './streams.ts';
import { trigger, waited } from './trigger.ts';
import { AT_ONCE, compared, type Result, type Work } from './work.ts';

/** Runs a second with 50 at once, and how long one takes alone. */
const threeSteps: Work = async (stage) => {
  const [work, total] = ['three steps', 300];
  const rates = await interleaved(4, {
    floor: () => rate(total, AT_ONCE, () => bare(stage, 'none')),
    bare: () => rate(total, AT_ONCE, () => bare(stage, 'three')),
    local: () => rate(total, AT_ONCE, () => bare(stage, 'localThree')),
    ordinary: () => rate(total, AT_ONCE, () => pursue(stage, 'bench-three')),
    inline: () => rate(total, AT_ONCE, () => pursue(stage, 'bench-inline-three')),
  });
  const times = await interleaved(5, {
    bare: () => p50(15, () => bare(stage, 'three')),
    ordinary: () => p50(15, () => pursue(stage, 'bench-three')),
    inline: () => p50(15, () => pursue(stage, 'bench-inline-three')),
  });
  const [unit, ms] = ['runs/s', 'ms'];
  return [
    compared({ work, variant: 'ordinary', unit, wanted: { least: 0.95 } }, rates.ordinary, rates.bare),
    compared(
      { work, variant: 'ordinary, one', unit: ms, wanted: { most: 1.15 } },
      times.ordinary,
      times.bare,
    ),
    compared({ work, variant: 'inline', unit, wanted: { least: 1.8 } }, rates.inline, rates.bare),
    compared(
      { work, variant: 'inline', unit, wanted: { least: 0.85 } },
      rates.inline,
      rates.local,
      'bare, local activities',
    ),
    compared({ work, variant: 'inline', unit, wanted: { least: 0.8 } }, rates.inline, rates.floor, 'no step'),
    compared({ work, variant: 'inline, one', unit: ms, wanted: { most: 0.65 } }, times.inline, times.bare),
  ];
};

const fanOut: Work = async (stage) => {
  const map = await interleaved(2, {
    bare: () => milliseconds(() => bare(stage, 'map', 10_000)),
    map: () => milliseconds(() => pursue(stage, 'bench-map', 10_000)),
  });
  const all = await interleaved(3, {
    bare: () => milliseconds(() => bare(stage, 'all', 1_000)),
    all: () => milliseconds(() => pursue(stage, 'bench-all', 1_000)),
  });
  const waits: number[] = [];
  for (let i = 0; i < 3; i++) waits.push(await milliseconds(() => pursue(stage, 'bench-map-waits', 1_000)));
  const quicker = (work: string, ms: number, reference: number, least: number): Result => ({
    ...{ work, variant: 'quick', unit: 'ms', value: ms, against: 'bare, times as fast' },
    ...{ ratio: reference / ms, wanted: { least } },
  });
  return [
    quicker('map of 10,000 items', map.map, map.bare, 28),
    quicker('Promise.all of 1,000 calls', all.all, all.bare, 12),
    compared(
      {
        work: 'map of 1,000 items of 50 ms, 50 at once',
        variant: 'quick',
        unit: 'ms',
        wanted: { most: 1.5 },
      },
      median(waits),
      1_000,
      'ideal',
    ),
  ];
};

/** What a clean run of three steps leaves in Temporal. */
const history: Work = async (stage) => {
  const sizeOf = async (handle: WorkflowHandle): Promise<{ events: number; bytes: number }> => {
    await handle.result();
    const { historyLength, historySize = 0 } = await handle.describe();
    return { events: historyLength, bytes: historySize };
  };
  const plain = await sizeOf(
    await stage.client.workflow.start('three', { taskQueue: 'bare', workflowId: randomUUID() }),
  );
  const goal = await sizeOf(await begin(stage, 'bench-three'));
  const work = 'history of a clean goal of three steps';
  const wanted = { most: 1.15 };
  return [
    compared({ work, variant: 'events', unit: 'events', wanted }, goal.events, plain.events),
    compared({ work, variant: 'bytes', unit: 'bytes', wanted }, goal.bytes, plain.bytes),
  ];
};

const EVENTS = 10_000;

const runView: Work = async (stage) => {
  // Some three events a step.
  const key = randomUUID();
  const handle = await begin(stage, 'bench-long', Math.ceil(EVENTS / 3), key);
  await handle.result();
  const { historyLength } = await handle.describe();
  if (historyLength < EVENTS)
    throw new Error(`the history has ${historyLength} events; ${EVENTS} were meant`);
  const view = async (): Promise<void> => {
    const response = await fetch(`${stage.gateway}/runs/bench-long:${key}`);
    if (!response.ok) throw new Error(`the gateway answered ${response.status}`);
    await response.arrayBuffer();
  };
  const work = `run view of ${historyLength} events`;
  const cold = await milliseconds(view);
  const cached = await p50(20, view);
  const row = (variant: string, value: number, most: number): Result => ({
    ...{ work, variant, value, unit: 'ms', ratio: null, against: '', wanted: { most } },
  });
  return [row('cold', cold, 1_000), row('cached', cached, 20)];
};

export const works: Record<string, Work> = {
  sealed,
  ...{
    threeSteps,
    light,
    fullHost,
    flaky,
    flakyShortTimers,
    fanOut,
    history,
    costs,
    trigger,
    waited,
    runView,
    million,
  },
  ...{ besideLoop, streams, simulate: simulated, preflight },
  ...{ evenPages, pageTimes },
};

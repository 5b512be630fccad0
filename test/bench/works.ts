// What is measured, each against bare Temporal code that does the same, on the same server, in turn.

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { begin } from './begin.ts';
import { besideLoop } from './beside-loop.ts';
import { costs } from './costs.ts';
import { light } from './light.ts';
import { interleaved, median, milliseconds, p50, rate } from './measure.ts';
import { million } from './million.ts';
import { evenPages, pageTimes } from './pages.ts';
import { preflight } from './preflight.ts';
import { sealed } from './sealed.ts';
import { simulated } from './simulate.ts';
import type { Stage } from './stage.ts';
import { streams } from './streams.ts';
import type { Result, Work } from './work.ts';

const AT_ONCE = 50;

const pursue = async (stage: Stage, name: string, n?: number) => (await begin(stage, name, n)).result();

const bare = ({ client }: Stage, type: string, n?: number): Promise<unknown> =>
  client.workflow.execute(type, {
    taskQueue: 'bare',
    workflowId: randomUUID(),
    args: n === undefined ? [] : [{ n }],
  });

interface Compared {
  work: string;
  variant: string;
  unit: string;
  wanted: Result['wanted'];
}

const compared = (what: Compared, value: number, reference: number, against = 'bare'): Result => ({
  ...what,
  value,
  ratio: value / reference,
  against,
});

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

const flaky: Work = async (stage) => {
  const [work, total] = ['three steps, one fails twice', 200];
  const rates = await interleaved(3, {
    bare: () => rate(total, AT_ONCE, () => bare(stage, 'flakyThree')),
    ordinary: () => rate(total, AT_ONCE, () => pursue(stage, 'bench-flaky-three')),
    inline: () => rate(total, AT_ONCE, () => pursue(stage, 'bench-inline-flaky-three')),
  });
  const times = await interleaved(2, {
    bare: () => p50(5, () => bare(stage, 'flakyThree')),
    ordinary: () => p50(5, () => pursue(stage, 'bench-flaky-three')),
  });
  const unit = 'runs/s';
  return [
    compared({ work, variant: 'ordinary', unit, wanted: { least: 1.5 } }, rates.ordinary, rates.bare),
    compared({ work, variant: 'inline', unit, wanted: { least: 3.2 } }, rates.inline, rates.bare),
    compared(
      { work, variant: 'ordinary, one', unit: 'ms', wanted: { most: 0.1 } },
      times.ordinary,
      times.bare,
    ),
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
    quicker('map of 10,000 items', map.map, map.bare, 25),
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

/** Starts of runs that have no step, so that starting is what is measured. */
const trigger: Work = async (stage) => {
  const post = async (): Promise<void> => {
    const response = await fetch(`${stage.gateway}/goals/bench-all/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: { key: randomUUID(), n: 0 } }),
    });
    if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  };
  const start = () => begin(stage, 'bench-all', 0);
  const rates = await interleaved(5, {
    client: () => rate(300, 20, start),
    gateway: () => rate(300, 20, post),
  });
  const times = await interleaved(5, { client: () => p50(20, start), gateway: () => p50(20, post) });
  const work = 'trigger through the gateway';
  return [
    compared(
      { work, variant: 'at once', unit: 'starts/s', wanted: { least: 0.7 } },
      rates.gateway,
      rates.client,
    ),
    compared({ work, variant: 'one', unit: 'ms', wanted: { most: 1.5 } }, times.gateway, times.client),
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
  ...{ threeSteps, light, flaky, fanOut, history, costs, trigger, runView, million },
  ...{ besideLoop, streams, simulate: simulated, preflight },
  ...{ evenPages, pageTimes },
};

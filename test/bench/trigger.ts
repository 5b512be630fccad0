// What the gateway adds, to the start of a run, and to a run that is waited for.

import { randomUUID } from 'node:crypto';
import { begin, pursue } from './begin.ts';
import { interleaved, p50, rate } from './measure.ts';
import type { Stage } from './stage.ts';
import { AT_ONCE, compared, type Work } from './work.ts';

/** Asks the gateway for a run. `wait`: until it has ended. */
export async function post(
  { gateway }: Stage,
  goal: string,
  wait: boolean,
  more: object = {},
): Promise<void> {
  const response = await fetch(`${gateway}/goals/${goal}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(wait ? { prefer: 'wait=30' } : {}) },
    body: JSON.stringify({ input: { key: randomUUID(), ...more } }),
  });
  if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

/** Starts of runs that have no step, so that starting is what is measured. */
export const trigger: Work = async (stage) => {
  const byClient = () => begin(stage, 'bench-all', 0);
  const byGateway = () => post(stage, 'bench-all', false, { n: 0 });
  const rates = await interleaved(5, {
    client: () => rate(300, 20, byClient),
    gateway: () => rate(300, 20, byGateway),
  });
  const times = await interleaved(5, { client: () => p50(20, byClient), gateway: () => p50(20, byGateway) });
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

/** Runs of three steps, whose end is waited for. */
export const waited: Work = async (stage) => {
  const rates = await interleaved(5, {
    client: () => rate(300, AT_ONCE, () => pursue(stage, 'bench-three')),
    gateway: () => rate(300, AT_ONCE, () => post(stage, 'bench-three', true)),
  });
  return [
    compared(
      {
        work: 'three steps through the gateway, waited for',
        variant: `${AT_ONCE} at once`,
        unit: 'runs/s',
        wanted: { least: 0.85 },
      },
      rates.gateway,
      rates.client,
      "the client's own",
    ),
  ];
};

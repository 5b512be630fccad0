// The waiting until a service of the cluster is up: healthy, or ended well where it is a one-shot.

import { describeExit } from '../local/child-process.ts';
import { healthy } from './health.ts';
import type { Toolbox } from './images.ts';
import { located } from './place.ts';
import { isOneShot, type Started } from './started.ts';

const HEALTHY_MS = 120_000;
const ONE_SHOT_MS = 10 * 60_000;

export function untilUp(one: Started, tools: Toolbox): Promise<void> {
  return isOneShot(one) ? untilCompleted(one) : untilHealthy(one, tools);
}

export async function untilHealthy(one: Started, tools: Toolbox): Promise<void> {
  const { completed, ready } = one;
  if (completed === undefined) throw new Error(`${one.name} was not started`);
  const asked = new AbortController();
  const tail = one.process;
  const here = (text: string) => located(text, one.place, one.addresses);
  const options = { tools, withinMs: HEALTHY_MS, signal: asked.signal };
  try {
    // Our own say so themselves, sooner than a check could.
    const exit = await Promise.race([completed, ready ?? healthy(one, here, options)]);
    if (exit) throw new Error(`${one.name} ${describeExit(exit)}\n${tail?.tail() ?? ''}`);
  } finally {
    asked.abort();
  }
}

export async function untilCompleted(one: Started): Promise<void> {
  const child = one.process;
  const timer = setTimeout(() => void child?.kill().catch(() => undefined), ONE_SHOT_MS);
  const exit = await one.completed;
  clearTimeout(timer);
  if (exit?.code !== 0)
    throw new Error(
      `${one.name} ${exit ? describeExit(exit) : 'was not started'}\n${child?.tail() ?? `its log is ${one.log}`}`,
    );
}

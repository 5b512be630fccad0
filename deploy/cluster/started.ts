// A service of the cluster with what is running of it, and the waiting until it is up.

import { type Child, describeExit, type Exit } from '../local/child-process.ts';
import type { Service } from './compose.ts';
import { healthy } from './health.ts';
import type { Toolbox } from './images.ts';
import { located, type Place } from './place.ts';

const HEALTHY_MS = 120_000;
const ONE_SHOT_MS = 10 * 60_000;

export interface ClusterService {
  readonly name: string;
  /** Loopback address of its own; it has the ports that docker-compose.yml says. */
  readonly host: string;
  readonly log: string;
  /** Its process, as long as it has one. */
  readonly process: Child | null;
}

/** A service with what is running of it. */
export interface Started extends ClusterService {
  readonly service: Service;
  readonly place: Place;
  readonly addresses: ReadonlyMap<string, string>;
  process: Child | null;
  completed?: Promise<Exit>;
  ready?: Promise<void> | null;
}

/** One that is done once it has ended well. */
export const isOneShot = ({ service: { restart } }: Started): boolean =>
  restart === 'no' || restart?.startsWith('on-failure') === true;

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

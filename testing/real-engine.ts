// The whole engine, started for one test of a team and stopped with it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Goal } from '../goals/index.ts';
import type { Run } from '../goals/wire/run-view.ts';

export interface RealEngineOptions {
  /** The team's folder: goals and jobs. */
  folder: string;
  /** The environment of its processes. Default: this process's. */
  environment?: NodeJS.ProcessEnv;
}

/** A Temporal server, a worker and a gateway, for one test. */
export interface RealEngine {
  /** Where the gateway serves. */
  readonly url: string;
  /** Pursues a goal to its end. Rejects where the gateway refuses it. */
  pursue(goal: Pick<Goal, 'name'>, input: unknown): Promise<Run>;
  /** Stops everything, and leaves nothing. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const WAIT_S = 20;

/**
 * Starts the whole engine for a team's folder: for the one test that its goals and jobs fit each other, and the world. What
 * `simulate` can tell, it tells in a thousandth of the time.
 *
 * @throws Error when a part cannot be started; it says what, and how to mend it.
 *
 * @example
 * const engine = await realEngine({ folder: 'goals' });
 * try {
 *   expect(await engine.pursue(ordersCounted, { day: '2026-11-20' })).toMatchObject({ outcome: 'achieved' });
 * } finally {
 *   await engine.close();
 * }
 */
export async function realEngine({
  folder,
  environment = process.env,
}: RealEngineOptions): Promise<RealEngine> {
  // What the simulator needs none of is loaded only here.
  const [{ Stack }, { freePort }] = await Promise.all([
    import('../deploy/local/stack.ts'),
    import('../deploy/local/free-port.ts'),
  ]);
  const home = await mkdtemp(join(tmpdir(), 'goalkeeper-test-'));
  const aborted = new AbortController();
  const stack = new Stack({
    ...{ folder: resolve(folder), mainJob: null, home, port: await freePort(), environment },
    onProgress: () => undefined,
    signal: aborted.signal,
  });
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= stack.stop().finally(() => rm(home, { recursive: true, force: true }));
    return closing;
  };
  try {
    await stack.start();
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
  const url = stack.addresses.gateway;
  return {
    url,
    pursue: (goal, input) => pursued(url, goal.name, input),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function pursued(url: string, goal: string, input: unknown): Promise<Run> {
  const started = await answerOf(`${url}/goals/${goal}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: `wait=${WAIT_S}` },
    body: JSON.stringify({ input }),
  });
  for (let run = started; ; run = await answerOf(`${url}/runs/${started.id}`, {})) {
    if (run.outcome !== null) return run;
    await new Promise((next) => setTimeout(next, 200));
  }
}

async function answerOf(url: string, request: RequestInit): Promise<Run> {
  const answer = await fetch(url, request);
  const body = (await answer.json()) as Run & { detail?: string; title?: string };
  if (answer.ok) return body;
  throw new Error(`the gateway refused ${url}: ${answer.status} ${body.detail ?? body.title ?? ''}`);
}

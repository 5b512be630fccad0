// Hosts whose light runs come at any time, and whose local activities are answered in any order, are replayed as they went.

import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import { publish } from '../../../goals/publish.ts';
import { aboutGoal, parseLightExecution } from '../../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId } from '../../../goals/wire/names.ts';
import { startRun } from '../../../process/start-run.ts';
import { inAnyOrder } from '../in-order.ts';
import goals, { light } from '../light/goals.ts';
import { jobs } from '../light/jobs.ts';
import { fresh, Workbench } from '../workbench.ts';

const ASKS = 300;
const OVER_MS = 6_000;
const module = fileURLToPath(new URL('../light/goals.ts', import.meta.url));
const seed = Number(process.env.REPLAYS_SEED ?? Date.now() % 1_000_000);

const step = fc.record({
  job: fc.constantFrom('light-note', 'light-jot'),
  script: fc.constantFrom([], [], [], ['fail'], ['wait:20']),
});
const ask = fc.record({
  /** Some are asked for more than once. */
  key: fc.nat(ASKS),
  at: fc.nat(OVER_MS),
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
  atOnce: fc.boolean(),
  force: fc.nat(9).map((n) => n === 0),
});

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
  await bench.worker(module, goals, jobs, bench.taskQueue, {}, { plugins: [inAnyOrder] });
});
afterAll(() => bench.close());

test(`a host that is asked at any time goes on several times, and each execution is replayed as it went (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const workflowId = lightHostId(light.name, 0);
  const about = { gk: 1, goal: light.name, about: aboutGoal(light), n: 0, hosts: 1 };
  await bench.client.workflow.start(LIGHT_HOST, {
    workflowId,
    taskQueue: bench.taskQueue,
    args: [{ ...about, fullAfter: 60, fullAtEvents: 400, plainMs: 5_000, earlier: null }],
  });
  const told = publish(light, { taskQueue: bench.taskQueue, deployment: bench.taskQueue, version: 1 });
  const publication = { ...told, light: { hosts: 1 } };
  const caller = {
    client: bench.client,
    call: (make: (service: never) => unknown) => make(bench.client.workflowService as never),
  } as never;
  const prefix = fresh('k');
  const byKey = new Map<number, object>();
  const asked = await Promise.all(
    fc.sample(ask, { seed, numRuns: ASKS }).map(async ({ key, at, force, ...rest }) => {
      // The same key is asked for with the same input.
      const input = byKey.get(key) ?? { key: `${prefix}-${key}`, ...rest };
      byKey.set(key, input);
      await delay(at);
      const why = {
        kind: 'request' as const,
        at: new Date().toISOString(),
        by: null,
        reason: null,
        ref: null,
      };
      const forced = force ? { force } : {};
      return startRun(caller, { publication, input, why, ...forced }).catch(
        (error: unknown) => error as Error,
      );
    }),
  );
  const isLight = (one: (typeof asked)[number]): boolean =>
    !(one instanceof Error) && parseLightExecution(one.execution) !== null;
  expect(asked.filter(isLight).length).toBeGreaterThan(ASKS / 2);
  const histories: { workflowId: string; history: unknown }[] = [];
  let { runId: execution }: { runId: string | null } = await bench.client.workflow
    .getHandle(workflowId)
    .describe();
  while (execution !== null) {
    const history: temporal.api.history.v1.IHistory = await bench.client.workflow
      .getHandle(workflowId, execution)
      .fetchHistory();
    const [first, ...others] = history.events ?? [];
    // Of one that has only just begun there is nothing to replay.
    if (others.length > 0) histories.push({ workflowId, history });
    execution = first?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || null;
  }
  expect(histories.length).toBeGreaterThan(3);
  const broken: string[] = [];
  const workflowBundle = await bundleGoals(module);
  for await (const { error } of Worker.runReplayHistories({ workflowBundle }, histories))
    if (error) broken.push(error.message);
  expect(broken).toEqual([]);
});

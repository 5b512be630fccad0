// Whoever waits for an outcome hears of it where a light run reached it, of which Temporal lists nothing.

import { fileURLToPath } from 'node:url';
import { WorkflowNotFoundError } from '@temporalio/client';
import { expect, test, vi } from 'vitest';
import { bind } from '../../../../activities/bind.ts';
import type { Goal } from '../../../../goals/index.ts';
import { publish } from '../../../../goals/publish.ts';
import { aboutGoal, parseLightExecution } from '../../../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId, memoNames, standingId } from '../../../../goals/wire/names.ts';
import { standingMemoSchema } from '../../../../goals/wire/standing.ts';
import { startRun } from '../../../../process/start-run.ts';
import { Alerted, webhook } from '../../alerts/alerted.ts';
import { Receiver } from '../../alerts/receiver.ts';
import { fresh, type Workbench } from '../../workbench.ts';
import goals, { lightAwaited, lightHeld, standingNote } from './goals.ts';

const module = fileURLToPath(new URL('./goals.ts', import.meta.url));
/** Workflows of the system are any worker's: one that another test kills may have the next task of this, for ten seconds. */
const PATIENT = { timeout: 150_000, interval: 200 };
vi.setConfig({ testTimeout: 240_000 });

let isBroken = false;
const note = bind(standingNote, async () => {
  if (isBroken) throw Object.assign(new Error('the source is gone'), { code: 'source_gone' });
  return {};
});

/** With a host that waits longer than others until a run is an ordinary one: a machine may be busy. */
async function withHost(goal: Goal): Promise<{ bench: Workbench; alerted: Alerted; receiver: Receiver }> {
  const receiver = await Receiver.open();
  const alerted = await Alerted.open([webhook(receiver)], {}, { module, goals, jobs: [note] });
  const { client, taskQueue } = alerted.bench;
  const host = { gk: 1, goal: goal.name, about: aboutGoal(goal), n: 0, hosts: 1, earlier: null };
  await client.workflow.start(LIGHT_HOST, {
    workflowId: lightHostId(goal.name, 0),
    taskQueue,
    args: [{ ...host, plainMs: 10_000 }],
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });
  return { bench: alerted.bench, alerted, receiver };
}

test('a standing outcome is watched, and pursued again, where its runs are light', async () => {
  const begun = Math.floor(Date.now() / 1000) * 1000;
  const { bench } = await withHost(lightHeld);
  const watched = async () => {
    const { memo } = await bench.client.workflow.getHandle(standingId(lightHeld.name)).describe();
    return standingMemoSchema.parse(memo?.[memoNames.standing]);
  };
  const achieved = async () => (await watched().catch(() => null))?.achievedAt ?? 0;
  await expect.poll(achieved, PATIENT).toBeGreaterThanOrEqual(begun);
  const first = await achieved();
  await expect.poll(achieved, PATIENT).toBeGreaterThan(first);
  expect(await watched()).toMatchObject({ run: `${lightHeld.name}:eu` });
  // No run of it was an ordinary one.
  await expect(bench.client.workflow.getHandle(`${lightHeld.name}:eu`).describe()).rejects.toThrow(
    WorkflowNotFoundError,
  );
});

test('the failure of a run from before its goal was light is settled by a light run of its key', async () => {
  const { bench, alerted, receiver } = await withHost(lightAwaited);
  const key = fresh('k').toLowerCase();
  const told = (type: string): string[] =>
    receiver.received
      .filter(({ body }) => body.type === type)
      .flatMap(({ body }) => body.data.goals.map(({ goal }: { goal: string }) => goal));
  isBroken = true;
  await bench.pursue(lightAwaited, { key });
  isBroken = false;
  await expect.poll(() => told('goal.failed'), PATIENT).toEqual([lightAwaited.name]);
  const { client, taskQueue } = bench;
  const why = { kind: 'request' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
  const publication = publish(lightAwaited, { taskQueue, deployment: taskQueue, version: 1 });
  const { execution } = await startRun(
    { client, call: (make) => make(client.workflowService) },
    { publication, input: { key }, why },
  );
  expect(parseLightExecution(execution)).not.toBeNull();
  await expect.poll(() => told('goal.reached'), PATIENT).toEqual([lightAwaited.name]);
  const [alert] = await alerted.alerts();
  expect(alert?.goals[0]?.settled).toMatchObject({ how: 'reached', run: `${lightAwaited.name}:${key}` });
});

// Who listens before there is anything to hear, and who comes to listen long after. On a server of its own, as goals of
// other tests that listen would keep the hearing alive.

import { fileURLToPath } from 'node:url';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Goal } from '../../../goals/index.ts';
import { OUTCOME_LISTENER } from '../../../goals/wire/names.ts';
import { type ListeningPosition, listeningPositionSchema } from '../../../goals/wire/outcomes.ts';
import { ownTemporal } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';
import { afterHourly, afterLater, alsoAfterHourly, hourly, later } from './later/goals.ts';

const goalsModule = fileURLToPath(new URL('./later/goals.ts', import.meta.url));
const WAIT = { timeout: 120_000, interval: 200 };
vi.setConfig({ testTimeout: 300_000 });

let bench: Workbench;
const [reporters, speakers, listeners] = [fresh('reporters'), fresh('speakers'), fresh('listeners')];
/** When a run ended that nobody listened to, though others were listened to by then. */
let unheard: number;

beforeAll(async () => {
  bench = await Workbench.open(await ownTemporal());
  await deploy(listeners, [afterLater]);
  await deploy(reporters, [hourly]);
  unheard = await endOfRun(hourly, fresh('k'), reporters);
});
afterAll(async () => {
  await bench?.close();
});

const deploy = (taskQueue: string, goals: readonly Goal[]) => bench.worker(goalsModule, goals, [], taskQueue);

/** What is heard, and how far, as its heartbeat tells; null when nobody hears. */
async function hearing(): Promise<ListeningPosition | null> {
  const { raw } = await bench.client.workflow.getHandle(OUTCOME_LISTENER).describe();
  const details = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
  return details
    ? listeningPositionSchema.parse(defaultPayloadConverter.fromPayload(details as Payload))
    : null;
}

const isAchieved = async ({ name }: Goal, key: string): Promise<boolean> => {
  const description = await bench.client.workflow
    .getHandle(`${name}:${key}`)
    .describe()
    .catch(() => null);
  return description?.status.name === 'COMPLETED';
};
const isHeardBy = (goal: Goal, key: string) => expect.poll(() => isAchieved(goal, key), WAIT).toBe(true);

/** The moment (ms since 1970) at which a run of the goal has ended. */
async function endOfRun(goal: Goal, key: string, taskQueue = speakers): Promise<number> {
  const handle = await bench.start(goal, { key }, taskQueue);
  await handle.result().catch(() => undefined);
  return (await handle.describe()).closeTime?.getTime() as number;
}

/** Somebody looks who listens to what, and finds nobody. */
const isNothingHeard = () => expect.poll(async () => (await hearing())?.listeners, WAIT).toEqual({});

test('a goal hears of another that is published only after it, also when no other goal listens', async () => {
  await isNothingHeard();
  await deploy(speakers, [later]);
  const key = fresh('k');
  await endOfRun(later, key);
  await isHeardBy(afterLater, key);
});

test('a goal that is closed to who listens is heard again once it is open again', async () => {
  await deploy(speakers, [{ ...later, usableBy: [] }]);
  await isNothingHeard();
  await deploy(speakers, [later]);
  const key = fresh('k');
  await endOfRun(later, key);
  await isHeardBy(afterLater, key);
});

test('a goal that comes to listen is not started by what ended long before', async () => {
  // What visibility may still tell late is heard of.
  await expect.poll(Date.now, WAIT).toBeGreaterThan(unheard + 75_000);
  await deploy(listeners, [afterLater, afterHourly]);
  const key = fresh('k');
  await endOfRun(hourly, key, reporters);
  await isHeardBy(afterHourly, key);
  expect((await bench.client.workflow.count(`WorkflowType = '${afterHourly.name}'`)).count).toBe(1);
});

test('a goal that comes to listen beside another hears of what ends a moment later', async () => {
  await deploy(fresh('others'), [alsoAfterHourly]);
  const key = fresh('k');
  await endOfRun(hourly, key, reporters);
  await isHeardBy(afterHourly, key);
  await isHeardBy(alsoAfterHourly, key);
});

// When a recovery stops by itself, waits and goes on, and who is told of a retraction: a few runs, one at a time.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bind } from '../../../activities/bind.ts';
import type { RunningWorker } from '../../../activities/worker.ts';
import { DEFAULT_ALERT_SETTINGS } from '../../../goals/wire/alerts.ts';
import { RECOVERY_PRIORITY } from '../../../goals/wire/recovery.ts';
import { answered, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { Receiver, SECRET } from '../alerts/receiver.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { filed, pull, pulled, readers } from './trials/goals.ts';
import later from './trials/later.ts';

const WAIT = { timeout: 180_000, interval: 200 };
const RUNS = 4;
const moduleOf = (name: string): string => fileURLToPath(new URL(`./trials/${name}.ts`, import.meta.url));

let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let worker: RunningWorker;
const receiver = new Receiver();
const alertsId = fresh('trials-alerts');

/** How the feed of a key is: each test has its own. */
type Feed = 'gone' | 'down' | 'odd' | 'held' | 'up';
const feeds = new Map<string, Feed>();
const feedOf = (key: string): string => key.slice(0, key.lastIndexOf('-'));
const pulls: string[] = [];

const jobs = [
  bind(pull, async ({ key }) => {
    const name = feedOf(key);
    const feed = feeds.get(name);
    pulls.push(key);
    // The same trouble, whether it is tried again or not.
    const trouble = new Error(`the feed ${name} is down`);
    if (feed === 'gone') throw Object.assign(trouble, { goalkeeper: { permanent: true } });
    if (feed === 'down') throw trouble;
    if (feed === 'odd')
      throw Object.assign(new Error(`${name} is full of nonsense`), { goalkeeper: { permanent: true } });
    while (feeds.get(name) === 'held') await new Promise((resolve) => setTimeout(resolve, 50));
    return { key };
  }),
];

beforeAll(async () => {
  bench = await Workbench.open();
  await receiver.up();
  gateway = await gatewayAt(temporalAddress, 'default', () => {}, alertsId);
  worker = await bench.worker(moduleOf('goals'), goals, jobs, bench.taskQueue, alerts());
}, 240_000);
const alerts = () => ({
  id: alertsId,
  sinks: [{ name: 'webhook', kind: 'webhook' as const, url: receiver.url, secret: SECRET }],
  settings: { ...DEFAULT_ALERT_SETTINGS, gatherMs: 100, cooldownMs: 500 },
});
afterAll(async () => {
  await bench?.client.workflow
    .getHandle(alertsId)
    .terminate('the test is over')
    .catch(() => undefined);
  await receiver.down();
  await gateway?.stop();
  await bench?.close();
});

const get = (path: string) => answered(() => gateway.get(path));
const post = (path: string, body: object) => answered(() => gateway.post(path, body));
const shown = async (id: string) => (await get(`/recoveries/${id}`)).body;

/** Runs that one trouble has ended, as the list of errors has them. */
async function failed(name: string): Promise<{ keys: string[]; asking: string }> {
  const keys = Array.from({ length: RUNS }, (_, n) => `${name}-${n}`);
  feeds.set(name, 'gone');
  for (const key of keys) await bench.pursue(pulled, { key });
  const trouble = async () =>
    (await get('/errors?window=24h&team=trials')).body.items.find(({ message }: { message: string }) =>
      message.includes(`the feed ${name} is down`),
    );
  await expect.poll(trouble, WAIT).toMatchObject({ failedRuns: RUNS });
  return { keys, asking: `/errors/${(await trouble()).fingerprint}/recoveries` };
}
const DIGITS = ['nil', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
/** A fresh name in words: errors are grouped without what looks like a number or chance in their messages. */
const spoken = (name: string): string =>
  [name, ...[...String(Date.now()).slice(-6)].map((digit) => DIGITS[Number(digit)])].join('-');
const describedOf = (key: string) => bench.client.workflow.getHandle(`${pulled.name}:${key}`).describe();

// recovery.3
test('it stops while its first runs are open and struggle with the same trouble; they go on at the lowest priority', async () => {
  const name = spoken('struggling');
  const { keys, asking } = await failed(name);
  feeds.set(name, 'down');
  const { body } = await post(asking, { by: 'ada', trial: 2, atOnce: 2 });
  await expect
    .poll(() => shown(body.id), WAIT)
    .toMatchObject({ state: 'closed', outcome: 'failed', stopped: { code: 'trouble_persists' } });
  const begun: string[] = [];
  for (const key of keys) {
    const { status, raw } = await describedOf(key);
    if (status.name !== 'RUNNING') continue;
    begun.push(key);
    expect(raw.workflowExecutionInfo?.priority?.priorityKey).toBe(RECOVERY_PRIORITY);
  }
  expect(begun.length).toBeGreaterThan(0);
  expect(begun.length).toBeLessThanOrEqual(2);
  // Those that are open heal by themselves; the others were not begun.
  feeds.set(name, 'up');
  for (const key of keys) {
    const expected = begun.includes(key) ? 'COMPLETED' : 'FAILED';
    await expect.poll(async () => (await describedOf(key)).status.name, WAIT).toBe(expected);
  }
}, 600_000);

// recovery.3
test('it stops when no run of its trial is achieved, whatever stopped them', async () => {
  const name = spoken('odd');
  const { keys, asking } = await failed(name);
  feeds.set(name, 'odd');
  const before = pulls.length;
  const { body } = await post(asking, { by: 'ada', trial: 2, atOnce: 4 });
  await expect
    .poll(() => shown(body.id), WAIT)
    .toMatchObject({
      ...{ state: 'closed', outcome: 'failed', achieved: 0, failed: 2 },
      stopped: { code: 'trial_failed', run: null, message: 'none of the first 2 was achieved' },
    });
  expect(pulls.slice(before).filter((key) => keys.includes(key))).toHaveLength(2);
}, 600_000);

// retraction.3
test('an owner is told once of a retraction, however many of theirs are in doubt and however often it is retracted', async () => {
  const key = fresh('file');
  const doubts = ['a', 'b', 'c'].map((one) => ({ key: `${key}-${one}` }));
  const retract = async (of: string, many: number) => {
    const { body } = await post(`/runs/${filed.name}:${of}/retract`, { by: 'ada', reason: `${of} is wrong` });
    const state = async () => (await get(`/retractions/${body.id}`)).body;
    await expect.poll(state, WAIT).toMatchObject({ state: 'closed', doubts: many, owners: 1 });
  };
  const told = (of: string) =>
    receiver.received.filter(
      ({ body, raw }) => body.type === 'goal.in_doubt' && raw.includes(`${of} is wrong`),
    );
  await bench.pursue(filed, { key });
  for (const input of doubts) await bench.pursue(readers, input);
  await retract(key, doubts.length);
  await expect.poll(() => told(key).length, WAIT).toBe(1);
  await retract(key, doubts.length);
  // What is delivered of another comes after all that there was to deliver of this one.
  const other = fresh('other');
  await bench.pursue(filed, { key: other });
  await bench.pursue(readers, { key: `${other}-a` });
  await retract(other, 1);
  await expect.poll(() => told(other).length, WAIT).toBe(1);
  expect(told(key)).toHaveLength(1);
  expect(JSON.stringify(told(key)[0]?.body)).toContain('readers');
}, 600_000);

// recovery.1
test('the plan counts runs whose code has changed; paused it begins no more, and unpaused it goes on', async () => {
  const name = spoken('changed');
  const { asking } = await failed(name);
  await worker.stop();
  worker = await bench.worker(moduleOf('later'), later, jobs, bench.taskQueue, alerts());
  feeds.set(name, 'held');
  const plan = async () => (await post(asking, { by: 'ada', dryRun: true })).body;
  await expect.poll(plan, WAIT).toMatchObject({ total: RUNS, codeChanged: RUNS });
  const { body } = await post(asking, { by: 'ada', trial: 0, atOnce: 1 });
  await expect.poll(() => shown(body.id), WAIT).toMatchObject({ state: 'pursuing', open: 1 });
  await post(`/recoveries/${body.id}/pause`, { by: 'bob', reason: 'lunch' });
  await expect.poll(() => shown(body.id), WAIT).toMatchObject({ state: 'paused', paused: { by: 'bob' } });
  feeds.set(name, 'up');
  await expect.poll(() => shown(body.id), WAIT).toMatchObject({ open: 0, achieved: 1, state: 'paused' });
  await post(`/recoveries/${body.id}/unpause`, { by: 'bob' });
  await expect
    .poll(() => shown(body.id), WAIT)
    .toMatchObject({ outcome: 'achieved', achieved: RUNS, paused: null });
}, 600_000);

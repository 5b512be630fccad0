// A pause, and its end, asked for with no worker up: in a namespace of its own, as goalkeeper's own queue is that of every
// worker of a namespace.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals from './goals.ts';
import { jobs } from './jobs.ts';

const module = fileURLToPath(new URL('./goals.ts', import.meta.url));
const address = temporalAddress;
const namespace = fresh('no-worker');
const goal = 'keys-stepwise';
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let other: Awaited<ReturnType<typeof gatewayAt>>;

const work = () => bench.worker(module, goals, jobs, undefined, undefined, { namespace });

beforeAll(async () => {
  bench = await Workbench.open();
  await bench.client.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  gateway = await gatewayAt(address, namespace);
  other = await gatewayAt(address, namespace);
  await eventually(async () => (await gateway.get('/readyz')).status === 200);
  const worker = await work();
  await eventually(async () => (await shown(gateway))?.paused === null);
  await worker.stop();
});
afterAll(async () => {
  await gateway?.stop();
  await other?.stop();
  await bench?.close();
});

async function shown(at: typeof gateway) {
  const { items } = (await at.get('/goals')).body;
  const found = items.find((item: { goal: string }) => item.goal === goal);
  return found && { paused: found.paused, pausePending: found.pausePending };
}

const ask = (at: typeof gateway) =>
  at.post(`/goals/${goal}/runs`, { input: { key: 'k', path: '/nowhere', gate: '/nowhere' } });

test('a pause that no worker has taken is shown as asked by every gateway, refuses runs, and is taken by the next worker', async () => {
  const { status, body } = await gateway.post(`/goals/${goal}/pause`, { by: 'ada', hold: true });
  const paused = { by: 'ada', reason: null, hold: true, at: expect.any(String) };
  expect([status, body]).toEqual([202, { goal, paused, pausePending: true, pending: expect.any(String) }]);
  const { at } = body.paused;
  expect((await gateway.get(`/goals/${goal}`)).body).toMatchObject({ paused: { at }, pausePending: true });
  expect(await shown(gateway)).toEqual({ paused: { ...paused, at }, pausePending: true });
  for (const one of [gateway, other]) {
    await eventually(async () => (await shown(one))?.pausePending === true);
    await eventually(async () => (await ask(one)).body.code === 'goal_paused');
  }

  // What was asked for last counts.
  const ended = await gateway.post(`/goals/${goal}/unpause`, { by: 'bob' });
  expect(ended.body.paused).toBeNull();
  expect(await shown(gateway)).toEqual({ paused: null, pausePending: undefined });
  const again = (await gateway.post(`/goals/${goal}/pause`, { by: 'eve' })).body.paused;

  const worker = await work();
  for (const one of [gateway, other])
    await eventually(async () => {
      const { paused: now, pausePending } = await shown(one);
      return now?.at === again.at && pausePending === undefined;
    });
  expect((await ask(other)).body.code).toBe('goal_paused');
  await worker.stop();

  const unpaused = await gateway.post(`/goals/${goal}/unpause`, { by: 'bob' });
  expect([unpaused.status, unpaused.body]).toMatchObject([202, { paused: null, pausePending: true }]);
  expect(await shown(gateway)).toEqual({ paused: null, pausePending: true });
  expect((await ask(gateway)).status).toBe(202);
});

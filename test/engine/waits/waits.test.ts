// Runs that wait for events: early ones and late ones, with workers and without, once each.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bind } from '../../../activities/bind.ts';
import type { RunningWorker } from '../../../activities/worker.ts';
import { createClient } from '../../../client/index.ts';
import { permanent } from '../../../goals/index.ts';
import type { Run } from '../../../goals/wire/run-view.ts';
import { eventually, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';
import goals, { counted, delivered, hasty, paid, ship, shipped } from './goals.ts';

const MODULE = fileURLToPath(new URL('goals.ts', import.meta.url));
const WAIT = { timeout: 60_000, interval: 100 };
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
let worker: RunningWorker;
let isBroken = true;

const jobs = [
  bind(ship, async () => {
    if (isBroken) throw permanent('the van is broken', { code: 'van_broken' });
    return null;
  }),
];

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress);
  worker = await bench.worker(MODULE, goals, jobs);
  await eventually(async () => {
    const { items } = (await gateway.get('/goals')).body as { items: { goal: string; taskQueue: string }[] };
    return goals.every(({ name }) =>
      items.some((item) => item.goal === name && item.taskQueue === bench.taskQueue),
    );
  });
});
afterAll(async () => {
  await gateway?.stop();
  await bench?.close();
});

async function send(type: string, event: { id: string; source?: string; subject?: string; data?: object }) {
  const body = { specversion: '1.0', source: '/bank/1', type, ...event };
  const answer = await gateway.post('/events', body, { 'content-type': 'application/cloudevents+json' });
  expect(answer.status).toBe(200);
  return answer.body.items[0].goals as { goal: string; how: string }[];
}

const pay = (order: string, id: string, amount: number, more: object = {}) =>
  send('test.payment-settled', { id, data: { order, amount, currency: 'EUR', ...more } });

async function start(goal: string, input: unknown): Promise<string> {
  const { status, body } = await gateway.post(`/goals/${goal}/runs`, { input });
  expect([200, 201, 202]).toContain(status);
  return body.id;
}

const runOf = async (id: string) => (await gateway.get(`/runs/${id}`)).body as Run;
const outcomeOf = async (id: string) => (await runOf(id)).outcome;

test('a run waits for the events that match its input, and each counts once', async () => {
  const order = fresh('order');
  const id = await start(paid.name, { order: { id: order }, parts: 2 });
  await expect.poll(async () => (await runOf(id)).state, WAIT).toBe('waiting');
  expect((await runOf(id)).waitsFor).toMatchObject([
    {
      step: 'test.payment-settled#1',
      type: 'test.payment-settled',
      match: { 'data.order': order },
      until: null,
    },
  ]);
  await expect
    .poll(async () => (await gateway.get(`/runs?goal=${paid.name}&state=waiting`)).body.items, WAIT)
    .toMatchObject([{ id }]);
  expect(await pay(`${order}-other`, fresh('e'), 1)).toMatchObject([{ how: 'kept' }, {}, {}]);
  expect(await pay(order, fresh('e'), 1, { currency: 'GBP' })).toEqual([]);
  const first = fresh('e');
  for (let i = 0; i < 3; i++) await pay(order, first, 7);
  await expect
    .poll(async () => (await runOf(id)).steps.map(({ state }) => state), WAIT)
    .toEqual(['succeeded', 'waiting']);
  await pay(order, first, 7);
  await pay(order, fresh('e'), 8);
  await expect.poll(() => outcomeOf(id), WAIT).toBe('achieved');
  const run = await runOf(id);
  expect(run.output).toEqual([7, 8]);
  expect(run.waitsFor).toBeUndefined();
  expect(run.steps).toMatchObject([
    { kind: 'event', state: 'succeeded', awaits: { event: { id: first, source: '/bank/1' } } },
    { kind: 'event', state: 'succeeded' },
  ]);
  // What an earlier pursuit took is not for the next one.
  await pay(order, fresh('e'), 9);
  expect(await start(paid.name, { order: { id: order }, parts: 1 })).toBe(id);
  await expect.poll(async () => (await runOf(id)).output, WAIT).toEqual([9]);
});

// mailbox.1
test('events that come before their run, and with every worker down, are there when the run waits', async () => {
  const order = fresh('early');
  await worker.stop();
  await pay(order, fresh('e'), 5);
  const id = await start(paid.name, { order: { id: order }, parts: 2 });
  await pay(order, fresh('e'), 6);
  worker = await bench.worker(MODULE, goals, jobs);
  await expect.poll(() => outcomeOf(id), WAIT).toBe('achieved');
  expect((await runOf(id)).output).toEqual([5, 6]);
});

test('the end of the time to wait fails the step with a code of its own, or the run goes on', async () => {
  const order = fresh('slow');
  const failing = await start(hasty.name, { order: { id: order }, goesOn: false });
  await expect.poll(() => outcomeOf(failing), WAIT).toBe('failed');
  expect(await runOf(failing)).toMatchObject({
    failure: { kind: 'dependency', code: 'event_timeout', path: ['test.payment-settled#1'] },
    steps: [{ kind: 'event', state: 'failed', awaits: { event: null, consequence: 'fail' } }],
  });
  const going = await start(hasty.name, { order: { id: `${order}-2` }, goesOn: true });
  await expect.poll(() => outcomeOf(going), WAIT).toBe('achieved');
  expect(await runOf(going)).toMatchObject({ output: true, steps: [{ state: 'succeeded' }] });
});

test('a resumed run keeps the event for which it had waited', async () => {
  const order = fresh('resumed');
  const id = await start(shipped.name, { order: { id: order } });
  await pay(order, fresh('e'), 3);
  await expect.poll(() => outcomeOf(id), WAIT).toBe('failed');
  isBroken = false;
  expect((await gateway.post(`/runs/${id}/resume`, { by: 'ada' })).status).toBeLessThan(300);
  await expect.poll(() => outcomeOf(id), WAIT).toBe('achieved');
  expect(await runOf(id)).toMatchObject({
    output: 3,
    steps: [{ kind: 'event', kept: { supplied: false } }, { kind: 'job' }],
  });
});

// waits.1
test('events beyond those that are kept are dropped, and the view says how many', async () => {
  const day = fresh('day');
  const ids = ['a', 'b', 'c', 'd'].map((name) => fresh(name));
  for (const id of ids) await send('test.seldom', { id, subject: day });
  const run = await start(counted.name, { day });
  await expect.poll(() => outcomeOf(run), WAIT).toBe('achieved');
  const { output, steps } = await runOf(run);
  expect(output).toEqual(ids.slice(2));
  expect(steps.map(({ awaits }) => awaits?.dropped)).toContain(2);
});

const withdraw = (parcel: string, id: string, final = true) =>
  send('test.withdrawn', { id, data: { parcel, final } });

test('an event cancels the open run whose key it names, and no later one when it comes again', async () => {
  const parcel = fresh('parcel');
  const input = { parcel: { id: parcel } };
  const before = fresh('e');
  // No run is open: nothing to cancel, also when it comes again.
  expect(await withdraw(parcel, before)).toEqual([]);
  const id = await start(delivered.name, input);
  const first = (await runOf(id)).execution;
  expect(await withdraw(parcel, before)).toEqual([]);
  expect(await withdraw(parcel, fresh('e'), false)).toEqual([]);
  expect(await withdraw(`${parcel}-other`, fresh('e'))).toEqual([]);
  const event = fresh('e');
  expect(await withdraw(parcel, event)).toEqual([
    { goal: delivered.name, how: 'cancelled', run: id, execution: first },
  ]);
  await expect.poll(() => outcomeOf(id), WAIT).toBe('cancelled');
  const { body } = await gateway.get(`/runs/${id}/record`);
  expect(body.actions).toMatchObject([
    { kind: 'cancel', by: '/bank/1', reason: `the event test.withdrawn with the ID ${event}` },
  ]);
  await start(delivered.name, input);
  await expect.poll(async () => (await runOf(id)).state, WAIT).toBe('waiting');
  expect(await withdraw(parcel, event)).toMatchObject([{ how: 'cancelled', execution: first }]);
  await send('test.delivered', { id: fresh('e'), subject: parcel });
  await expect.poll(() => outcomeOf(id), WAIT).toBe('achieved');
});

test('a run that was asked for at a later time is shown, joined and cancelled before it begins', async () => {
  const parcel = fresh('later');
  const goal = createClient({ url: gateway.url }).goal(delivered.name);
  const asked = await goal.start({ parcel: { id: parcel } }, { delay: '1h' });
  expect(asked).toMatchObject({ state: 'delayed', steps: [], atRisk: false });
  const startsAt = Date.parse(asked.startsAt ?? '');
  expect(Date.parse(asked.deadline ?? '')).toBe(startsAt + 2 * 3_600_000);
  expect(await goal.start({ parcel: { id: parcel } })).toMatchObject({
    ...{ state: 'delayed', execution: asked.execution, startsAt: asked.startsAt },
  });
  const delayed = async () =>
    (await gateway.get(`/runs?goal=${delivered.name}&state=delayed`)).body.items.map(({ id }: Run) => id);
  await expect.poll(delayed, WAIT).toEqual([asked.id]);
  // What comes to it meanwhile does not begin it.
  await bench.client.workflow.getHandle(asked.id).signal('gk-hold', { goal: delivered.name, held: false });
  await gateway.post(`/runs/${asked.id}/cancel`, { reason: 'not needed', by: 'ada' });
  await expect.poll(() => outcomeOf(asked.id), WAIT).toBe('cancelled');
  expect((await runOf(asked.id)).steps).toEqual([]);
});

test('a run begins at its time, and its deadline counts from then', async () => {
  const parcel = fresh('soon');
  const { status, body } = await gateway.post(`/goals/${delivered.name}/runs`, {
    input: { parcel: { id: parcel } },
    delay: 500,
  });
  expect(status).toBeLessThan(300);
  await send('test.delivered', { id: fresh('e'), subject: parcel });
  await expect.poll(() => outcomeOf(body.id), WAIT).toBe('achieved');
  const run = await runOf(body.id);
  expect(run.startsAt).toBe(body.startsAt);
  expect(run.deadline).toBe(body.deadline);
  expect(Date.parse(run.steps[0]?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(body.startsAt));
});

test('an event starts a run for later, and one request gives one of startAt and delay', async () => {
  const parcel = fresh('sent');
  const event = { id: fresh('e'), data: { parcel: { id: parcel } } };
  const [effect] = (await send('test.sent', event)) as unknown as { how: string; run: string }[];
  expect(effect).toMatchObject({ how: 'started' });
  expect(await send('test.sent', event)).toMatchObject([{ how: 'repeated', run: effect?.run }]);
  expect((await runOf(effect?.run ?? '')).state).toBe('delayed');
  await gateway.post(`/runs/${effect?.run}/cancel`, { reason: 'not needed', by: 'ada' });
  const both = { input: { parcel: { id: parcel } }, delay: 5, startAt: new Date().toISOString() };
  const { status, body } = await gateway.post(`/goals/${delivered.name}/runs`, both);
  expect(status).toBe(422);
  expect(JSON.stringify(body)).toContain('give one of the two');
});

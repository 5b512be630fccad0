// What starts light runs beside requests: events, alone, collected and debounced, the clock, and backfills.

import { fileURLToPath } from 'node:url';
import { bind } from 'goalkeeper/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Goal } from '../../../../goals/index.ts';
import { aboutGoal, parseLightExecution } from '../../../../goals/wire/light.ts';
import { LIGHT_HOST, lightHostId, scheduleId } from '../../../../goals/wire/names.ts';
import { eventually, gatewayAt } from '../../../gateway/workbench.ts';
import { temporalAddress } from '../../../temporal-address.ts';
import { fresh, Workbench } from '../../workbench.ts';
import goals, { collected, settled, triggered, triggeredNote } from './goals.ts';

const WAIT = { timeout: 60_000, interval: 200 };
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
const begun = new Map<string, number>();

beforeAll(async () => {
  bench = await Workbench.open();
  const code = bind(triggeredNote, ({ key }) => {
    begun.set(key, (begun.get(key) ?? 0) + 1);
    return { key };
  });
  await bench.worker(fileURLToPath(new URL('./goals.ts', import.meta.url)), goals, [code]);
  // On a busy machine a quick call takes long: what is plain here is not told by the clock.
  for (const goal of goals)
    await bench.client.workflow.start(LIGHT_HOST, {
      workflowId: lightHostId(goal.name, 0),
      taskQueue: bench.taskQueue,
      args: [
        {
          ...{ gk: 1, goal: goal.name, about: aboutGoal(goal), n: 0, hosts: 1 },
          ...{ plainMs: 20_000, earlier: null },
        },
      ],
    });
  gateway = await gatewayAt(temporalAddress);
  await eventually(async () => {
    const { items } = (await gateway.get('/goals')).body as { items: { goal: string }[] };
    return goals.every(({ name }) => items.some(({ goal }) => goal === name));
  });
});
afterAll(async () => {
  const { schedule } = bench.client;
  await schedule
    .getHandle(scheduleId(triggered.name, 'schedule'))
    .delete()
    .catch(() => undefined);
  await gateway?.stop();
  await bench?.close();
});

const send = async (type: string, id: string, data: object) => {
  const event = { specversion: '1.0', source: '/test', type, id, data };
  const { status, body } = await gateway.post('/events', event, {
    'content-type': 'application/cloudevents+json',
  });
  expect(status).toBe(200);
  return body.items[0].goals[0];
};

interface Row {
  id: string;
  execution: string;
  outcome: string;
}
/** Rows of runs of a goal, by default of all; else of those whose keys begin so. */
const rowsOf = async (goal: Goal, keyPrefix?: string): Promise<Row[]> => {
  const more = keyPrefix === undefined ? '' : `&keyPrefix=${keyPrefix}`;
  return (await gateway.get(`/runs/rows?goal=${goal.name}${more}`)).body.items;
};
const isLight = ({ execution }: Row): boolean => parseLightExecution(execution) !== null;

test('an event starts a light run, once however often it comes', async () => {
  const key = fresh('event').toLowerCase();
  const first = await send('light.happened', `${key}-1`, { key });
  expect([first.how, isLight(first)]).toEqual(['started', true]);
  expect(await send('light.happened', `${key}-1`, { key })).toMatchObject({ execution: first.execution });
  expect(await send('light.happened', `${key}-2`, { key })).toMatchObject({
    ...{ how: 'achieved', execution: first.execution },
  });
  expect(begun.get(key)).toBe(1);
  const { body } = await gateway.get(`/runs/${first.run}`);
  expect(body).toMatchObject({ outcome: 'achieved', why: { kind: 'event', ref: `${key}-1` } });
});

test('an event that does not fit is an ordinary run that failed with `input`, once', async () => {
  const id = fresh('bad');
  const first = await send('light.happened', id, { key: 7 });
  const run = async () => (await gateway.get(`/runs/${first.run}`)).body;
  await expect.poll(async () => (await run()).outcome, WAIT).toBe('failed');
  expect(await run()).toMatchObject({
    ...{ execution: first.execution, input: { key: 7 }, why: { kind: 'event', ref: id } },
    failure: { kind: 'input', code: 'input_invalid' },
  });
  expect(await send('light.happened', id, { key: 7 })).toMatchObject({ execution: first.execution });
});

test('an event with a delay starts an ordinary run', async () => {
  const key = fresh('later').toLowerCase();
  const started = await send('light.later', key, { key });
  expect([started.how, isLight(started)]).toEqual(['started', false]);
  const run = async () => (await gateway.get(`/runs/${started.run}`)).body.outcome;
  await expect.poll(run, WAIT).toBe('achieved');
  expect(await send('light.happened', `${key}-now`, { key })).toMatchObject({
    ...{ how: 'achieved', execution: started.execution },
  });
  expect(begun.get(key)).toBe(1);
});

test('events that are debounced start one light run, with the last of them', async () => {
  const key = fresh('changed').toLowerCase();
  for (let n = 0; n < 3; n++)
    expect(await send('light.changed', `${key}-${n}`, { key, n })).toMatchObject({ how: 'held' });
  await expect.poll(() => rowsOf(settled, key), WAIT).toMatchObject([{ outcome: 'achieved' }]);
  const [row] = await rowsOf(settled, key);
  expect([row?.id, row && isLight(row)]).toEqual([`${settled.name}:${key}~2`, true]);
  expect(begun.get(key)).toBe(1);
});

test('events that are collected start one light run, with all of them', async () => {
  const key = fresh('many').toLowerCase();
  for (let n = 0; n < 3; n++)
    expect(await send('light.one-of-many', `${key}-${n}`, { key: `${key}-${n}` })).toMatchObject({
      how: 'batched',
    });
  await expect.poll(() => rowsOf(collected), WAIT).toMatchObject([{ outcome: 'achieved' }]);
  const [row] = await rowsOf(collected);
  expect(row && isLight(row)).toBe(true);
  for (let n = 0; n < 3; n++) expect(begun.get(`${key}-${n}`)).toBe(1);
});

test('the clock starts light runs', async () => {
  await bench.client.schedule.getHandle(scheduleId(triggered.name, 'schedule')).trigger();
  const today = new Date().toISOString().slice(0, 4);
  await expect.poll(() => rowsOf(triggered, today), WAIT).toMatchObject([{ outcome: 'achieved' }]);
  const [row] = await rowsOf(triggered, today);
  expect(row && isLight(row)).toBe(true);
  expect((await gateway.get(`/runs/${row?.id}`)).body.why).toMatchObject({ kind: 'schedule' });
});

test('a backfill starts light runs, and skips what is achieved', async () => {
  const had = '2025-11-03';
  await send('light.happened', fresh('had'), { key: had });
  const asked = { goal: triggered.name, from: '2025-11-01T00:00:00Z', to: '2025-11-11T00:00:00Z', by: 'ada' };
  const { body: begins } = await gateway.post('/backfills', asked);
  const state = async () => (await gateway.get(`/backfills/${begins.id}`)).body;
  await expect.poll(state, WAIT).toMatchObject({ state: 'closed' });
  expect(await state()).toMatchObject({ outcome: 'achieved', total: 10, failed: 0 });
  const rows = await rowsOf(triggered, '2025-11');
  expect(rows).toHaveLength(10);
  expect(rows.every(isLight)).toBe(true);
  for (const { id } of rows) expect(begun.get(id.split(':')[1] ?? '')).toBe(1);
});

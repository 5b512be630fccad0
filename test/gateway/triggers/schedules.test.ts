// Schedules as people see and steer them: from the catalogue and Temporal, with no worker up.

import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishSchedules } from '../../../activities/catalogue/publish-schedules.ts';
import { SCHEDULED, scheduledIdPrefix, scheduleId } from '../../../goals/wire/names.ts';
import type { Publication } from '../../../goals/wire/publication.ts';
import type { ScheduleTerms } from '../../../goals/wire/schedules.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { answered, eventually, gatewayAt, temporalBench, unique } from '../workbench.ts';

let bench: Awaited<ReturnType<typeof temporalBench>>;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;
const goal = unique('timed');
const id = scheduleId(goal, 'nightly');
const absent = scheduleId(goal, 'absent');
const terms: ScheduleTerms = {
  ...{ name: 'nightly', cron: ['0 5 * * *'], every: null, timezone: 'Europe/Paris', jitterMs: 60_000 },
  ...{ overlap: 'skip', catchUp: 'last', withinMs: 3_600_000 },
};
const operator = { by: 'ada', reason: 'the source is wrong' };

beforeAll(async () => {
  const address = temporalAddress;
  bench = await temporalBench(address);
  gateway = await gatewayAt(address);
  // A deployment of its own, as another's drops what that one does not declare.
  const publish = (schedules: ScheduleTerms[]): Promise<Publication> =>
    bench.publish(goal, { schedules, deployment: goal });
  await publishSchedules(bench.client, [await publish([terms])], pino({ level: 'silent' }));
  await publish([terms, { ...terms, name: 'absent' }]);
  await eventually(
    async () => (await gateway.get(`/schedules?goal=${goal}`)).body.items[0].state === 'active',
  );
});
afterAll(async () => {
  await bench?.client.schedule.getHandle(id).delete();
  await gateway?.stop();
  await bench?.close();
});

test('schedules are listed with their next times; one tells also what it has skipped, missed and made', async () => {
  const { status, body } = await gateway.get(`/schedules?goal=${goal}`);
  expect(status).toBe(200);
  const [nightly, other] = body.items;
  expect(nightly).toMatchObject({ ...terms, id, goal, owner: 'data', team: 'warehouse', note: null });
  expect(nightly.next[0]).toMatch(/T0[34]:00:00\.000Z$/);
  expect(other).toMatchObject({ id: absent, state: 'absent', next: [] });
  const one = await gateway.get(`/schedules/${id}`);
  expect(one).toMatchObject({
    status: 200,
    body: { id, state: 'active', triggered: 0, skipped: 0, missed: 0, last: [] },
  });
});

test('one that somebody pauses has a note that says who and why, and no next times until it goes on', async () => {
  const paused = await gateway.post(`/schedules/${id}/pause`, operator);
  expect(paused).toMatchObject({
    status: 200,
    body: {
      ...{ state: 'paused', note: 'paused by ada: the source is wrong', next: [] },
      steered: { by: 'ada', at: expect.stringMatching(/^20.*Z$/), reason: 'the source is wrong' },
    },
  });
  const on = await gateway.post(`/schedules/${id}/unpause`, { by: 'bob', reason: 'it is mended' });
  expect(on).toMatchObject({ body: { state: 'active', note: 'goes on by bob: it is mended' } });
  expect(await gateway.post(`/schedules/${id}/pause`, { by: 'ada' })).toMatchObject({
    status: 422,
    body: { errors: [{ path: 'reason' }] },
  });
});

test('asked for now it has one trigger, which knows who asked and why, also when the request is sent again', async () => {
  const key = { 'idempotency-key': 'now' };
  const first = await answered(() => gateway.post(`/schedules/${id}/trigger`, operator, key));
  expect(first).toMatchObject({ status: 202, body: { schedule: id } });
  const again = await answered(() => gateway.post(`/schedules/${id}/trigger`, operator, key));
  expect(again.body.trigger).toBe(first.body.trigger);
  const query = `WorkflowType = '${SCHEDULED}' AND WorkflowId STARTS_WITH '${scheduledIdPrefix(goal, 'nightly')}'`;
  await eventually(async () => (await bench.client.workflow.count(query)).count === 1);
  const { events } = await bench.client.workflow.getHandle(first.body.trigger).fetchHistory();
  const payloads = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  expect(JSON.parse(new TextDecoder().decode(payloads[1]?.data as Uint8Array))).toEqual({
    ...operator,
    at: first.body.at,
  });
  await eventually(async () => (await gateway.get(`/schedules/${id}`)).body.last.length === 1);
  const { body } = await gateway.get(`/schedules/${id}`);
  expect(body.last).toMatchObject([{ trigger: first.body.trigger, open: true, runs: [] }]);
});

test('what is due is a line for each owner: a run that is open and then achieved, and a time that has no run', async () => {
  const [owner, untimed, timed] = [unique('owner'), unique('due'), unique('due')];
  const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const expectedBy = { at: '07:00', timezone: 'Europe/Paris', date: 'day', plusDays: 0 };
  const { taskQueue } = await bench.publish(untimed, { owner, expectedBy });
  // Temporal has no such schedule, so nothing begins.
  const daily = { ...terms, name: 'daily', cron: ['0 0 * * *'], timezone: 'UTC', jitterMs: 0 };
  await bench.publish(timed, { owner, schedules: [daily], deadlineMs: null });
  const started = await gateway.post(`/goals/${untimed}/runs`, { input: { day } });
  expect([started.status, started.body.expected]).toEqual([
    202,
    expect.stringMatching(`^${day}T0[56]:00:00`),
  ]);
  const lineOf = async (of: string) => {
    const { body } = await gateway.get(`/due?timezone=Europe/Paris&owner=${owner}&day=${of}`);
    return body.items?.[0] ?? {};
  };
  await eventually(async () => (await lineOf(day)).open === 1);
  expect(await lineOf(day)).toMatchObject({ owner, due: 2, open: 1, ahead: 1, missing: 0 });
  await bench.end(taskQueue, `${untimed}:${day}`, 'achieved');
  await eventually(async () => (await lineOf(day)).achieved === 1);
  expect((await lineOf('2026-11-02')).items).toMatchObject([
    { goal: timed, state: 'missing', run: null, at: '2026-11-02T00:00:00.000Z' },
    { goal: untimed, state: 'missing', run: null, at: null, due: '2026-11-02T06:00:00.000Z' },
  ]);
  for (const [parameter, value] of Object.entries({ day: 'tomorrow', timezone: 'Mars', owners: owner }))
    expect(await gateway.get(`/due?${parameter}=${value}`)).toMatchObject({
      ...{ status: 400, body: { code: 'query_invalid', parameter } },
    });
});

test('what Temporal does not have cannot be steered', async () => {
  for (const what of ['pause', 'unpause', 'trigger'])
    expect(await gateway.post(`/schedules/${absent}/${what}`, operator)).toMatchObject({
      ...{ status: 409, body: { code: 'schedule_absent' } },
    });
});

test.each([
  scheduleId(goal, 'weekly'),
  scheduleId('nobody-has-this', 'nightly'),
  goal,
  "gk-schedule:' OR 1:x",
  'x'.repeat(3000),
])('%s is no schedule', async (other) => {
  const path = `/schedules/${encodeURIComponent(other)}`;
  expect(await gateway.get(path)).toMatchObject({ status: 404, body: { code: 'schedule_unknown' } });
  expect(await gateway.post(`${path}/pause`, operator)).toMatchObject({ status: 404 });
});

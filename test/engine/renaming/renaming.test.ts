// A goal gets another name while its runs, and those that need it, are open.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningWorker } from '../../../activities/worker.ts';
import type { Goal } from '../../../goals/index.ts';
import { memoNames, scheduleId, standingId } from '../../../goals/wire/names.ts';
import { answered, gatewayAt } from '../../gateway/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { QUICK } from '../alerts/alerted.ts';
import { fresh, Workbench } from '../workbench.ts';
import after from './after/goals.ts';
import before from './before/goals.ts';
import { jobs, opened } from './jobs.ts';
import others from './others/goals.ts';

const SOON = { timeout: 60_000, interval: 50 };
const act = { by: 'ada', reason: 'to see' };
const [OLD, NEW] = ['renaming-daily', 'renaming-orders'];
const alertsId = fresh('renaming-alerts');
let bench: Workbench;
let gateway: Awaited<ReturnType<typeof gatewayAt>>;

const work = (where: string, goals: readonly Goal[], queue = bench.taskQueue): Promise<RunningWorker> =>
  bench.worker(
    fileURLToPath(new URL(`${where}/goals.ts`, import.meta.url)),
    ...([goals, where === 'others' ? [] : jobs, queue] as const),
    { id: alertsId, sinks: [], settings: { ...QUICK, cooldownMs: 300 } },
  );
const start = (goal: string, input: object, headers = {}) =>
  answered(() => gateway.post(`/goals/${goal}/runs`, { input }, headers));
const shown = async (run: string) => (await gateway.get(`/runs/${run}`)).body;
const outcomeOf = (run: string) => expect.poll(async () => (await shown(run)).outcome, SOON);

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = await gatewayAt(temporalAddress, 'default', undefined, alertsId);
});
afterAll(async () => {
  for (const id of [alertsId, standingId(NEW), standingId(OLD)])
    await bench.client.workflow
      .getHandle(id)
      .terminate()
      .catch(() => undefined);
  for (const name of [OLD, NEW])
    await bench.client.schedule
      .getHandle(scheduleId(name, 'yearly'))
      .delete()
      .catch(() => undefined);
  await gateway.stop();
  await bench.close();
});

test('open runs go on, what was achieved stands, addresses lead on, schedules and listeners miss nothing', async () => {
  const [done, open, bad, needing] = ['done', 'open', 'bad', 'needing'].map(fresh) as [
    string,
    string,
    string,
    string,
  ];
  const old = await work('before', before);
  await work('others', others, fresh('q'));
  expect((await start(OLD, { key: done, gate: null }, { prefer: 'wait=30' })).body.outcome).toBe('achieved');
  await start(OLD, { key: open, gate: 'open' });
  expect((await start(OLD, { key: bad, gate: 'closed' }, { prefer: 'wait=30' })).body.outcome).toBe('failed');
  await start('renaming-report', { key: needing, gate: 'report' });
  await outcomeOf(`${OLD}:${needing}-needed`).toBe('achieved');
  await expect
    .poll(async () => (await gateway.get(`/alerts?goal=${OLD}&state=open`)).body.items.length, SOON)
    .toBe(1);
  const schedule = `/schedules/${scheduleId(OLD, 'yearly')}`;
  // Its run is open when the name changes, and the schedule is paused.
  expect((await answered(() => gateway.post(`${schedule}/trigger`, act))).status).toBeLessThan(300);
  expect((await answered(() => gateway.post(`${schedule}/pause`, act))).status).toBe(200);
  await expect
    .poll(async () => (await gateway.get(schedule)).body.last[0]?.runs[0]?.run, SOON)
    .toMatch(`${OLD}:at-`);
  const scheduled: string = (await gateway.get(schedule)).body.last[0].runs[0].run;
  const stood = async (goal: string) =>
    (await bench.client.workflow.getHandle(standingId(goal)).describe()).memo?.[memoNames.standing];
  await expect
    .poll(async () => ((await stood(OLD)) as { achievedAt: number | null }).achievedAt, SOON)
    .not.toBeNull();
  const { achievedAt } = (await stood(OLD)) as { achievedAt: number };
  await old.stop();

  await work('after', after);
  // What was achieved is not pursued again: whoever asks, by either name.
  for (const goal of [NEW, OLD])
    await expect
      .poll(async () => (await start(goal, { key: done, gate: null })).body, SOON)
      .toMatchObject({ id: `${OLD}:${done}`, outcome: 'achieved' });
  // An open run is joined, and goes on by the code of the new name; so does what needs it.
  expect((await start(NEW, { key: open, gate: 'open' })).body).toMatchObject({
    id: `${OLD}:${open}`,
    outcome: null,
  });
  for (const gate of ['open', 'report', 'scheduled']) opened.add(gate);
  await outcomeOf(`${OLD}:${open}`).toBe('achieved');
  await outcomeOf(`renaming-report:${needing}`).toBe('achieved');
  await outcomeOf(scheduled).toBe('achieved');
  const later = (await shown(`renaming-report:${needing}`)).steps.map(
    ({ run }: { run: string | null }) => run,
  );
  expect(later).toEqual([`${OLD}:${needing}-needed`, null, `${NEW}:${needing}-later`]);
  // Whoever needs a key that was achieved under the old name takes that.
  const input = { key: needing, gate: 'report' };
  const again = { input, force: true, ...act };
  const forced = await answered(() =>
    gateway.post('/goals/renaming-report/runs', again, { prefer: 'wait=30' }),
  );
  expect(forced.body).toMatchObject({
    outcome: 'achieved',
    steps: [{ run: `${OLD}:${needing}-needed` }, {}, { run: `${NEW}:${needing}-later` }],
  });

  // A failed key is pursued under the new name, and settles the alert of the old one.
  opened.add('closed');
  expect((await start(NEW, { key: bad, gate: 'closed' }, { prefer: 'wait=30' })).body).toMatchObject({
    id: `${NEW}:${bad}`,
    outcome: 'achieved',
  });
  await expect
    .poll(async () => (await gateway.get(`/alerts?goal=${OLD}&state=open`)).body.items, SOON)
    .toEqual([]);

  // Old addresses, of a goal, of its runs and schedules.
  const moved = async (path: string, method = 'GET') => {
    const { status, headers } = await fetch(gateway.url + path, { method, redirect: 'manual' });
    return [status, headers.get('location')];
  };
  // The list of goals is a moment old.
  await expect.poll(() => moved(`/goals/${OLD}?window=7d`), SOON).toEqual([308, `/goals/${NEW}?window=7d`]);
  await expect.poll(() => moved(`/goals/${OLD}/runs`, 'POST'), SOON).toEqual([308, `/goals/${NEW}/runs`]);
  await expect
    .poll(() => moved(`/runs/${NEW}:${done}/errors`), SOON)
    .toEqual([308, `/runs/${encodeURIComponent(`${OLD}:${done}`)}/errors`]);
  await expect.poll(async () => (await moved(`/runs/${OLD}:${done}`))[0], SOON).toBe(200);
  expect((await moved(`/runs/${NEW}:nothing`))[0]).toBe(404);
  expect((await gateway.delete(`/runs/${NEW}:${done}`, act)).status).toBe(404);
  const now = scheduleId(NEW, 'yearly');
  await expect
    .poll(() => moved(`/schedules/${scheduleId(OLD, 'yearly')}`), SOON)
    .toEqual([308, `/schedules/${encodeURIComponent(now)}`]);
  // One schedule comes to times, and is paused as the other was.
  expect((await gateway.get(`/schedules/${now}`)).body).toMatchObject({ state: 'paused' });
  const emptied = await bench.client.schedule.getHandle(scheduleId(OLD, 'yearly')).describe();
  expect(emptied.info.nextActionTimes).toEqual([]);

  for (const goal of [OLD, NEW]) {
    const listed = (await gateway.get(`/runs?goal=${goal}`)).body.items.map(({ id }: { id: string }) => id);
    expect(listed).toEqual(expect.arrayContaining([`${OLD}:${done}`, `${OLD}:${open}`, `${NEW}:${bad}`]));
    const one = (await gateway.get(`/runs?goal=${goal}&key=${done}`)).body.items;
    expect(one.map(({ id }: { id: string }) => id)).toEqual([`${OLD}:${done}`]);
  }
  expect((await gateway.get(`/goals/${NEW}`)).body.record.achieved).toBeGreaterThan(4);
  expect(await stood(NEW)).toMatchObject({ achievedAt });
  // Who listens to the old name hears of runs of both.
  for (const key of [done, open, bad]) await outcomeOf(`renaming-listener:${key}`).toBe('achieved');
}, 240_000);

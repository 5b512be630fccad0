// What deployments and outages do to schedules: declared anew, dropped, paused; times missed while nobody was there.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ScheduleNotFoundError } from '@temporalio/client';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type RunningWorker, startWorker } from '../../../activities/worker.ts';
import { findTemporal } from '../../../deploy/local/temporal-binary.ts';
import { startTemporalServer } from '../../../deploy/local/temporal-server.ts';
import type { Goal } from '../../../goals/index.ts';
import { declaredSchedules, type Schedule } from '../../../goals/schedule.ts';
import { memoNames, SCHEDULED, scheduledIdPrefix, scheduleId } from '../../../goals/wire/names.ts';
import { type TriggerMemo, triggerMemoSchema } from '../../../goals/wire/schedules.ts';
import { bundled } from '../../bundled.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { fresh, Workbench } from '../workbench.ts';
import { dropping, first, missing, resting, second } from './deploys/goals.ts';
import { jobs } from './jobs.ts';
import { Notes } from './notes.ts';

const WAIT = { timeout: 60_000, interval: 200 };
let bench: Workbench;
let notes: Notes;

beforeAll(async () => {
  await bundled(goalsModule);
  bench = await Workbench.open();
  notes = await Notes.fresh();
});
afterAll(() => bench?.close());

const goalsModule = fileURLToPath(new URL('./deploys/goals.ts', import.meta.url));

const deploy = (
  goals: readonly Goal[],
  version: number,
  taskQueue: string,
  address = temporalAddress,
): Promise<RunningWorker> =>
  startWorker({
    ...{ goalsModule, goals, jobs, version, taskQueue, address, log: pino({ level: 'silent' }) },
  });

const handleOf = (goal: string, name = 'schedule', { client } = bench) =>
  client.schedule.getHandle(scheduleId(goal, name));
const isThere = (goal: string, name?: string): Promise<boolean> =>
  handleOf(goal, name)
    .describe()
    .then(
      () => true,
      (error: unknown) => {
        if (error instanceof ScheduleNotFoundError) return false;
        throw error;
      },
    );

test('a deployment changes, drops and keeps schedules; one that is paused stays paused, and an older one changes nothing', async () => {
  const queue = fresh('q');
  await (await deploy(first, 1, queue)).stop();
  expect(
    await Promise.all([isThere(dropping), isThere(dropping, 'other'), isThere('clock-dropped')]),
  ).toEqual([true, true, true]);
  await handleOf(dropping).pause('paused by ada: the source is wrong');

  await (await deploy(second, 2, queue)).stop();
  const changed = await handleOf(dropping).describe();
  expect(changed).toMatchObject({
    ...{ spec: { timezone: 'Europe/Paris' }, policies: { overlap: 'ALLOW_ALL' } },
    state: { paused: true, note: 'paused by ada: the source is wrong' },
  });
  expect(await Promise.all([isThere(dropping, 'other'), isThere('clock-dropped')])).toEqual([false, false]);

  await (await deploy(first, 1, queue)).stop();
  expect((await handleOf(dropping).describe()).info.lastUpdatedAt).toEqual(changed.info.lastUpdatedAt);
  expect(await Promise.all([isThere(dropping, 'other'), isThere('clock-dropped')])).toEqual([false, false]);

  // The same once more, by two workers at once: nothing to do.
  const both = await Promise.all([deploy(second, 2, queue), deploy(second, 2, queue)]);
  await Promise.all(both.map((worker) => worker.stop()));
  expect((await handleOf(dropping).describe()).info.lastUpdatedAt).toEqual(changed.info.lastUpdatedAt);
}, 180_000);

test('what Temporal refuses of a schedule is told when the worker starts', async () => {
  const [goal] = second as unknown as [Goal];
  const [schedule] = declaredSchedules(goal) as [Schedule];
  // Past the check, which knows the zones of Node.
  const odd = { ...schedule, terms: { ...schedule.terms, timezone: 'Europe/Atlantis' } };
  const declared = { ...goal.declared, name: 'clock-odd' };
  const start = deploy([{ ...goal, name: 'clock-odd', declared, on: [odd] }], 1, fresh('q'));
  await expect(start).rejects.toMatchObject({
    code: 'schedule_refused',
    message: expect.stringContaining('Europe/Atlantis'),
  });
});

type Trigger = TriggerMemo & { id: string };

async function triggersOf(goal: Goal, { client }: Workbench): Promise<Trigger[]> {
  const prefix = scheduledIdPrefix(goal.name, 'schedule');
  const query = `WorkflowType = '${SCHEDULED}' AND WorkflowId STARTS_WITH '${prefix}'`;
  const found: Trigger[] = [];
  for await (const { memo, workflowId: id } of client.workflow.list({ query })) {
    const told = triggerMemoSchema.safeParse(memo?.[memoNames.trigger]).data;
    if (told !== undefined) found.push({ ...told, id });
  }
  return found.sort((a, b) => (a.at < b.at ? -1 : 1));
}

const goals = Object.values(missing);
const begun = async (goal: Goal, since: string) => (await notes.begun(goal.name)).filter((at) => at > since);

const EACH_MS = 3_000;

/** Each schedule works, nobody is there for a while, and each works again. */
async function outage(at: Workbench, address: string, taskQueue: string, away: () => Promise<void>) {
  const since = new Date().toISOString();
  const before = await deploy(goals, 1, taskQueue, address);
  for (const goal of goals) await expect.poll(() => begun(goal, since), WAIT).not.toEqual([]);
  // Between two times: one that comes while a run is open is skipped, also if the run is open for want of a worker.
  const triggers = `WorkflowType = '${SCHEDULED}' AND TaskQueue = '${taskQueue}'`;
  const open = () => at.client.workflow.count(`${triggers} AND ExecutionStatus = 'Running'`);
  await expect.poll(open, { ...WAIT, interval: 50 }).toMatchObject({ count: 0 });
  await before.stop();
  await away();
  const back = new Date().toISOString();
  const after = await deploy(goals, 1, taskQueue, address);
  for (const goal of goals) await expect.poll(() => begun(goal, back), WAIT).not.toEqual([]);
  for (const { name } of goals) await handleOf(name, 'schedule', at).pause('the test is over');
  await expect.poll(open, WAIT).toMatchObject({ count: 0 });

  const [all, last, beside] = await Promise.all(
    [missing.all, missing.last, missing.beside].map((goal) => triggersOf(goal, at)),
  );
  const made = all?.findLast(({ at, due }) => due > 2 && at < back) as Trigger;
  const times = made.runs.map((run) => Date.parse(run.at));
  expect(times).toEqual(times.map((_, i) => Date.parse(made.at) + i * EACH_MS));
  expect(times.at(-1)).toBeGreaterThan(Date.parse(back) - EACH_MS);
  expect(made).toMatchObject({ missed: 0, due: times.length });
  expect(new Set(made.runs.map(({ outcome }) => outcome))).toEqual(new Set(['achieved']));

  const newest = last?.findLast(({ at, missed }) => missed > 1 && at < back) as Trigger;
  expect(newest).toMatchObject({ due: 1, runs: [{ outcome: 'achieved' }] });
  expect(Date.parse(newest.runs[0]?.at as string)).toBeGreaterThan(Date.parse(back) - EACH_MS);

  const passedOver = beside?.filter(({ due, missed }) => due === 0 && missed === 1) as Trigger[];
  expect(passedOver.length).toBeGreaterThanOrEqual(2);
  await after.stop();
}

const AWAY_MS = 12_000;
const waiting = () => new Promise<void>((resolve) => setTimeout(resolve, AWAY_MS));

test('times missed while no worker was up are made up for: all of them in order, or the last', async () => {
  await outage(bench, temporalAddress, fresh('q'), waiting);
}, 240_000);

test('so are those missed while Temporal itself was killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outage-'));
  const options = { binary: await findTemporal({}), databaseFile: join(folder, 'temporal.db') };
  let server = await startTemporalServer({ ...options, uiPort: false });
  onTestFinished(() => server.kill());
  const port = Number(server.address.split(':')[1]);
  const at = await Workbench.open(server.address);
  onTestFinished(() => at.close());
  await outage(at, server.address, fresh('q'), async () => {
    await server.kill();
    await waiting();
    server = await startTemporalServer({ ...options, port, uiPort: false });
  });
}, 240_000);

test('times that come while a schedule is paused are not made up for, also by a trigger that waited for a worker', async () => {
  const taskQueue = fresh('q');
  const rested = Object.values(resting);
  const open = `WorkflowType = '${SCHEDULED}' AND TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
  const countOpen = async (name = ''): Promise<number> => {
    const query = `${open} AND WorkflowId STARTS_WITH '${scheduledIdPrefix(name, 'schedule')}'`;
    return (await bench.client.workflow.count(name === '' ? open : query)).count;
  };
  await (await deploy(rested, 1, taskQueue)).stop();
  for (const { name } of rested) {
    await expect
      .poll(() => countOpen(name), WAIT)
      .toBeGreaterThanOrEqual(name === resting.beside.name ? 3 : 1);
    await handleOf(name).pause('paused by ada: the source is wrong');
  }
  const paused = Date.now();
  await expect.poll(Date.now, WAIT).toBeGreaterThan(paused + 3 * EACH_MS);
  const worker = await deploy(rested, 2, taskQueue);
  await expect.poll(() => countOpen(), WAIT).toBe(0);
  const told = await Promise.all(rested.map((goal) => triggersOf(goal, bench)));
  const [all, last, beside] = told as [Trigger[], Trigger[], Trigger[]];
  for (const trigger of [...all, ...last])
    expect(trigger).toMatchObject({ due: 1, missed: 0, runs: [{ at: trigger.at, outcome: 'achieved' }] });
  // What came before the pause counts.
  const [earlier, newest] = beside.slice(-2) as [Trigger, Trigger];
  expect(newest).toMatchObject({ due: 1, missed: 0, runs: [{ at: newest.at, outcome: 'achieved' }] });
  expect(earlier).toMatchObject({ due: 0, missed: 1 });
  for (const { name } of rested) await handleOf(name).delete();
  await worker.stop();
}, 180_000);

test('without a catch-up, a trigger that begins minutes late lets its time pass', async () => {
  const taskQueue = fresh('q');
  const worker = await deploy(goals, 2, taskQueue);
  const { action } = await handleOf(missing.none.name).describe();
  const time = new Date(Math.floor(Date.now() / 1000) * 1000 - 120_000);
  const handle = await bench.client.workflow.start(SCHEDULED, {
    ...{ workflowId: `${scheduledIdPrefix(missing.none.name, 'schedule')}-late`, taskQueue },
    args: [(action.args as unknown[])[0]],
    // As Temporal starts it.
    searchAttributes: { TemporalScheduledStartTime: [time] },
  });
  expect(await handle.result()).toMatchObject({ at: time.toISOString(), due: 0, missed: 1, runs: [] });
  for (const { name } of goals) await handleOf(name).delete();
  await worker.stop();
});

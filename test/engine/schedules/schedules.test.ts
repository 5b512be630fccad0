// Goals by the clock, on Temporal's own schedules: each second, over changes of summer time, when runs overlap.

import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleGoals } from '../../../activities/bundle.ts';
import type { Goal } from '../../../goals/index.ts';
import { declaredSchedules, type Schedule } from '../../../goals/schedule.ts';
import { isClockTime } from '../../../goals/wire/clock-times.ts';
import { memoNames, SCHEDULED, scheduledIdPrefix, scheduleId } from '../../../goals/wire/names.ts';
import { type TriggerMemo, triggerMemoSchema } from '../../../goals/wire/schedules.ts';
import { Workbench } from '../workbench.ts';
import goals, { beside, held, misfit, newest, paris, queued, ticking } from './goals.ts';
import { jobs } from './jobs.ts';
import { Notes } from './notes.ts';

const clocked: Goal[] = [ticking, held, newest, queued, beside];
const WAIT = { timeout: 60_000, interval: 200 };
let bench: Workbench;
let notes: Notes;

const scheduleOf = ({ name }: Goal, schedule = 'schedule') =>
  bench.client.schedule.getHandle(scheduleId(name, schedule));
const rest = (goal: Goal) => scheduleOf(goal).pause('no test needs it');
const begin = (goal: Goal) => scheduleOf(goal).unpause('a test needs it');

beforeAll(async () => {
  bench = await Workbench.open();
  notes = await Notes.fresh();
  await bench.worker(fileURLToPath(new URL('./goals.ts', import.meta.url)), goals, jobs);
  await Promise.all(clocked.map(rest));
});
afterAll(async () => {
  await Promise.all(
    clocked.map((goal) =>
      scheduleOf(goal)
        .delete()
        .catch(() => undefined),
    ),
  );
  await bench?.close();
});

/** What the triggers of a goal's schedule tell, oldest first. */
async function triggers({ name }: Goal, schedule = 'schedule'): Promise<TriggerMemo[]> {
  const query = `WorkflowType = '${SCHEDULED}' AND WorkflowId STARTS_WITH '${scheduledIdPrefix(name, schedule)}'`;
  const found: TriggerMemo[] = [];
  for await (const { memo } of bench.client.workflow.list({ query })) {
    const told = triggerMemoSchema.safeParse(memo?.[memoNames.trigger]).data;
    if (told !== undefined) found.push(told);
  }
  return found.sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** As Temporal would start it for a time that is long past. */
async function triggerFor(goal: Goal, at: string, schedule = 'schedule'): Promise<void> {
  const { action } = await scheduleOf(goal, schedule).describe();
  await bench.client.workflow.start(SCHEDULED, {
    workflowId: `${scheduledIdPrefix(goal.name, schedule)}-${at}`,
    taskQueue: bench.taskQueue,
    args: [(action.args as unknown[])[0], { at, by: null, reason: null }],
  });
}

test('a schedule pursues its goal at each of its times, with the input made of the time', async () => {
  await begin(ticking);
  await expect.poll(() => notes.begun(ticking.name), WAIT).toSatisfy((keys: string[]) => keys.length >= 3);
  await rest(ticking);
  const keys = await notes.begun(ticking.name);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.filter((key) => !key.endsWith('.000Z'))).toEqual([]);
  const [key] = keys as [string];
  const all = await triggers(ticking);
  const told = all.find(({ at }) => at === key);
  expect(told).toMatchObject({ missed: 0, due: 1, runs: [{ at: key, how: 'started', outcome: 'achieved' }] });
  const { run } = await bench.closed(bench.client.workflow.getHandle(told?.runs[0]?.run as string));
  expect(run).toMatchObject({
    ...{ outcome: 'achieved', input: { key } },
    why: { kind: 'schedule', at: key, by: null, ref: scheduleId(ticking.name, 'schedule') },
  });
});

test('a time that comes while a run is open is skipped, and counted', async () => {
  await begin(held);
  await expect
    .poll(async () => (await scheduleOf(held).describe()).info.numActionsSkippedOverlap, WAIT)
    .toBeGreaterThanOrEqual(2);
  expect(await notes.begun(held.name)).toHaveLength(1);
  await notes.openGate('held');
  await expect.poll(async () => (await notes.begun(held.name)).length, WAIT).toBeGreaterThanOrEqual(2);
  await rest(held);
  expect(await notes.atOnce(held.name)).toBe(1);
});

test('with bufferAll each time waits for its turn', async () => {
  const since = new Date().toISOString();
  await begin(queued);
  await expect
    .poll(async () => Number((await scheduleOf(queued).describe()).raw.info?.bufferSize), WAIT)
    .toBeGreaterThanOrEqual(2);
  await notes.openGate('queued');
  const begun = async () => (await notes.begun(queued.name)).filter((key) => key > since);
  await expect.poll(async () => (await begun()).length, WAIT).toBeGreaterThanOrEqual(3);
  await rest(queued);
  const times = (await begun()).map((key) => Date.parse(key));
  expect(times).toEqual(times.map((_, i) => (times[0] as number) + i * 1000));
  expect(await notes.atOnce(queued.name)).toBe(1);
});

test('with allowAll runs are beside each other', async () => {
  await begin(beside);
  await expect.poll(() => notes.atOnce(beside.name), WAIT).toBeGreaterThanOrEqual(3);
  await rest(beside);
  await notes.openGate('beside');
});

test('with cancelOther the run of an earlier time is cancelled', async () => {
  await begin(newest);
  const outcomes = async () => (await triggers(newest)).map(({ runs }) => runs[0]?.outcome);
  await expect.poll(outcomes, WAIT).toContain('cancelled');
  await notes.openGate('newest');
  await expect.poll(outcomes, WAIT).toContain('achieved');
  await rest(newest);
  const cancelled = (await triggers(newest)).find(({ runs }) => runs[0]?.outcome === 'cancelled');
  const { run } = await bench.story({ workflowId: cancelled?.runs[0]?.run as string });
  expect(run.outcome).toBe('cancelled');
});

test('an input that does not fit is a run that failed with `input`; one that cannot be made is one that failed with `code`', async () => {
  const at = '2019-11-20T05:00:00.000Z';
  await triggerFor(misfit, at);
  await triggerFor(misfit, at, 'throwing');
  await expect.poll(async () => (await triggers(misfit))[0]?.runs[0]?.outcome, WAIT).toBe('failed');
  await expect
    .poll(async () => (await triggers(misfit, 'throwing'))[0]?.runs[0]?.outcome, WAIT)
    .toBe('failed');
  const [fitless] = await triggers(misfit);
  const { run } = await bench.story({ workflowId: fitless?.runs[0]?.run as string });
  expect(run).toMatchObject({ outcome: 'failed', failure: { kind: 'input' }, why: { kind: 'schedule', at } });
  const [thrown] = await triggers(misfit, 'throwing');
  const story = await bench.story({ workflowId: thrown?.runs[0]?.run as string });
  expect(story.run).toMatchObject({
    failure: { kind: 'code' },
    input: expect.stringContaining('no data before 2020'),
  });
});

// scheduled.1
test('a deployment that has dropped the schedule replays the triggers of the one before', async () => {
  const workflowBundle = await bundleGoals(fileURLToPath(new URL('../goals.ts', import.meta.url)));
  const query = `WorkflowType = '${SCHEDULED}' AND WorkflowId STARTS_WITH '${scheduledIdPrefix(newest.name, 'schedule')}' AND ExecutionStatus != 'Running'`;
  let replayed = 0;
  for await (const { workflowId } of bench.client.workflow.list({ query })) {
    const history = await bench.client.workflow.getHandle(workflowId).fetchHistory();
    await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
    replayed++;
  }
  expect(replayed).toBeGreaterThanOrEqual(2);
});

test('over both changes of summer time Temporal has the local time, and the input the day before it', async () => {
  const { client } = bench;
  const [{ terms }] = declaredSchedules(paris) as [Schedule];
  const timesOf = async (from: string, to: string): Promise<string[]> => {
    const { startTime } = await client.workflowService.listScheduleMatchingTimes({
      namespace: 'default',
      scheduleId: scheduleId(paris.name, 'schedule'),
      startTime: { seconds: (Date.parse(from) / 1000) as never },
      endTime: { seconds: (Date.parse(to) / 1000) as never },
    });
    return (startTime ?? [])
      .map(({ seconds }) => Number(seconds) * 1000)
      .filter((time) => isClockTime(terms, time))
      .map((time) => new Date(time).toISOString());
  };
  const autumn = await timesOf('2026-10-23T12:00:00Z', '2026-10-27T12:00:00Z');
  const spring = await timesOf('2027-03-26T12:00:00Z', '2027-03-30T12:00:00Z');
  // The clock shows 2:30 twice on the 25th of October, and not at all on the 28th of March.
  expect(autumn).toEqual(['24T00', '25T00', '26T01', '27T01'].map((at) => `2026-10-${at}:30:00.000Z`));
  expect(spring).toEqual(
    ['27T01:30', '28T01:00', '29T00:30', '30T00:30'].map((at) => `2027-03-${at}:00.000Z`),
  );
  const [schedule] = declaredSchedules(paris);
  const keys = [...autumn, ...spring].map((at) => schedule?.input(new Date(at)));
  expect(keys).toEqual(
    [
      ...['2026-10-23', '2026-10-24', '2026-10-25', '2026-10-26'],
      ...['2027-03-26', '2027-03-27', '2027-03-28', '2027-03-29'],
    ].map((key) => ({ key })),
  );
});

test('of a local time that comes twice the trigger of the second starts nothing, and undoes nothing', async () => {
  const [start, end] = [new Date('2026-11-01T05:45:00Z'), new Date('2026-11-01T07:00:00Z')];
  const second = { at: '2026-11-01T06:30:00.000Z', missed: 0 };
  for (const [name, expected] of [
    ['new-york-skip', { ...second, due: 0, runs: [] }],
    // Temporal has cancelled the trigger of the first for it.
    [
      'new-york-cancelother',
      { ...second, due: 1, runs: [{ at: '2026-11-01T05:30:00.000Z', outcome: 'achieved' }] },
    ],
  ] as const) {
    await scheduleOf(paris, name).backfill({ start, end, overlap: 'ALLOW_ALL' });
    await expect.poll(() => triggers(paris, name), WAIT).toMatchObject([expected]);
  }
});

// What is due, put together of runs, scheduled times and expectations: pure.

import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  begun,
  linesOf,
  type Now,
  type Owned,
  ownedByTrigger,
  unbegun,
  unmet,
} from '../../../gateway/due/due-lines.ts';
import type { DueRun } from '../../../gateway/due/due-runs.ts';
import { runsIn } from '../../../gateway/due/due-runs.ts';
import { scheduledTimes } from '../../../gateway/due/due-times.ts';
import { dateIn, goal, schedule } from '../../../goals/index.ts';
import { publish } from '../../../goals/publish.ts';
import type { Publication } from '../../../goals/wire/publication.ts';

const at = (time: string): number => Date.parse(time);
const span = { from: at('2026-11-27T23:00:00Z'), to: at('2026-11-28T23:00:00Z') };
const now = (time: string, stuck: string[] = []): Now => ({ at: at(time), stuck: new Set(stuck) });
const seven = { at: '07:00', timezone: 'Europe/Paris' };

const publishedWith = (more: object): Publication =>
  publish(
    goal({
      ...{ name: 'prices-there', outcome: 'The prices are there', owner: 'ada', team: 'shop', key: ['day'] },
      input: z.object({ day: z.iso.date() }),
      output: z.object({}),
      criteria: { fine: () => true },
      pursue: async () => ({}),
      ...more,
    }),
    { taskQueue: 'q', deployment: 'd', version: 1 },
  );
const yesterday = schedule('0 5 * * *', {
  timezone: 'Europe/Paris',
  input: (time) => ({ day: dateIn(time, 'Europe/Paris', -1) }),
});
const timesOf = (publication: Publication) =>
  scheduledTimes(publication, span, 100).map((one) =>
    [one.at, one.due].map((ms) => new Date(ms).toISOString()),
  );

describe('the scheduled times whose runs are due on a day', () => {
  test('at a time of day of the scheduled day, or of a day after it', () => {
    expect(timesOf(publishedWith({ on: [yesterday], expected: { ...seven, of: 'day' } }))).toEqual([
      ['2026-11-28T04:00:00.000Z', '2026-11-28T06:00:00.000Z'],
    ]);
    const next = { ...seven, of: 'day', plusDays: 1 };
    expect(timesOf(publishedWith({ on: [yesterday], deadline: next }))).toEqual([
      ['2026-11-27T04:00:00.000Z', '2026-11-28T06:00:00.000Z'],
    ]);
  });

  test('of a date in the input, as the schedule makes it', () => {
    const expected = { ...seven, date: 'day', plusDays: 1 };
    const publication = publishedWith({ on: [yesterday], expected });
    expect(publication.dateDays).toEqual({ schedule: -1 });
    expect(timesOf(publication)).toEqual([['2026-11-28T04:00:00.000Z', '2026-11-28T06:00:00.000Z']]);
  });

  test('so long after the scheduled time, and at that time itself where nothing is declared', () => {
    expect(timesOf(publishedWith({ on: [yesterday], deadline: '20h' }))).toEqual([
      ['2026-11-27T04:00:00.000Z', '2026-11-28T00:00:00.000Z'],
    ]);
    expect(timesOf(publishedWith({ on: [yesterday] }))).toEqual([
      ['2026-11-28T04:00:00.000Z', '2026-11-28T04:00:00.000Z'],
    ]);
  });

  test('are no more than are looked at', () => {
    const often = publishedWith({ on: [schedule('* * * * *', { input: () => ({ day: '2026-11-28' }) })] });
    expect(scheduledTimes(often, span, 10)).toHaveLength(11);
  });
});

const run = (more: Partial<DueRun>): DueRun => ({
  ...{
    goal: 'prices-there',
    key: '2026-11-27',
    run: 'prices-there:2026-11-27',
    execution: 'e1',
    state: 'open',
  },
  ...{ startedAt: at('2026-11-28T04:00:01Z'), usualMs: null, deadline: null, isAtRisk: false },
  ...{ dues: [at('2026-11-28T06:00:00Z')], meant: [at('2026-11-28T04:00:00Z')] },
  ...more,
});
const published = publishedWith({ on: [yesterday], expected: { ...seven, of: 'day' } });
const asked = (runs: DueRun[]) => ({
  publications: [published],
  times: scheduledTimes(published, span, 100),
  runs,
  span,
});
const statesOf = (owned: readonly Owned[]) => owned.map(({ item }) => item.state);

describe('how what is due stands', () => {
  const stands = (more: Partial<DueRun>, time: string, stuck: string[] = []) =>
    statesOf(begun(asked([run(more)]), now(time, stuck)).owned);

  test('of a run it is open in time, at risk, late, achieved or failed', () => {
    expect(stands({}, '2026-11-28T05:00:00Z')).toEqual(['open']);
    expect(stands({}, '2026-11-28T06:00:01Z')).toEqual(['late']);
    expect(stands({ state: 'achieved' }, '2026-11-28T09:00:00Z')).toEqual(['achieved']);
    expect(stands({ state: 'failed' }, '2026-11-28T05:00:00Z')).toEqual(['failed']);
    expect(stands({}, '2026-11-28T05:00:00Z', ['e1'])).toEqual(['atRisk']);
    expect(stands({ isAtRisk: true }, '2026-11-28T05:00:00Z')).toEqual(['atRisk']);
    // An hour is left of three, and half an hour until it is due.
    expect(stands({ usualMs: 3 * 3_600_000 }, '2026-11-28T05:30:00Z')).toEqual(['atRisk']);
    const until9 = { usualMs: 3 * 3_600_000, deadline: at('2026-11-28T09:00:00Z') };
    expect(stands(until9, '2026-11-28T05:30:00Z')).toEqual(['open']);
  });

  test('a scheduled time that has a run is that run, and another is missing once it is over', () => {
    expect(begun(asked([run({})]), now('2026-11-28T05:00:00Z')).open).toEqual([]);
    const [time] = begun(asked([]), now('2026-11-28T05:00:00Z')).open;
    if (time === undefined) throw new Error('there is one');
    expect(unbegun(time, now('2026-11-28T04:02:00Z')).item).toEqual({
      ...{ goal: 'prices-there', team: 'shop', state: 'missing', due: '2026-11-28T06:00:00.000Z' },
      ...{ schedule: 'gk-schedule:prices-there:schedule', at: '2026-11-28T04:00:00.000Z' },
      ...{ run: null, key: null },
    });
    // Temporal itself may be late by seconds.
    expect(unbegun(time, now('2026-11-28T04:00:30Z')).item.state).toBe('ahead');
    const told = { run: 'prices-there:x', key: 'x', outcome: null };
    expect(ownedByTrigger(time, told, now('2026-11-28T05:00:00Z')).item).toMatchObject({
      state: 'open',
      key: 'x',
    });
    expect(
      ownedByTrigger(time, { ...told, outcome: 'cancelled' }, now('2026-11-28T05:00:00Z')).item.state,
    ).toBe('failed');
  });

  test('a run whose times do not count any more, as a backfill of that time, is it all the same', () => {
    const { owned, open } = begun(asked([run({ dues: [], state: 'achieved' })]), now('2026-11-28T12:00:00Z'));
    expect([statesOf(owned), open]).toEqual([['achieved'], []]);
  });

  test('what is due on another day is not here', () => {
    const other = run({ dues: [at('2026-11-29T06:00:00Z')], meant: [] });
    expect(begun(asked([other]), now('2026-11-28T05:00:00Z')).owned).toEqual([]);
  });

  test('a goal without a schedule that is expected at a time of day is missing from then on', () => {
    const expected = publishedWith({ expected: { ...seven, of: 'day', plusDays: 1 } });
    const none = { publications: [expected], times: [], runs: [], span };
    expect(statesOf(unmet(none, [], now('2026-11-28T05:59:00Z')))).toEqual(['ahead']);
    expect(statesOf(unmet(none, [], now('2026-11-28T06:01:00Z')))).toEqual(['missing']);
    const { owned } = begun({ ...none, runs: [run({ meant: [] })] }, now('2026-11-28T06:01:00Z'));
    expect(unmet(none, owned, now('2026-11-28T06:01:00Z'))).toEqual([]);
    // A deadline bounds a run that there is, and expects none.
    const bounded = publishedWith({ deadline: { ...seven, of: 'day' } });
    expect(unmet({ ...none, publications: [bounded] }, [], now('2026-11-28T06:01:00Z'))).toEqual([]);
  });
});

test('executions of one run are one: as the latest stands, due by any of them', () => {
  const json = (value: unknown) => ({
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(JSON.stringify(value)),
  });
  const row = (runId: string, seconds: number, status: number, deadlineAt: number | null, kind: string) => ({
    execution: { workflowId: 'prices-there:2026-11-27', runId },
    type: { name: 'prices-there' },
    status,
    startTime: { seconds: seconds as never, nanos: 0 },
    memo: {
      fields: {
        gkPace: json({ usualMs: null, expectedMs: null, deadlineMs: null, deadlineAt }),
        gkWhy: json({ kind, at: '2026-11-28T04:00:00Z', by: null, reason: null, ref: null }),
      },
    },
  });
  // Failed, and then achieved by a resume, for which the deadline that was over did not count.
  const rows = [row('e2', 2_000, 2, null, 'resume'), row('e1', 1_000, 3, 1_500_000, 'schedule')];
  for (const one of [rows, [...rows].reverse()])
    expect(runsIn(one)).toMatchObject([
      { execution: 'e2', state: 'achieved', dues: [1_500_000], meant: [at('2026-11-28T04:00:00Z')] },
    ]);
});

test('there is a line for each owner, the most lacking first, with its most urgent items', () => {
  const owned = (owner: string, state: Owned['item']['state'], due: string): Owned => ({
    owner,
    item: { ...{ goal: 'g', team: 't', state, due }, schedule: null, at: null, run: null, key: null },
  });
  const lines = linesOf(
    [
      owned('bob', 'achieved', '2026-11-28T01'),
      owned('ada', 'achieved', '2026-11-28T01'),
      owned('ada', 'missing', '2026-11-28T03'),
      owned('ada', 'missing', '2026-11-28T02'),
    ],
    2,
  );
  expect(lines).toMatchObject([
    { owner: 'ada', due: 3, achieved: 1, missing: 2, late: 0, more: 1 },
    { owner: 'bob', due: 1, achieved: 1, more: 0 },
  ]);
  expect(lines[0]?.items.map(({ due }) => due)).toEqual(['2026-11-28T02', '2026-11-28T03']);
});

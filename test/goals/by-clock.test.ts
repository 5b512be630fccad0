import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../../goals/check.ts';
import { type ByClockDeclaration, goal, schedule } from '../../goals/index.ts';
import { type ByClock, instantOf, momentFor, timesIn } from '../../goals/wire/by-clock.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import type { Why } from '../../goals/wire/run-view.ts';

const PARIS: ByClock = { at: '07:00', timezone: 'Europe/Paris', date: null, plusDays: 0 };
const at = (time: string): number => Date.parse(time);
const why = (kind: Why['kind'], time = '2026-11-28T00:00:00Z', more: Partial<Why> = {}): Why => ({
  ...{ kind, at: time, by: null, reason: null, ref: null },
  ...more,
});
const text = (ms: number | null | undefined): string | null | undefined =>
  ms == null ? ms : new Date(ms).toISOString();
const moment = (terms: Partial<ByClock>, started: string, of: Why, input: unknown = {}) =>
  text(momentFor({ ...PARIS, ...terms }, { startedAt: at(started), why: of, input }));

describe('the moment that a time of day means for a run', () => {
  test('it is on the day of the scheduled time, in the time zone', () => {
    expect(moment({}, '2026-11-28T04:30:05Z', why('schedule', '2026-11-28T04:30:00Z'))).toBe(
      '2026-11-28T06:00:00.000Z',
    );
    // In Paris it is the next day already.
    expect(moment({}, '2026-11-28T23:30:05Z', why('schedule', '2026-11-28T23:30:00Z'))).toBe(
      '2026-11-29T06:00:00.000Z',
    );
    // A catch-up begins on another day than was meant.
    expect(moment({ plusDays: 1 }, '2026-11-29T04:00:00Z', why('schedule', '2026-11-28T04:00:00Z'))).toBe(
      '2026-11-29T06:00:00.000Z',
    );
  });

  test('of a run that nobody scheduled it is on the day of its start', () => {
    expect(moment({}, '2026-11-28T04:30:00Z', why('request', '2020-01-01T00:00:00Z'))).toBe(
      '2026-11-28T06:00:00.000Z',
    );
  });

  test('it is on the day that the input holds, or on that of the start where the input holds none', () => {
    const terms = { date: 'for.day', plusDays: 1 };
    const started = '2026-11-20T12:00:00Z';
    const of = (day: unknown) => moment(terms, started, why('request'), { for: { day } });
    expect(of('2026-11-27')).toBe('2026-11-28T06:00:00.000Z');
    expect(of('2026-11-27T23:30:00Z')).toBe('2026-11-29T06:00:00.000Z');
    expect(of(undefined)).toBe('2026-11-21T06:00:00.000Z');
  });

  test('summer time changes the moment and not the time of day', () => {
    const on = (day: string) => moment({ date: 'day' }, '2026-01-01T00:00:00Z', why('request'), { day });
    expect(on('2026-03-28')).toBe('2026-03-28T06:00:00.000Z');
    expect(on('2026-03-29')).toBe('2026-03-29T05:00:00.000Z');
    expect(on('2026-10-24')).toBe('2026-10-24T05:00:00.000Z');
    expect(on('2026-10-25')).toBe('2026-10-25T06:00:00.000Z');
  });

  test('by-clock.2: a local time that is left out is the end of the gap, one that comes twice is the first', () => {
    // by-clock.2
    const local = (time: string, zone: string) => text(instantOf(at(`${time}Z`), zone));
    expect(local('2026-03-29T02:00', 'Europe/Paris')).toBe('2026-03-29T01:00:00.000Z');
    expect(local('2026-03-29T02:30', 'Europe/Paris')).toBe('2026-03-29T01:00:00.000Z');
    expect(local('2026-03-29T03:00', 'Europe/Paris')).toBe('2026-03-29T01:00:00.000Z');
    expect(local('2026-03-29T01:59', 'Europe/Paris')).toBe('2026-03-29T00:59:00.000Z');
    expect(local('2026-10-25T02:30', 'Europe/Paris')).toBe('2026-10-25T00:30:00.000Z');
    expect(local('2026-10-25T03:00', 'Europe/Paris')).toBe('2026-10-25T02:00:00.000Z');
    expect(local('2026-11-01T01:30', 'America/New_York')).toBe('2026-11-01T05:30:00.000Z');
    // Half an hour, south of the equator.
    expect(local('2026-10-04T02:15', 'Australia/Lord_Howe')).toBe('2026-10-03T15:30:00.000Z');
    // A whole day that a zone left out.
    expect(local('2011-12-30T07:00', 'Pacific/Apia')).toBe('2011-12-30T10:00:00.000Z');
  });

  test('by-clock.3: what is over does not count for a time gone by, and does for what should be in time', () => {
    // by-clock.3
    const late = '2026-11-28T08:00:00Z';
    const scheduled = '2026-11-28T04:00:00Z';
    expect(moment({}, late, why('schedule', scheduled))).toBe('2026-11-28T06:00:00.000Z');
    expect(moment({}, late, why('request'))).toBe('2026-11-28T06:00:00.000Z');
    expect(moment({}, late, why('event'))).toBe('2026-11-28T06:00:00.000Z');
    for (const kind of ['backfill', 'resume', 'goal'] as const)
      expect(moment({}, late, why(kind, scheduled))).toBeNull();
    expect(moment({}, late, why('request', late, { forced: true }))).toBeNull();
    expect(moment({ plusDays: 1 }, late, why('backfill', scheduled))).toBe('2026-11-29T06:00:00.000Z');
  });

  test('what is farther away than any run is open does not count, and of a zone that is not known nothing is said', () => {
    expect(moment({ date: 'day' }, '2026-11-28T00:00:00Z', why('request'), { day: '9999-12-31' })).toBeNull();
    expect(moment({ timezone: 'Mars/Olympus' }, '2026-11-28T00:00:00Z', why('request'))).toBeUndefined();
  });
});

const Day = z.object({ day: z.iso.date(), from: z.iso.datetime().optional(), name: z.string().optional() });
const of = (more: object) =>
  goal({
    name: 'prices-there',
    outcome: 'The prices are there',
    owner: 'ada',
    team: 'shop',
    input: Day,
    output: z.object({ rows: z.int() }),
    key: ['day'],
    criteria: { some: ({ rows }) => rows > 0 },
    pursue: async () => ({ rows: 1 }),
    ...more,
  });

test('the times that the guide shows are fine', async () => {
  const guide = await readFile('docs/guide/due.md', 'utf8');
  const [, shown = ''] = /<!-- by-clock -->\n```ts\n([\s\S]*?)```/.exec(guide) ?? [];
  expect(shown).not.toBe('');
  expect(check([of(new Function(`return { ${shown} }`)())])).toEqual([]);
});

describe('what a start carries', () => {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

  test('by-clock.1: the memo has the moments, and Temporal a timeout that comes after', () => {
    // by-clock.1
    const deadline = { at: '07:00', timezone: 'UTC', date: 'day' };
    const { memo, workflowRunTimeout } = runStart(
      of({ deadline, expected: { ...deadline, at: '06:00' } }),
      { day: tomorrow },
      why('request'),
    );
    const deadlineAt = at(`${tomorrow}T07:00:00Z`);
    expect(memo.gkPace).toEqual({
      ...{ usualMs: null, expectedMs: null, deadlineMs: null },
      ...{ deadlineAt, expectedAt: at(`${tomorrow}T06:00:00Z`) },
    });
    expect(Date.now() + (workflowRunTimeout ?? 0)).toBeGreaterThan(deadlineAt);
  });

  test('an execution that goes on keeps a time that lies ahead, and no other', () => {
    const going = { ...of({ deadline: PARIS, expected: PARIS }) };
    const ahead = Date.now() + 60_000;
    const earlier = { deadline: ahead, expected: 1 };
    const { memo } = runStart({ ...going, earlier }, { day: tomorrow }, why('resume'));
    expect(memo.gkPace).toMatchObject({ deadlineAt: ahead, expectedAt: null });
  });

  test('durations are what they were', () => {
    const { memo } = runStart(of({ deadline: '1h' }), { day: tomorrow }, why('request'));
    expect(memo.gkPace).toEqual({ usualMs: null, expectedMs: null, deadlineMs: 3_600_000 });
    expect(timesIn(memo.gkPace, 1_000)).toEqual({ deadline: 3_601_000, expected: null });
  });
});

describe('what the check refuses', () => {
  const issues = (deadline: unknown, more: object = {}) =>
    check([of({ deadline, ...more })]).map(({ what }) => what);
  const fine: ByClockDeclaration = { at: '07:00', timezone: 'Europe/Paris', of: 'day' };

  test('nothing of a time of day of the day, or of a date in the input', () => {
    expect(issues(fine)).toEqual([]);
    expect(issues({ ...fine, at: '23:59:59', plusDays: 2 })).toEqual([]);
    expect(issues({ at: '07:00', timezone: 'UTC', date: 'day' })).toEqual([]);
    expect(issues({ at: '07:00', timezone: 'UTC', date: 'from' })).toEqual([]);
    expect(issues(undefined, { expected: fine })).toEqual([]);
  });

  test.each([
    [{ ...fine, at: '7:00' }, `deadline.at is "7:00", which is not a time of day; write such as '07:00'`],
    [{ ...fine, at: '24:00' }, `deadline.at is "24:00", which is not a time of day; write such as '07:00'`],
    [
      { ...fine, timezone: 'CET+1' },
      `deadline.timezone is "CET+1", which is not a time zone; write its IANA name, such as 'Europe/Paris'`,
    ],
    [
      { at: '07:00', timezone: 'UTC' },
      "deadline does not say of which day; write `of: 'day'`, or such as `date: 'day'` for a path of the input",
    ],
    [
      { ...fine, date: 'day' },
      "deadline does not say of which day; write `of: 'day'`, or such as `date: 'day'` for a path of the input",
    ],
    [{ ...fine, plusDays: 0.5 }, 'deadline.plusDays is 0.5; give a whole number of days, from -366 to 366'],
    [{ ...fine, plusDay: 1 }, "deadline has no 'plusDay'; it has at, timezone, of, date, plusDays"],
    [
      { at: '07:00', timezone: 'UTC', date: 'name' },
      "deadline.date 'name' is no date in the input; write such as `day: z.iso.date()`",
    ],
    [
      { at: '07:00', timezone: 'UTC', date: 'dya' },
      "deadline.date 'dya' is no date in the input; write such as `day: z.iso.date()`",
    ],
  ])('%j', (deadline, what) => {
    expect(issues(deadline)).toEqual([what]);
  });

  test('a time that is over whenever the schedule comes', () => {
    const nightly = (cron: string) => ({
      on: [schedule(cron, { input: () => ({ day: '2026-11-28' }) })],
    });
    const utc = { ...fine, timezone: 'UTC' };
    expect(issues(utc, nightly('0 5 * * *'))).toEqual([]);
    expect(issues({ ...utc, plusDays: 1 }, nightly('0 23 * * *'))).toEqual([]);
    expect(issues(utc, nightly('0 23 * * *'))).toEqual([
      expect.stringMatching(
        /^deadline: 07:00 in UTC is over when its schedule 'schedule' comes at \S+T23:00:00.000Z; write such as `plusDays: 1`$/,
      ),
    ]);
  });
});

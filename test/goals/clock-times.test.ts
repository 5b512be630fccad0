// Times of schedules over two years of many zones, beside a walk that reads the zone's clock.

import { expect, test } from 'vitest';
import { clockTimes, isClockTime } from '../../goals/wire/clock-times.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Whole hours east and west, half an hour, two hours, midnight, Ramadan, none. */
const ZONES = [
  ...['America/New_York', 'Europe/Paris', 'Europe/London', 'Australia/Lord_Howe', 'America/Havana'],
  ...['Africa/Cairo', 'Asia/Beirut', 'America/Santiago', 'America/St_Johns', 'Pacific/Chatham'],
  ...['Africa/Casablanca', 'Antarctica/Troll', 'Asia/Kolkata', 'Asia/Gaza'],
];
const [FROM, TO] = [Date.UTC(2026, 0, 1), Date.UTC(2028, 0, 1)];

/** A cron expression, and what it says in words of its own, of what the clock shows. */
interface Grain {
  cron: string;
  isOf: (shown: Shown) => boolean;
  everyHour: boolean;
}
interface Shown {
  month: number;
  date: number;
  weekday: number;
  hour: number;
  minute: number;
}
const GRAINS: Grain[] = [
  { cron: '30 1 * * *', isOf: (at) => at.hour === 1 && at.minute === 30, everyHour: false },
  { cron: '15 2 * * *', isOf: (at) => at.hour === 2 && at.minute === 15, everyHour: false },
  { cron: '@daily', isOf: (at) => at.hour === 0 && at.minute === 0, everyHour: false },
  {
    cron: '*/10 0-4 * * *',
    isOf: (at) => at.hour <= 4 && at.minute % 10 === 0,
    everyHour: false,
  },
  {
    cron: '30 0,2,23 * * sun',
    isOf: (at) => [0, 2, 23].includes(at.hour) && at.minute === 30 && at.weekday === 0,
    everyHour: false,
  },
  {
    cron: '30 2 25-31 3,10 *',
    isOf: (at) => at.hour === 2 && at.minute === 30 && at.date >= 25 && [3, 10].includes(at.month),
    everyHour: false,
  },
  { cron: '@hourly', isOf: (at) => at.minute === 0, everyHour: true },
  { cron: '45 * * * *', isOf: (at) => at.minute === 45, everyHour: true },
  {
    cron: '*/20 * * * 0,5',
    isOf: (at) => at.minute % 20 === 0 && [0, 5].includes(at.weekday),
    everyHour: true,
  },
  { cron: '*/5 * * * *', isOf: () => true, everyHour: true },
];

/** No time of the grains is between two steps. */
const STEP = 5 * MINUTE;

/** What the clock shows at each half hour, as if it were UTC: no clock is changed in between. */
function halfHours(zone: string): number[] {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const shown: number[] = [];
  for (let at = FROM; at < TO; at += 30 * MINUTE)
    shown.push(Date.parse(`${format.format(at).replace(' ', 'T')}Z`));
  return shown;
}

const shownAt = (time: number): Shown => {
  const date = new Date(time);
  return {
    ...{ month: date.getUTCMonth() + 1, date: date.getUTCDate(), weekday: date.getUTCDay() },
    ...{ hour: date.getUTCHours(), minute: date.getUTCMinutes() },
  };
};

/** Walks the clock: what it shows anew is due, what it shows again only where each hour counts, what it leaps once. */
function walked(zone: string): number[][] {
  const due = GRAINS.map((): number[] => []);
  let latest = Number.NEGATIVE_INFINITY;
  for (const [i, half] of halfHours(zone).entries())
    for (let n = 0; n < 6; n++) {
      const at = FROM + (i * 6 + n) * STEP;
      const clock = half + n * STEP;
      const shown = shownAt(clock);
      const leapt: Shown[] = [];
      if (latest > 0) for (let gone = latest + STEP; gone < clock; gone += STEP) leapt.push(shownAt(gone));
      const isAgain = clock <= latest;
      for (const [g, { isOf, everyHour }] of GRAINS.entries()) {
        const isShown = isOf(shown) && (everyHour || !isAgain);
        const isLeapt = leapt.length > 0 && (!everyHour || leapt.length % 12 !== 0) && leapt.some(isOf);
        if (isShown || isLeapt) (due[g] as number[]).push(at);
      }
      latest = Math.max(latest, clock);
    }
  return due;
}

const terms = (cron: string, timezone: string, gap?: 'skip') => ({
  ...{ cron: [cron], every: null, timezone },
  ...(gap === undefined ? {} : { gap }),
});
const timesOf = (cron: string, zone: string, from = FROM, to = TO, gap?: 'skip'): number[] => [
  ...clockTimes(terms(cron, zone, gap), from, to),
];
const iso = (times: readonly number[]): string[] => times.map((time) => new Date(time).toISOString());

// clock-times.1, clock-times.2
test.each(ZONES)('in %s two years of each grain are those of a walk that reads the clock', (zone) => {
  const due = walked(zone);
  for (const [g, { cron }] of GRAINS.entries()) {
    const [times, walk] = [timesOf(cron, zone), due[g] as number[]];
    const wrong = times.findIndex((time, i) => time !== walk[i]);
    expect({ cron, wrong, count: times.length }).toEqual({ cron, wrong: -1, count: walk.length });
  }
});

test.each([
  // Twice 1:30.
  ['30 1 * * *', 'America/New_York', '2026-11-01', ['2026-11-01T05:30:00.000Z']],
  ['30 2 * * *', 'Europe/Paris', '2026-10-25', ['2026-10-25T00:30:00.000Z']],
  ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04', ['2026-04-04T14:45:00.000Z']],
  // No 2:30.
  ['30 2 * * *', 'America/New_York', '2026-03-08', ['2026-03-08T07:00:00.000Z']],
  ['10 2 * * *', 'Australia/Lord_Howe', '2026-10-03', ['2026-10-03T15:30:00.000Z']],
  // No midnight.
  ['0 0 * * sun', 'America/Havana', '2026-03-08', ['2026-03-08T05:00:00.000Z']],
  ['0 0 * * *', 'Africa/Cairo', '2026-04-23', ['2026-04-23T22:00:00.000Z']],
  // A day that there was not.
  ['0 5 * * *', 'Pacific/Apia', '2011-12-30', ['2011-12-30T10:00:00.000Z', '2011-12-30T15:00:00.000Z']],
])('%s in %s on %s comes once', (cron, zone, day, expected) => {
  const from = Date.parse(`${day}T00:00:00Z`);
  expect(iso(timesOf(cron, zone, from, from + 24 * HOUR))).toEqual(expected);
});

test('by choice a local time that there is not does not come', () => {
  const from = Date.parse('2026-03-07T12:00:00Z');
  const days = timesOf('30 2 * * *', 'America/New_York', from, from + 48 * HOUR, 'skip');
  expect(iso(days)).toEqual(['2026-03-09T06:30:00.000Z']);
});

test('a range that begins in the hour that comes again, or at the end of a gap, knows what was before', () => {
  const again = Date.parse('2026-11-01T06:10:00Z');
  expect(timesOf('30 1 * * *', 'America/New_York', again, again + HOUR)).toEqual([]);
  const gap = Date.parse('2026-03-08T07:00:00Z');
  expect(timesOf('30 2 * * *', 'America/New_York', gap, gap + 1)).toEqual([gap]);
});

test('a time that another scheduler tells is doubted only where the clock is changed', () => {
  const nightly = terms('30 1 * * *', 'America/New_York');
  expect(isClockTime(nightly, Date.parse('2026-11-01T05:30:00Z'))).toBe(true);
  expect(isClockTime(nightly, Date.parse('2026-11-01T06:30:00Z'))).toBe(false);
  // Its zone data may be newer than ours.
  expect(isClockTime(nightly, Date.parse('2026-07-01T04:30:00Z'))).toBe(true);
});

test('a schedule of an interval knows no clock', () => {
  const every = { cron: [], every: { ms: 900_000, offsetMs: 120_000 }, timezone: 'UTC' };
  expect(iso([...clockTimes(every, Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1, 0, 40))])).toEqual([
    ...['2026-01-01T00:02:00.000Z', '2026-01-01T00:17:00.000Z', '2026-01-01T00:32:00.000Z'],
  ]);
});

test('days of the month and of the week that are both named are either, as POSIX says; with a plus both', () => {
  const year = [Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)] as const;
  // 52 Fridays and 12 thirteenths, 3 of which are Fridays.
  expect(timesOf('0 0 13 * 5', 'UTC', ...year)).toHaveLength(61);
  expect(timesOf('0 0 13 * +5', 'UTC', ...year)).toHaveLength(3);
});

// A schedule's times in Temporal's own terms. Temporal's calendars lose times where the clock is changed: those of the
// first of two hours east of Greenwich, of a whole Sunday whose midnight is left out, of shifts that are no hour. So
// each time near a change is told as an interval: Temporal takes times that come of two for one. What it comes to
// beside them, the trigger drops.

import { clockTimes, localTimes, parsed } from './clock-times.ts';
import type { CronFields } from './cron-fields.ts';
import type { ScheduleTerms } from './schedules.ts';
import { isKnownZone, shiftsBetween, type ZoneShift } from './zone-shifts.ts';

/** A calendar in which every field must fit. An empty field is any. */
export type Calendar = Record<
  'second' | 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek' | 'year',
  number[]
>;

export interface TemporalTimes {
  timezone: string;
  calendars: Calendar[];
  /** Single times, in milliseconds since 1970. */
  extra: number[];
  /** Until then the changes of the clock are told. */
  until: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const YEAR = 365 * DAY;

/** So many years ahead. A worker that starts later goes on from there. */
const YEARS = 20;
/** Temporal looks at each of them whenever it asks for the next time. */
const MOST_EXTRA = 2_000;
export const LEAST_YEARS = 2;

export function temporalTimes(
  terms: Pick<ScheduleTerms, 'cron' | 'every' | 'timezone' | 'gap'>,
  now: number,
): TemporalTimes {
  // From the year's beginning, so that each worker of a year tells Temporal the same.
  const from = Date.UTC(new Date(now).getUTCFullYear(), 0, 1);
  const until = from + YEARS * YEAR;
  const crons = terms.cron.map(parsed);
  const isTold = crons.length > 0 && isKnownZone(terms.timezone);
  const shifts = !isTold ? [] : shiftsBetween(terms.timezone, from, until, WEEK);
  const told = { timezone: terms.timezone, calendars: crons.flatMap(calendarsOf), extra: [], until };
  if (shifts.length === 0) return told;
  const asUtc = inUtc(crons, shifts);
  if (asUtc !== null) return { ...told, timezone: 'UTC', calendars: asUtc };
  const extra: number[] = [];
  const calendars = [...told.calendars];
  for (const shift of shifts) {
    const { first, end } = around(shift);
    const near: number[] = [];
    for (const time of clockTimes(terms, first, end)) {
      near.push(time);
      if (extra.length + near.length > MOST_EXTRA) return { ...told, calendars, extra, until: first };
    }
    extra.push(...near);
    calendars.push(...crons.flatMap((cron) => daysWithoutMidnight(cron, shift)));
  }
  return { ...told, calendars, extra };
}

/** What is wrong with a schedule of so many times where the clock is changed that Temporal cannot be told each. */
export function problemOfTimes(terms: Parameters<typeof temporalTimes>[0], now: number): string | null {
  return temporalTimes(terms, now).until >= now + LEAST_YEARS * YEAR
    ? null
    : `it comes so often that Temporal would lose times where the clock of ${terms.timezone} is changed; ` +
        "write timezone: 'UTC', or leave its days out";
}

/** Temporal errs up to an hour before and after what is repeated or left out. */
function around({ at, before, after }: ZoneShift): { first: number; end: number } {
  const length = Math.abs(before - after);
  // A gap of an hour it leaps as it should.
  if (after - before === HOUR) return { first: at, end: at + HOUR };
  return { first: at - length - HOUR, end: at + length + HOUR };
}

function calendarsOf(cron: CronFields): Calendar[] {
  const { eitherDay, ...fields } = cron;
  if (!eitherDay) return [fields];
  return [
    { ...fields, dayOfWeek: [] },
    { ...fields, dayOfMonth: [] },
  ];
}

/** What comes at the same minutes of every hour of every day is the same in UTC, if the zone moves by whole hours. */
function inUtc(crons: readonly CronFields[], shifts: readonly ZoneShift[]): Calendar[] | null {
  const [{ before }] = shifts as [ZoneShift];
  const isWhole = shifts.every(({ after }) => (after - before) % HOUR === 0);
  const isMinutes = before % 60_000 === 0;
  if (!isWhole || !isMinutes || !crons.every(isOfEveryHour)) return null;
  const minutes = before / 60_000;
  return crons.flatMap((cron) => {
    const minute = cron.minute.map((shown) => (((shown - minutes) % 60) + 60) % 60);
    return calendarsOf({ ...cron, minute: minute.sort((a, b) => a - b) });
  });
}

const isOfEveryHour = ({ hour, dayOfMonth, dayOfWeek, month, year }: CronFields): boolean =>
  hour.length === 24 &&
  dayOfMonth.length === 31 &&
  dayOfWeek.length === 7 &&
  month.length === 12 &&
  year.length === 0;

/** Temporal takes a day whose midnight is left out for the day before, and asks of that which day of the week it is. */
function daysWithoutMidnight(cron: CronFields, { at, before, after }: ZoneShift): Calendar[] {
  const day = Math.ceil((at + before) / DAY) * DAY;
  if (day >= at + after || localTimes(cron, day, day + DAY).next().done) return [];
  const date = new Date(day);
  const { second, minute, hour } = cron;
  return [
    {
      ...{ second, minute, hour, dayOfWeek: [], year: [date.getUTCFullYear()] },
      ...{ month: [date.getUTCMonth() + 1], dayOfMonth: [date.getUTCDate()] },
    },
  ];
}

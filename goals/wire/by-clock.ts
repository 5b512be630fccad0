// A time of day by which a run is due: its terms as data, and the moment that they mean for one run.
//
// by-clock.1. The moment is reckoned once, by whoever starts the run, and stands in the run's memo: another process may have other
//     zone data.
// by-clock.2. A local time that a change of the clock leaves out is the end of that gap; one that comes twice is the first.
// by-clock.3. A moment that is over when the run begins does not count for a run of a time gone by: a backfill, a resume, a forced
//     one, or one that another run needs.

import { z } from 'zod';
import { valueAt } from './run-id.ts';
import type { Pace, Why } from './run-view.ts';
import { offsetsOf, shiftsBetween } from './zone-shifts.ts';

export const byClockSchema = z.object({
  /** `07:00` or `07:00:30`. */
  at: z.string(),
  timezone: z.string(),
  /** The path of the input that holds the day; null: the day of the scheduled time, or else of the start. */
  date: z.string().nullable(),
  plusDays: z.int(),
});

/** A time of day in a time zone, on a day that follows from the run. */
export type ByClock = z.infer<typeof byClockSchema>;

/** What a moment by the clock follows from. */
export interface RunBegin {
  /** In milliseconds since 1970. */
  startedAt: number;
  why: Pick<Why, 'kind' | 'at' | 'forced'>;
  input: unknown;
}

/** When a run must be, and shall be, achieved; in milliseconds since 1970. */
export interface RunTimes {
  deadline: number | null;
  expected: number | null;
}

const DAY = 86_400_000;
/** What is farther away bounds nothing, and Temporal's own times end. */
const FARTHEST = 20 * 366 * DAY;

export const CLOCK_TIME = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** The moment for a run, in milliseconds since 1970; null where none counts, undefined where this process does not know the zone. */
export function momentFor(terms: ByClock, begin: RunBegin): number | null | undefined {
  try {
    const moment = momentOn(dayFor(terms, begin), terms);
    if (moment - begin.startedAt > FARTHEST) return null;
    // by-clock.3
    return moment <= begin.startedAt && isOfTimeGoneBy(begin.why) ? null : moment;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The moment on a day, which is the midnight before it as if it were in UTC. Throws a RangeError for a zone that is not known. */
export function momentOn(day: number, { at, timezone, plusDays }: ByClock): number {
  const [, hours = 0, minutes = 0, seconds = 0] = (CLOCK_TIME.exec(at) ?? []).map(Number);
  return instantOf(day + plusDays * DAY + ((hours * 60 + minutes) * 60 + (seconds || 0)) * 1000, timezone);
}

/** The day that the clocks of a zone show, as its midnight in UTC. Throws a RangeError for a zone that is not known. */
export const localDay = (at: number, timezone: string): number =>
  Math.floor((at + offsetsOf(timezone)(at)) / DAY) * DAY;

/** When a zone's clocks show a time, which is given as if it were in UTC: by-clock.2. Throws a RangeError for a zone that is not known. */
export function instantOf(local: number, timezone: string): number {
  const [from, to] = [local - 2 * DAY, local + 2 * DAY];
  let [begin, offset] = [from, offsetsOf(timezone)(from)];
  for (const { at, after } of shiftsBetween(timezone, from, to)) {
    if (local - offset < at) break;
    [begin, offset] = [at, after];
  }
  // by-clock.2
  return Math.max(begin, local - offset);
}

/** What the start of a run told of its times. */
export function timesIn(pace: Pace | undefined, startedAt: number): RunTimes {
  const after = (ms: number | null | undefined): number | null => (ms == null ? null : startedAt + ms);
  return {
    deadline: pace?.deadlineAt ?? after(pace?.deadlineMs),
    expected: pace?.expectedAt ?? after(pace?.expectedMs),
  };
}

/** `07:00 in Europe/Paris`. */
export const saidByClock = ({ at, timezone }: ByClock): string => `${at} in ${timezone}`;

const isOfTimeGoneBy = ({ kind, forced }: RunBegin['why']): boolean =>
  forced === true || kind === 'backfill' || kind === 'resume' || kind === 'goal';

/** The midnight in UTC of the day that the terms are of. */
function dayFor({ date, timezone }: ByClock, { startedAt, why, input }: RunBegin): number {
  const told = date === null ? undefined : valueAt(input, date);
  const day = typeof told === 'string' ? Date.parse(told) : Number.NaN;
  if (!Number.isNaN(day)) return DATE.test(told as string) ? day : localDay(day, timezone);
  const isMeant = why.kind === 'schedule' || why.kind === 'backfill';
  const meant = isMeant ? Date.parse(why.at) : Number.NaN;
  return localDay(Number.isNaN(meant) ? startedAt : meant, timezone);
}

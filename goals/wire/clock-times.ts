// The times of a schedule, changes of the clock included: no day and no hour is lost or comes twice.
//
// clock-times.1. A schedule that names hours comes once at a local time that comes twice: the first time. One of every hour or
//     finer comes at each hour of real time.
// clock-times.2. A local time that a change leaves out comes once, at the end of that gap, unless the schedule skips it. One of
//     every hour or finer misses nothing in a gap of whole hours.

import { type CronFields, cronFields } from './cron-fields.ts';
import type { ScheduleTerms } from './schedules.ts';
import { isKnownZone, offsetsOf, shiftsBetween, type ZoneShift } from './zone-shifts.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type ClockTerms = Pick<ScheduleTerms, 'cron' | 'every' | 'timezone' | 'gap'>;

/** Each time from `from` on, before `to`, in milliseconds since 1970, in order. */
export function* clockTimes(terms: ClockTerms, from: number, to: number): Generator<number> {
  if (terms.every !== null) return yield* multiples(terms.every, from, to);
  const crons = terms.cron.map(parsed);
  // What was repeated or left out just before still counts for what comes first.
  let begin = from - DAY;
  const shifts = shiftsBetween(terms.timezone, begin, to);
  let offset = shifts[0]?.before ?? offsetsOf(terms.timezone)(begin);
  let shift: ZoneShift | null = null;
  for (const next of [...shifts, null]) {
    const end = Math.min(next?.at ?? to, to);
    for (const time of stretch(crons, terms.gap ?? 'once', begin, end, offset, shift))
      if (time >= from) yield time;
    [begin, offset, shift] = [end, next?.after ?? offset, next];
  }
}

/** Whether a change of the clock is so near that a scheduler with other rules may come at other times. */
const NEAR = 4 * HOUR;

/**
 * Whether the schedule has a time that Temporal came to. Temporal is doubted only where a change of the clock is
 * near: elsewhere it may have newer zone data than this process.
 */
export function isClockTime(terms: ClockTerms, at: number): boolean {
  if (terms.every !== null || !isKnownZone(terms.timezone)) return true;
  if (!isNearShift(terms.timezone, at)) return true;
  // An older deployment took some that are refused now.
  if (terms.cron.some((cron) => typeof cronFields(cron) === 'string')) return true;
  const second = Math.floor(at / SECOND) * SECOND;
  return !clockTimes(terms, second, second + SECOND).next().done;
}

/** The latest time of the schedule before a moment, so far as it is near. */
export const clockTimeBefore = (terms: ClockTerms, at: number): number | null =>
  [...clockTimes(terms, at - NEAR, at)].at(-1) ?? null;

const isNearShift = (zone: string, at: number): boolean =>
  shiftsBetween(zone, at - NEAR, at + NEAR, HOUR).length > 0;

export function parsed(cron: string): CronFields {
  const fields = cronFields(cron);
  if (typeof fields === 'string') throw new RangeError(fields);
  return fields;
}

/** It is not of every hour. */
const namesHours = ({ hour }: CronFields): boolean => hour.length < 24;

/** The times of one stretch without a change, which began with `shift`. */
function* stretch(
  crons: readonly CronFields[],
  gap: 'once' | 'skip',
  begin: number,
  end: number,
  offset: number,
  shift: ZoneShift | null,
): Generator<number> {
  const repeatedUntil = shift === null ? begin : begin + Math.max(0, shift.before - shift.after);
  // clock-times.2: the times that the change left out come once, at its end.
  let made = gap === 'once' && shift !== null && leavesOut(crons, shift) ? [begin] : [];
  for (let day = dayOf(begin + offset); day < end + offset; day += DAY) {
    const [first, last] = [Math.max(day, begin + offset), Math.min(day + DAY, end + offset)];
    const times = new Set(made);
    // clock-times.1: in the repeated hour only schedules of every hour have times.
    for (const cron of crons)
      for (const local of localTimes(cron, first, last))
        if (local - offset >= repeatedUntil || !namesHours(cron)) times.add(local - offset);
    yield* [...times].sort((a, b) => a - b);
    made = [];
  }
}

function leavesOut(crons: readonly CronFields[], { at, before, after }: ZoneShift): boolean {
  return crons.some(
    (cron) =>
      (namesHours(cron) || (after - before) % HOUR !== 0) &&
      !localTimes(cron, at + before, at + after).next().done,
  );
}

/** What the clock shows when it is time, as if it were UTC, from `from` on and before `to`. */
export function* localTimes(cron: CronFields, from: number, to: number): Generator<number> {
  for (let day = dayOf(from); day < to; day += DAY) {
    if (!hasDay(cron, new Date(day))) continue;
    for (const h of cron.hour) {
      const hour = day + h * HOUR;
      if (hour + HOUR <= from || hour >= to) continue;
      for (const m of cron.minute)
        for (const s of cron.second) {
          const time = hour + m * MINUTE + s * SECOND;
          if (time >= from && time < to) yield time;
        }
    }
  }
}

function hasDay({ year, month, dayOfMonth, dayOfWeek, eitherDay }: CronFields, day: Date): boolean {
  if (!month.includes(day.getUTCMonth() + 1)) return false;
  if (year.length > 0 && !year.includes(day.getUTCFullYear())) return false;
  const fits = [dayOfMonth.includes(day.getUTCDate()), dayOfWeek.includes(day.getUTCDay())];
  return eitherDay ? fits.some(Boolean) : fits.every(Boolean);
}

/** As Temporal: in whole seconds since 1970. */
function* multiples(
  { ms, offsetMs }: { ms: number; offsetMs: number },
  from: number,
  to: number,
): Generator<number> {
  const step = Math.floor(ms / SECOND) * SECOND;
  const phase = Math.floor((offsetMs % ms) / SECOND) * SECOND;
  for (let time = Math.ceil((from - phase) / step) * step + phase; time < to; time += step) yield time;
}

const dayOf = (time: number): number => Math.floor(time / DAY) * DAY;

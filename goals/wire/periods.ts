// Hours, days, weeks, months and years as the parts of a key write them: each is a whole number, so that a range of them is arithmetic.

import { offsetsOf } from './zone-shifts.ts';

export const periods = ['hour', 'day', 'week', 'month', 'year'] as const;
export type Period = (typeof periods)[number];

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** 1970 began on a Thursday, and a week begins on Monday. */
const DAYS_TO_MONDAY = 3;

const WRITTEN: Record<Period, RegExp> = {
  hour: /^\d{4}-\d\d-\d\dT\d\d$/,
  day: /^\d{4}-\d\d-\d\d$/,
  week: /^\d{4}-\d\d-\d\d$/,
  month: /^\d{4}-\d\d$/,
  year: /^\d{4}$/,
};

/** How a period of each length is written. */
export const EXAMPLES: Record<Period, string> = {
  hour: '2026-11-20T06',
  day: '2026-11-20',
  week: '2026-11-16, a Monday',
  month: '2026-11',
  year: '2026',
};

/** The number of the period in which a time of UTC lies. */
function numberOf(every: Period, time: number): number {
  const at = new Date(time);
  if (every === 'hour') return Math.floor(time / HOUR);
  if (every === 'day') return Math.floor(time / DAY);
  if (every === 'week') return Math.floor((time / DAY + DAYS_TO_MONDAY) / 7);
  return every === 'month' ? at.getUTCFullYear() * 12 + at.getUTCMonth() : at.getUTCFullYear();
}

/** The number of the period that is written so; null where the text is none. */
export function periodOf(every: Period, text: string): number | null {
  if (!WRITTEN[every].test(text)) return null;
  const first = every === 'hour' ? `${text}:00:00Z` : `${`${text}-01-01`.slice(0, 10)}T00:00:00Z`;
  const time = Date.parse(first);
  if (Number.isNaN(time)) return null;
  const n = numberOf(every, time);
  return textOfPeriod(every, n) === text ? n : null;
}

/** How it is written: a week by its Monday. */
export function textOfPeriod(every: Period, n: number): string {
  if (every === 'hour') return new Date(n * HOUR).toISOString().slice(0, 13);
  if (every === 'day') return new Date(n * DAY).toISOString().slice(0, 10);
  if (every === 'week') return new Date((n * 7 - DAYS_TO_MONDAY) * DAY).toISOString().slice(0, 10);
  if (every === 'month') return new Date(Date.UTC(Math.floor(n / 12), n % 12)).toISOString().slice(0, 7);
  return new Date(Date.UTC(n, 0)).toISOString().slice(0, 4);
}

/** The number of the period that it is at a time, by the clocks of a zone; an hour is one of UTC. */
export const periodAt = (every: Period, at: number, timezone: string): number =>
  numberOf(every, every === 'hour' ? at : at + offsetsOf(timezone)(at));

/** The last period that is over at a time, by the same clocks. */
export const lastPeriodOver = (every: Period, at: number, timezone: string): number =>
  periodAt(every, at, timezone) - 1;

// Cron expressions as Temporal takes them: 5 fields, a year after them, or a year after and seconds before them.

import { cronFields } from './wire/cron-fields.ts';

/** What is wrong with a cron expression; null when nothing is. */
export function problemOfCron(cron: unknown): string | null {
  const found = cronFields(cron);
  return typeof found === 'string' ? found : null;
}

/** One field of calendar times: a number, a cron field such as `'1-5'` or `'mon,thu'`, or a list of them. */
export type CalendarField = number | string | readonly (number | string)[];

/**
 * Times by the calendar. A time must match every field. Date fields are any by default; time fields are 0.
 *
 * @example
 * ```ts
 * import type { CalendarTimes } from 'goalkeeper';
 *
 * export const endOfQuarter: CalendarTimes = {
 *   year: '2026-2028',
 *   month: [3, 6, 9, 12],
 *   dayOfMonth: '28-31',
 *   dayOfWeek: 'mon-fri',
 *   hour: 18,
 *   minute: 30,
 *   second: 15,
 * };
 * ```
 */
export interface CalendarTimes {
  /** Such as `2027` or `'2026-2028'`. @default any */
  year?: CalendarField;
  /** 1 to 12, or `'jan'` to `'dec'`. @default any */
  month?: CalendarField;
  /** 1 to 31. @default any */
  dayOfMonth?: CalendarField;
  /** 0 (Sunday) to 6, or `'sun'` to `'sat'`. @default any */
  dayOfWeek?: CalendarField;
  /** 0 to 23. @default 0 */
  hour?: CalendarField;
  /** 0 to 59. @default 0 */
  minute?: CalendarField;
  /** 0 to 59. @default 0 */
  second?: CalendarField;
}

/**
 * Writes times by the calendar as a cron expression of 7 fields, for `schedule`.
 *
 * @example
 * ```ts
 * import { calendar, schedule } from 'goalkeeper';
 *
 * export const on = [
 *   schedule(calendar({ dayOfWeek: 'mon-fri', hour: 5 }), { input: (at) => ({ time: at.toISOString() }) }),
 * ];
 * ```
 */
export function calendar(times: CalendarTimes): string {
  const {
    second = 0,
    minute = 0,
    hour = 0,
    dayOfMonth = '*',
    month = '*',
    dayOfWeek = '*',
    year = '*',
  } = times;
  const text = (field: CalendarField): string => (Array.isArray(field) ? field.join(',') : String(field));
  // Without the plus, cron takes days that are either.
  const both = text(dayOfMonth) !== '*' && text(dayOfWeek) !== '*' ? '+' : '';
  return [
    ...[second, minute, hour, dayOfMonth, month].map(text),
    ...[`${both}${text(dayOfWeek)}`, text(year)],
  ].join(' ');
}

// Cron expressions as Temporal takes them: 5 fields, a year after them, or a year after and seconds before them.

import { cronFields } from './wire/cron-fields.ts';

/** What is wrong with a cron expression; null when nothing is. */
export function problemOfCron(cron: unknown): string | null {
  const found = cronFields(cron);
  return typeof found === 'string' ? found : null;
}

/** A field of a calendar: a number, a cron field such as `'1-5'` or `'mon,thu'`, or several. */
export type CalendarField = number | string | readonly (number | string)[];

/** Times by the calendar. A time must match every field. Left out: any date, at 0:00:00. */
export interface CalendarTimes {
  year?: CalendarField;
  month?: CalendarField;
  dayOfMonth?: CalendarField;
  dayOfWeek?: CalendarField;
  hour?: CalendarField;
  minute?: CalendarField;
  second?: CalendarField;
}

/** Times by the calendar as a cron expression, for `schedule`: `calendar({ dayOfWeek: 'mon-fri', hour: 5 })`. */
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

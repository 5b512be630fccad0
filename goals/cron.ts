// Cron expressions as Temporal takes them: 5 fields, a year after them, or a year after and seconds before them.

interface Field {
  name: string;
  least: number;
  most: number;
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const SECOND: Field = { name: 'second', least: 0, most: 59 };
const YEAR: Field = { name: 'year', least: 2000, most: 2100 };
const FIELDS: readonly Field[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of the month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of the week', least: 0, most: 7, names: DAYS },
];

const MACRO = /^@(hourly|daily|midnight|weekly|monthly|yearly|annually)$/;

/** What is wrong with a cron expression; null when nothing is. */
export function problemOfCron(cron: unknown): string | null {
  if (typeof cron !== 'string')
    return `${JSON.stringify(cron)} is no cron expression; write such as '0 5 * * *'`;
  if (MACRO.test(cron)) return null;
  const parts = cron.trim().split(/\s+/);
  const fields = { 5: FIELDS, 6: [...FIELDS, YEAR], 7: [SECOND, ...FIELDS, YEAR] }[parts.length];
  if (fields === undefined)
    return `'${cron}' is no cron expression: it has ${parts.length} fields; write five, such as '0 5 * * *'`;
  for (const [i, field] of fields.entries()) {
    const wrong = (parts[i] as string).split(',').find((part) => !isPart(part, field));
    if (wrong !== undefined)
      return `'${cron}' is no cron expression: '${wrong}' is no ${field.name} (${field.least} to ${field.most})`;
  }
  return null;
}

function isPart(part: string, field: Field): boolean {
  const match = /^(\*|[a-z]+|\d+)(?:-([a-z]+|\d+))?(?:\/(\d+))?$/i.exec(part);
  if (match === null) return false;
  const [, from = '', to, step] = match;
  if (step !== undefined && Number(step) === 0) return false;
  if (from === '*') return to === undefined;
  const [first, last] = [numberOf(from, field), numberOf(to ?? from, field)];
  return first !== null && last !== null && first <= last;
}

function numberOf(text: string, { least, most, names }: Field): number | null {
  const named = names?.indexOf(text.slice(0, 3).toLowerCase()) ?? -1;
  if (!/^\d+$/.test(text)) return named === -1 ? null : named + least;
  return Number(text) >= least && Number(text) <= most ? Number(text) : null;
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
  return [second, minute, hour, dayOfMonth, month, dayOfWeek, year]
    .map((field) => (Array.isArray(field) ? field.join(',') : String(field)))
    .join(' ');
}

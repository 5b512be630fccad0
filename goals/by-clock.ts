// `deadline` and `expected` by the clock: how a team writes them, and what can be wrong with one.

import { isTimezone } from './declaration-issues.ts';
import { spoken } from './duration.ts';
import { type ByClock, CLOCK_TIME, saidByClock } from './wire/by-clock.ts';

interface TimeOfDay {
  /** The time of day, such as `'07:00'` or `'07:00:30'`. */
  at: string;
  /** The IANA name of the time zone, such as `'Europe/Paris'`. */
  timezone: string;
  /** Moves the day by as many days of the calendar. @default 0 */
  plusDays?: number;
}

/**
 * A time of day by which a run is due. `of: 'day'`: on the day of its scheduled time, or of its start where it has none. `date`:
 * on the day that the input holds at that path, a `z.iso.date()` or `z.iso.datetime()`; as `of: 'day'` where an input leaves it out.
 *
 * A local time that the change to summer time leaves out is the end of that gap; one that the change back repeats is the first.
 *
 * @example
 * ```ts
 * import type { ByClockDeclaration } from 'goalkeeper';
 *
 * export const deadline: ByClockDeclaration = { at: '07:00', timezone: 'Europe/Paris', date: 'day', plusDays: 1 };
 * ```
 */
export type ByClockDeclaration = TimeOfDay & ({ of: 'day'; date?: never } | { date: string; of?: never });

const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

/** As data; null where it is declared otherwise, or not at all. */
export function byClockOf(given: unknown): ByClock | null {
  if (!isObject(given)) return null;
  const { at, timezone, date, plusDays } = given;
  return {
    at: String(at),
    timezone: String(timezone),
    date: typeof date === 'string' ? date : null,
    plusDays: typeof plusDays === 'number' ? plusDays : 0,
  };
}

const PARTS = ['at', 'timezone', 'of', 'date', 'plusDays'];
const MOST_DAYS = 366;

/** What is impossible in it, apart from the input. Undefined where it is no time of day. */
export function issuesOfByClock(field: string, given: unknown): string[] | undefined {
  if (!isObject(given)) return undefined;
  const { at, timezone, of, date, plusDays = 0 } = given;
  const found: string[] = [];
  const said = (part: string, value: unknown): string => `${field}.${part} is ${JSON.stringify(value)}`;
  if (typeof at !== 'string' || !CLOCK_TIME.test(at))
    found.push(`${said('at', at)}, which is not a time of day; write such as '07:00'`);
  if (!isTimezone(timezone))
    found.push(
      `${said('timezone', timezone)}, which is not a time zone; write its IANA name, such as 'Europe/Paris'`,
    );
  if (date === undefined ? of !== 'day' : of !== undefined || typeof date !== 'string')
    found.push(
      `${field} does not say of which day; write \`of: 'day'\`, or such as \`date: 'day'\` for a path of the input`,
    );
  if (!Number.isInteger(plusDays) || Math.abs(plusDays as number) > MOST_DAYS)
    found.push(
      `${said('plusDays', plusDays)}; give a whole number of days, from -${MOST_DAYS} to ${MOST_DAYS}`,
    );
  for (const part of Object.keys(given))
    if (!PARTS.includes(part)) found.push(`${field} has no '${part}'; it has ${PARTS.join(', ')}`);
  return found;
}

interface Deadline {
  deadlineMs: number | null;
  deadlineBy: ByClock | null;
}

/** `the deadline of 1 h`, `the deadline of 07:00 in Europe/Paris (2026-11-28T06:00:00.000Z)`. */
export const saidDeadline = ({ deadlineMs, deadlineBy }: Deadline, at: number | null): string =>
  deadlineBy === null || at === null
    ? `the deadline of ${spoken(deadlineMs ?? 0)}`
    : `the deadline of ${saidByClock(deadlineBy)} (${new Date(at).toISOString()})`;

/** The schema of a value that holds a day, as JSON Schema. */
export const holdsDay = (schema: unknown): boolean =>
  isObject(schema) && schema.type === 'string' && (schema.format === 'date' || schema.format === 'date-time');

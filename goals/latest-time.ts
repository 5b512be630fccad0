// The scheduled time that a moment belongs to, as a standing outcome of a scheduled goal needs it.

import { problemOfCron } from './cron.ts';
import { clockTimes } from './wire/clock-times.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The nearest first: most schedules have a time within the hour or the day. */
const WINDOWS = [HOUR, DAY, 8 * DAY, 62 * DAY, 366 * DAY, 9 * 366 * DAY];

/**
 * The latest time of a cron expression (or several) at a moment or before it, as `schedule` counts them. By it a goal whose key is
 * its scheduled time finds the run that should hold now. It looks back up to nine years.
 *
 * @param timezone The IANA name of the expression's time zone. Default `'UTC'`.
 * @throws RangeError when the expression is not one, the time zone is unknown, or there was no such time.
 * @example
 * ```ts
 * import { latestTime, type StandingDeclaration } from 'goalkeeper';
 *
 * export const standing: StandingDeclaration = {
 *   fresh: '25h',
 *   pursue: false,
 *   input: (at: Date) => ({ time: latestTime('0 3 * * *', at).toISOString() }),
 * };
 * ```
 */
export function latestTime(cron: string | readonly string[], at: Date, timezone = 'UTC'): Date {
  const crons = typeof cron === 'string' ? [cron] : cron;
  const problem = crons.map(problemOfCron).find((found) => found !== null);
  if (problem !== undefined) throw new RangeError(problem);
  const terms = { cron: [...crons], every: null, timezone };
  let until = at.getTime() + 1;
  for (const window of WINDOWS) {
    let latest: number | null = null;
    for (const time of clockTimes(terms, at.getTime() - window, until)) latest = time;
    if (latest !== null) return new Date(latest);
    until = at.getTime() - window;
  }
  throw new RangeError(`${JSON.stringify(cron)} has no time in the nine years before ${at.toISOString()}`);
}

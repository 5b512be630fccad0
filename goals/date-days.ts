// How far the date that a goal's time of day is of lies from the scheduled time, as the schedule's own input says. The gateway
// runs no team's code, and tells by it when the run of a time is due that has not begun.

import type { Goal } from './goal.ts';
import { declaredSchedules, type Schedule } from './schedule.ts';
import { localDay } from './wire/by-clock.ts';
import { clockTimes } from './wire/clock-times.ts';
import type { Publication } from './wire/publication.ts';
import { valueAt } from './wire/run-id.ts';

const DAY = 86_400_000;
/** The same for each worker of a version: what is published must not differ from start to start. */
const FROM = Date.UTC(2026, 0, 5);

export function dateDaysOf(goal: Goal): Pick<Publication, 'dateDays'> {
  const date = (goal.expectedBy ?? goal.deadlineBy)?.date ?? null;
  if (date === null) return {};
  const days = declaredSchedules(goal).flatMap((schedule) => {
    const found = daysOf(schedule, date);
    return found === null ? [] : [[schedule.terms.name, found] as const];
  });
  return days.length === 0 ? {} : { dateDays: Object.fromEntries(days) };
}

/** Null where the schedule's input holds no date, or cannot be made: that is reported elsewhere. */
function daysOf({ terms, input }: Schedule, date: string): number | null {
  try {
    for (const at of clockTimes(terms, FROM, FROM + 366 * DAY)) {
      const told = Date.parse(String(valueAt(input(new Date(at)), date)));
      return Number.isNaN(told) ? null : Math.round((told - localDay(at, terms.timezone)) / DAY);
    }
  } catch {
    // Its issues say so.
  }
  return null;
}

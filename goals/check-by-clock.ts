// What is wrong between a goal's times of day and its schedules.

import type { Goal } from './goal.ts';
import { declaredSchedules } from './schedule.ts';
import { localDay, momentOn, saidByClock } from './wire/by-clock.ts';
import { clockTimes } from './wire/clock-times.ts';

/** So many of a schedule's next times are compared. */
const TIMES_COMPARED = 60;
const AHEAD_MS = 370 * 86_400_000;

/** A run that would be past its time as soon as its schedule starts it. */
export function issuesOfScheduledTimes(goal: Goal, now: number): string[] {
  return (['deadline', 'expected'] as const).flatMap((field) => {
    const terms = field === 'deadline' ? goal.deadlineBy : goal.expectedBy;
    if (terms === null || terms.date !== null) return [];
    return declaredSchedules(goal).flatMap(({ terms: schedule }) => {
      let compared = 0;
      for (const time of clockTimes(schedule, now, now + AHEAD_MS)) {
        if (momentOn(localDay(time, terms.timezone), terms) <= time)
          return [
            `${field}: ${saidByClock(terms)} is over when its schedule '${schedule.name}' comes at ${new Date(time).toISOString()}; write such as \`plusDays: 1\``,
          ];
        if (++compared === TIMES_COMPARED) break;
      }
      return [];
    });
  });
}

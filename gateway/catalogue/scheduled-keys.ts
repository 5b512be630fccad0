// The keys that a goal's schedules make for the times of a span. What the goal publishes tells them; Temporal tells since when it has a
// schedule, and whether it is paused.

import { clockTimes } from '../../goals/wire/clock-times.ts';
import type { ExpectedKey } from '../../goals/wire/expected-keys.ts';
import { scheduleId } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { keyAt } from '../../goals/wire/schedule-keys.ts';
import type { ScheduleTerms } from '../../goals/wire/schedules.ts';
import { isKnownZone } from '../../goals/wire/zone-shifts.ts';
import { invalid } from '../http/read-query.ts';
import { type Since, WINDOW, windowMs } from '../http/window.ts';

/** Times of one answer. */
const TIMES = 10_000;
const DEFAULT_MS = 30 * 86_400_000;
/** Temporal itself, or its lists, may be late by seconds: sooner no run of a time is missing. */
const BEGINS_WITHIN_MS = 60_000;

export interface TimesAsked {
  /** Default: all schedules whose keys are known. */
  schedule?: string | undefined;
  /** Default: 30 days, but no time before Temporal had the schedule. */
  since?: Since | undefined;
  /** Default: now. */
  until?: Since | undefined;
}

/** What Temporal tells of a schedule, in milliseconds since 1970. */
export interface ScheduleStanding {
  createdAt: number;
  /** Null where it is not paused, or nobody can tell since when. */
  pausedAt: number | null;
}

/** Null where Temporal has no such schedule. */
export type ScheduleStandings = (id: string) => Promise<ScheduleStanding | null>;

/** The keys that are expected at a time, the latest first, and of which span. */
export interface ScheduledKeys {
  schedules: string[];
  from: string;
  to: string;
  keys: ExpectedKey[];
}

/** Whether what the goal publishes tells the keys of any schedule. */
export const hasScheduledKeys = ({ schedules = [], scheduleKeys = {} }: Publication): boolean =>
  schedules.some(({ name }) => scheduleKeys[name] !== undefined);

/** A `Problem` where the goal has no such schedule, or nobody can tell the keys of its times. */
export async function scheduledKeys(
  standingOf: ScheduleStandings,
  publication: Publication,
  asked: TimesAsked,
): Promise<(now: Date) => ScheduledKeys> {
  const { goal, scheduleKeys = {} } = publication;
  const meant = meantSchedules(publication, asked.schedule);
  const standings = await Promise.all(meant.map(({ name }) => standingOf(scheduleId(goal, name))));
  return (at) => {
    const now = at.getTime();
    const until = Math.min(now, asked.until === undefined ? now : instantAt(asked.until, now));
    const since = asked.since === undefined ? null : instantAt(asked.since, now);
    // One key may be that of several times: the latest stands for all.
    const found = new Map<string, ExpectedKey & { at: string }>();
    let [first, count] = [until, 0];
    for (const [i, terms] of meant.entries()) {
      const { createdAt = 0, pausedAt = null } = standings[i] ?? {};
      const from = since ?? Math.max(now - DEFAULT_MS, createdAt);
      first = Math.min(first, from);
      for (const time of clockTimes(terms, from, Math.min(until, now - BEGINS_WITHIN_MS - terms.jitterMs))) {
        if (++count > TIMES)
          throw invalid('since', `is too long ago: the schedules have more than ${TIMES} times since`);
        const one = { ...keyAt(scheduleKeys[terms.name] ?? [], time), at: new Date(time).toISOString() };
        const isPaused = pausedAt !== null && time >= pausedAt;
        const other = found.get(one.key);
        if (other === undefined || other.at < one.at)
          found.set(one.key, isPaused ? { ...one, paused: true } : one);
      }
    }
    return {
      schedules: meant.map(({ name }) => name),
      ...{ from: new Date(first).toISOString(), to: new Date(until).toISOString() },
      keys: [...found.values()].sort((a, b) => b.at.localeCompare(a.at)),
    };
  };
}

function meantSchedules(
  { goal, schedules = [], scheduleKeys = {} }: Publication,
  named: string | undefined,
): ScheduleTerms[] {
  if (named !== undefined && schedules.every(({ name }) => name !== named))
    throw invalid(
      'schedule',
      `is none of ${goal}'s: ${schedules.map(({ name }) => name).join(', ') || 'it has none'}`,
    );
  const meant = schedules.filter(
    ({ name, timezone }) =>
      (named ?? name) === name && scheduleKeys[name] !== undefined && isKnownZone(timezone),
  );
  if (meant.length > 0) return meant;
  throw invalid(
    'schedule',
    schedules.length === 0
      ? `asks for times, and ${goal} has no schedule`
      : `tells no keys: the input of its runs does not follow from their times alone, or an older worker published it`,
  );
}

/** `24h` ago is another time on each page, and the same list: `now` is the time of the first. */
const instantAt = ({ at, text }: Since, now: number): number =>
  WINDOW.test(text) ? now - windowMs(text) : at.getTime();

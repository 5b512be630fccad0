// Which scheduled times a trigger is for: its own; more, or none, after an outage. An outage of Temporal and one of all
// workers look alike here: the trigger comes to begin long after its time.

import { workflowInfo } from '@temporalio/workflow';
import { ON_TIME_MS } from '../../goals/schedule.ts';
import { clockTimeBefore, isClockTime } from '../../goals/wire/clock-times.ts';
import { scheduleId } from '../../goals/wire/names.ts';
import type { ScheduleTerms } from '../../goals/wire/schedules.ts';
import { patched, patches } from '../patches.ts';
import { scheduleTimes } from './triggered-run.ts';

/** Begun later than this, it asks whether further times have come meanwhile. */
const LATE_MS = 5_000;

/** A catch-up makes at most so many runs; of more, the latest. */
const TIMES_AT_MOST = 1_000;
const TIMES_LOOKED_AT = 20_000;

export interface DueTimes {
  /** In milliseconds since 1970, oldest first. */
  times: number[];
  /** How many are passed over. */
  missed: number;
}

export async function dueTimes(goal: string, terms: ScheduleTerms, nominal: number): Promise<DueTimes> {
  const { name, overlap, catchUp, withinMs } = terms;
  if (!isClockTime(terms, nominal) && patched(patches.clockTimes)) return leftOver(terms, nominal);
  const own = { times: [nominal], missed: 0 };
  const now = Date.now();
  const known = dueAlone(terms, { nominal, startedAt: workflowInfo().startTime.getTime(), now });
  if (known !== null) return known ? own : { times: [], missed: 1 };
  const { times, pausedAfter = now } = await scheduleTimes({
    schedule: scheduleId(goal, name),
    after: new Date(nominal).toISOString(),
    until: new Date(now).toISOString(),
    limit: TIMES_LOOKED_AT,
  });
  // What comes while it is paused is nobody's to make.
  const later = times.filter((time) => time <= pausedAfter);
  if (overlap !== 'skip') return later.length > 0 ? { times: [], missed: 1 } : own;
  // With `skip` Temporal starts no trigger beside this one: what was due since is for this one to make.
  const all = [nominal, ...later].filter((time) => now - time <= withinMs);
  const due = all.slice(catchUp === 'last' ? -1 : -TIMES_AT_MOST);
  return { times: due, missed: later.length + 1 - due.length };
}

/** Whether the trigger is for its own time and no other: it is, or that is past. Null: what came since is to be asked. */
export function dueAlone(
  { overlap, catchUp, withinMs }: Pick<ScheduleTerms, 'overlap' | 'catchUp' | 'withinMs'>,
  { nominal, startedAt, now }: { nominal: number; startedAt: number; now: number },
): boolean | null {
  // One that waited for its turn is late by no outage: only the time since Temporal started it tells of one.
  const isTurn = overlap === 'bufferAll';
  const late = now - (isTurn ? startedAt : nominal);
  if (catchUp === 'none') return late <= ON_TIME_MS;
  // Each of those that wait for their turn has its own trigger, and so has each that has its run beside others.
  if (late <= LATE_MS || isTurn) return true;
  return overlap === 'allowAll' && catchUp === 'all' ? late <= withinMs : null;
}

/** Temporal came to a time that the schedule does not have, as the clock is changed: a local time comes again. */
function leftOver(terms: ScheduleTerms, nominal: number): DueTimes {
  // For this trigger Temporal has cancelled that of the time before, which is pursued on.
  const before = terms.overlap === 'cancelOther' ? clockTimeBefore(terms, nominal) : null;
  return { times: before === null ? [] : [before], missed: 0 };
}

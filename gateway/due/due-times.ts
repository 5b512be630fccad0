// Which outcomes a goal's schedules and its declared expectation make due within a span of time: pure.

import { type ByClock, momentOn } from '../../goals/wire/by-clock.ts';
import { clockTimes } from '../../goals/wire/clock-times.ts';
import { scheduleId } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import type { ScheduleTerms } from '../../goals/wire/schedules.ts';
import { isKnownZone, offsetsOf } from '../../goals/wire/zone-shifts.ts';

export interface DueSpan {
  from: number;
  to: number;
}

/** A time of a schedule, and by when its run is due; in milliseconds since 1970. */
export interface ScheduledTime {
  publication: Publication;
  schedule: ScheduleTerms;
  id: string;
  at: number;
  due: number;
}

type Timed = Pick<Publication, 'deadlineBy' | 'deadlineMs' | 'expectedBy' | 'expectedMs'>;

const DAY = 86_400_000;

export const isWithin = (at: number, { from, to }: DueSpan): boolean => at >= from && at < to;

/** By when runs of the goal are due: their expected time, or else their deadline. */
export function dueBy({ expectedBy, expectedMs, deadlineBy, deadlineMs }: Timed): ByClock | number | null {
  return expectedBy ?? expectedMs ?? deadlineBy ?? deadlineMs;
}

/** How long before it is due a run may begin: so far back runs are looked for. */
export function leadMs(publication: Timed): number {
  const terms = dueBy(publication);
  if (terms === null) return 0;
  if (typeof terms === 'number') return Math.min(terms, 40 * DAY);
  return Math.min(40, Math.max(0, terms.plusDays) + (terms.date === null ? 2 : 8)) * DAY;
}

/** The schedules' times whose runs are due within the span, up to `limit`. */
export function scheduledTimes(publication: Publication, span: DueSpan, limit: number): ScheduledTime[] {
  const found: ScheduledTime[] = [];
  for (const schedule of publication.schedules ?? []) {
    const due = dueOf(publication, schedule);
    if (due === null) continue;
    const id = scheduleId(publication.goal, schedule.name);
    for (const at of clockTimes(schedule, span.from - due.aheadMs, span.to + due.behindMs)) {
      if (found.length > limit) return found;
      const by = due.of(at);
      if (isWithin(by, span)) found.push({ publication, schedule, id, at, due: by });
    }
  }
  return found;
}

interface DueOf {
  of(at: number): number;
  /** How long before it is due a scheduled time may be, and how long after. */
  aheadMs: number;
  behindMs: number;
}

/** By when the run of a scheduled time is due; null where this process does not know a zone. */
function dueOf(publication: Publication, schedule: ScheduleTerms): DueOf | null {
  const terms = dueBy(publication);
  if (!isKnownZone(schedule.timezone)) return null;
  if (terms === null) return { of: (at) => at, aheadMs: 0, behindMs: 0 };
  if (typeof terms === 'number') return { of: (at) => at + terms, aheadMs: terms, behindMs: 0 };
  if (!isKnownZone(terms.timezone)) return null;
  const days = terms.date === null ? 0 : (publication.dateDays?.[schedule.name] ?? 0);
  const offsetAt = offsetsOf(terms.date === null ? terms.timezone : schedule.timezone);
  const moments = new Map<number, number>();
  const of = (at: number): number => {
    const day = Math.floor((at + offsetAt(at)) / DAY) * DAY + days * DAY;
    const moment = moments.get(day) ?? momentOn(day, terms);
    moments.set(day, moment);
    return moment;
  };
  const shift = days + terms.plusDays;
  return { of, aheadMs: (Math.max(0, shift) + 2) * DAY, behindMs: (Math.max(0, -shift) + 2) * DAY };
}

/** The moments within the span at which a goal without a schedule is expected: each day, at its time of day. */
export function expectedMoments({ expectedBy, schedules = [] }: Publication, span: DueSpan): number[] {
  if (expectedBy === undefined || schedules.length > 0 || !isKnownZone(expectedBy.timezone)) return [];
  const first = Math.floor(span.from / DAY) * DAY;
  const days = Math.ceil((span.to - first) / DAY) + 4;
  return Array.from({ length: days }, (_, i) =>
    momentOn(first + (i - 2) * DAY, { ...expectedBy, plusDays: 0 }),
  ).filter((moment) => isWithin(moment, span));
}

// Whether a run will be, or was, in time: the only part of its view that changes while nothing happens.

import type { Run, RunError } from '../goals/wire/run-view.ts';
import { coveredTime, type TimeSpan } from '../goals/wire/text/covered-time.ts';

type Timed = Pick<
  Run,
  'state' | 'outcome' | 'startedAt' | 'startsAt' | 'closedAt' | 'deadline' | 'expected' | 'usualMs' | 'steps'
>;

/**
 * At `now`, in milliseconds since 1970. `atRisk`: open, and the next retry, or what is left of the usual duration,
 * would pass the deadline; `earliestEnd` says by when it can be reached. `late`: achieved after the time at which it was expected, or still open past it.
 */
export function inTime(
  run: Timed,
  errors: readonly RunError[],
  now: number,
): Pick<Run, 'atRisk' | 'late' | 'earliestEnd'> {
  const isOpen = run.state !== 'closed';
  const end = run.closedAt === null ? now : Date.parse(run.closedAt);
  const earliest = isOpen && run.deadline !== null ? earliestEnd(run, errors, now) : null;
  const atRisk = earliest !== null && earliest > Date.parse(run.deadline ?? '');
  return {
    atRisk,
    ...(atRisk && { earliestEnd: inMinutes(earliest) }),
    late: (isOpen || run.outcome === 'achieved') && run.expected !== null && end > Date.parse(run.expected),
  };
}

const MINUTE_MS = 60_000;

/** Rounded up, or an answer would be another each time it is asked for. */
const inMinutes = (at: number): string => new Date(Math.ceil(at / MINUTE_MS) * MINUTE_MS).toISOString();

/**
 * The soonest that it can be reached: no step that waits goes on before its next attempt, and what is left of the
 * usual duration comes after that. Time in which a step did nothing but fail or wait for a worker has brought the
 * run no nearer.
 */
function earliestEnd(
  { startedAt, startsAt = startedAt, steps, usualMs }: Timed,
  errors: readonly RunError[],
  now: number,
): number {
  const goesOnAt = Math.max(
    now,
    Date.parse(startsAt),
    ...steps.map(({ nextAttemptAt }) => Date.parse(nextAttemptAt ?? startedAt)),
  );
  if (usualMs === null) return goesOnAt;
  const lost = coveredTime(steps.map((step) => lostBy(step, errors, now)));
  const progress = Math.max(0, now - Date.parse(startsAt) - lost);
  return goesOnAt + Math.max(0, usualMs - progress);
}

/**
 * A step is of no avail until its last error, if it has settled; else until now, if it has one or waits. What waited for
 * a person or an event was of none at all.
 */
function lostBy(
  { path, startedAt, closedAt, state, asked, awaits }: Run['steps'][number],
  errors: readonly RunError[],
  now: number,
): TimeSpan {
  const from = Date.parse(startedAt);
  if (asked !== undefined || awaits !== undefined)
    return [from, closedAt === null ? now : Date.parse(closedAt)];
  const ends = errors.filter(({ step }) => step === path).map(({ at }) => Date.parse(at));
  if (closedAt === null && (ends.length > 0 || state === 'waiting')) return [from, now];
  // By the worker's clock, which may be wrong: no later than the step's own end.
  return [from, Math.min(Math.max(from, ...ends), closedAt === null ? now : Date.parse(closedAt))];
}

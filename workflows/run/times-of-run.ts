// Until when a run must be, and shall be, achieved: durations from its start, and what its start reckoned by the clock.

import { workflowInfo } from '@temporalio/workflow';
import type { Goal } from '../../goals/index.ts';
import { type ByClock, momentFor, type RunTimes } from '../../goals/wire/by-clock.ts';
import { memoNames } from '../../goals/wire/names.ts';
import { type Pace, paceSchema, whySchema } from '../../goals/wire/run-view.ts';
import { countsFrom } from './start-at.ts';

/** `begun`: when it began, in milliseconds since 1970, where that was not here. */
export function timesOfRun(goal: Goal, input: unknown, begun = countsFrom()): RunTimes {
  const startedAt = begun;
  const after = (ms: number | null): number | null => (ms === null ? null : startedAt + ms);
  const { deadlineBy, expectedBy } = goal;
  if (deadlineBy === null && expectedBy === null)
    return { deadline: after(goal.deadlineMs), expected: after(goal.expectedMs) };
  const { memo } = workflowInfo();
  const pace: Partial<Pace> = paceSchema.safeParse(memo?.[memoNames.pace]).data ?? {};
  const why = whySchema.safeParse(memo?.[memoNames.why]).data ?? {
    ...{ kind: 'engine' as const, at: '', by: null, reason: null, ref: null },
  };
  const moment = (terms: ByClock, told: number | null | undefined): number | null =>
    // by-clock.1. Started on Temporal's own nobody has reckoned it: a replay by other zone data takes the same steps.
    (told === undefined ? momentFor(terms, { startedAt, why, input }) : told) ?? null;
  return {
    deadline: deadlineBy === null ? after(goal.deadlineMs) : moment(deadlineBy, pace.deadlineAt),
    expected: expectedBy === null ? after(goal.expectedMs) : moment(expectedBy, pace.expectedAt),
  };
}

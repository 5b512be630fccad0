import type { Goal } from '../goals/index.ts';
import { type Schedule, schedulesOf } from '../goals/schedule.ts';
import type { Refused } from './triggered-run.ts';

/** A goal and its schedule of that name; null where this worker's goals have none. */
export function scheduleNamed(
  goals: readonly Goal[],
  goal: string,
  name: string | null,
): { goal: Goal; schedule: Schedule } | null {
  const declared = goals.find((one) => one.name === goal);
  const schedule = declared && schedulesOf(declared).find(({ terms }) => terms.name === name);
  return declared === undefined || schedule === undefined ? null : { goal: declared, schedule };
}

/**
 * The input of the run for a scheduled time. Where the author's function throws it is a text that says so, which a
 * goal does not take: then the run fails with `input`, and its owner is told. A goal that would take it gets no run.
 */
export function scheduledInput(goal: Goal, schedule: Schedule, at: Date): { input: unknown } | Refused {
  try {
    return { input: schedule.input(at) };
  } catch (error) {
    const message = `the input function of the schedule '${schedule.terms.name}' threw for ${at.toISOString()}: ${(error as Error)?.message ?? String(error)}`;
    if (!goal.input.safeParse(message).success) return { input: message };
    return { how: 'refused', code: 'schedule_input_threw', message };
  }
}

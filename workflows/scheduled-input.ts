import type { Goal } from '../goals/index.ts';
import { type Schedule, schedulesOf } from '../goals/schedule.ts';
import type { AskedRun } from '../goals/wire/start.ts';

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

/** What is asked for in any case: whether there is an input must change no command, as a replay may have other code. */
export type MadeInput = Pick<AskedRun, 'input' | 'unmade'>;

/**
 * The input of the run for a scheduled time. Where the author's function throws it is a text that says so, which a
 * goal does not take: then the run fails with `input`, and its owner is told. A goal that would take it gets no run.
 */
export function scheduledInput(goal: Goal, schedule: Schedule, at: Date): MadeInput {
  try {
    return { input: schedule.input(at) };
  } catch (error) {
    const message = `the input function of the schedule '${schedule.terms.name}' threw for ${at.toISOString()}: ${(error as Error)?.message ?? String(error)}`;
    if (!goal.input.safeParse(message).success) return { input: message };
    return { input: null, unmade: { code: 'schedule_input_threw', message } };
  }
}

export const noSchedule = (goal: string, name: string): MadeInput => ({
  input: null,
  unmade: {
    code: 'schedule_unknown',
    message: `The worker's goals have no schedule '${name}' of '${goal}' any more.`,
  },
});

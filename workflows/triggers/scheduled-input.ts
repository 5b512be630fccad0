// The input of a scheduled run, made of its time by the goal's own function.

import { goalNamed } from '../../goals/goal-named.ts';
import type { Goal } from '../../goals/index.ts';
import { declaredSchedules, type Schedule } from '../../goals/schedule.ts';
import type { Code } from '../../goals/wire/codes.ts';
import type { AskedRun } from '../../goals/wire/start.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { saidUncarried, uncarriedIn } from '../../goals/wire/text/uncarried.ts';

const MESSAGE_LIMIT = 1000;

/** A goal and its schedule of that name; null where this worker's goals have none. */
export function scheduleNamed(
  goals: readonly Goal[],
  goal: string,
  name: string | null,
): { goal: Goal; schedule: Schedule } | null {
  const declared = goalNamed(goals, goal);
  const schedule = declared && declaredSchedules(declared).find(({ terms }) => terms.name === name);
  return declared === undefined || schedule === undefined ? null : { goal: declared, schedule };
}

/** What is asked for in any case: whether there is an input must change no command, as a replay may have other code. */
export type ScheduledInput = Pick<AskedRun, 'input' | 'fault' | 'unmade'>;

/**
 * The input of the run for a scheduled time. Where the author's function throws, or gives what JSON cannot carry, it is a
 * text that says so, which a goal does not take: the run fails with that, and its owner is told. A goal that would take it
 * gets no run, as a worker of before the fault was told would pursue it.
 */
export function scheduledInput(goal: Goal, schedule: Schedule, at: Date): ScheduledInput {
  const of = `the input function of the schedule '${schedule.terms.name}'`;
  try {
    const input = schedule.input(at);
    const found = uncarriedIn(input);
    if (found === null) return { input };
    const said = saidUncarried(`what ${of} gave for ${at.toISOString()}`, found);
    return unmadeInput(goal, 'input_invalid', said);
  } catch (error) {
    const said = `${of} threw for ${at.toISOString()}: ${messageOf(error)}`;
    return unmadeInput(goal, 'schedule_input_threw', said);
  }
}

function unmadeInput(goal: Goal, code: Code, said: string): ScheduledInput {
  const fault = { code, message: boundedText(said, MESSAGE_LIMIT) };
  return takes(goal, fault.message) ? { input: null, unmade: fault } : { input: fault.message, fault };
}

function takes(goal: Goal, input: unknown): boolean {
  try {
    return goal.input.safeParse(input).success;
  } catch {
    return false;
  }
}

/** Reading it may throw once more. */
export function messageOf(thrown: unknown): string {
  try {
    return String((thrown as Error)?.message ?? thrown);
  } catch {
    return 'something that cannot be read';
  }
}

export const noSchedule = (goal: string, name: string): ScheduledInput => ({
  input: null,
  unmade: {
    code: 'schedule_unknown',
    message: `The worker's goals have no schedule '${name}' of '${goal}' any more.`,
  },
});

// The triggers by which one goal starts after another: achieved, failed, late.

import type { ForeignGoal } from './foreign-goal.ts';
import type { Goal } from './goal.ts';
import type { TriggerKind } from './trigger.ts';
import { GOAL_NAME } from './wire/run-id.ts';

const FIRST_NAMES = ['input', 'output', 'failure', 'run', 'goal', 'key'];

/** The event of another goal's run that a trigger listens to: it was achieved, it failed, or it is late. */
export type TriggeringOutcome = 'achieved' | 'failed' | 'late';

/** Options of `achieved`, `failed` and `late`. */
export interface OutcomeOptions {
  /**
   * By field of the goal's input: a path into `{ input, output, failure, run, goal, key }` of the other run, such as
   * `{ day: 'input.day', rows: 'output.rows' }`. A field whose path finds nothing is left out.
   * @default {}
   */
  input?: Readonly<Record<string, string>>;
}

/** A trigger that starts a run when a run of another goal ends, or is late. */
export interface OutcomeTrigger {
  readonly kind: 'outcome';
  readonly goal: string;
  readonly on: TriggeringOutcome;
  readonly input: Readonly<Record<string, string>>;
}

/** The goal that a trigger listens to: a goal, one of another module, or the name of one. */
export type ListenedGoal = Goal | ForeignGoal | string;

const heard =
  (on: TriggeringOutcome) =>
  (goal: ListenedGoal, { input = {} }: OutcomeOptions = {}): OutcomeTrigger => ({
    kind: 'outcome',
    goal: typeof goal === 'string' ? goal : goal.name,
    on,
    input,
  });

/**
 * A trigger for `on: [...]` of a goal: each achieved run of the other goal starts a run.
 *
 * @example
 * ```ts
 * import { achieved } from 'goalkeeper';
 *
 * export const on = [achieved('orders-counted', { input: { day: 'input.day', orders: 'output.orders' } })];
 * ```
 */
export const achieved = heard('achieved');

/**
 * A trigger for `on: [...]` of a goal: each failed run of the other goal starts a run. A terminated run counts as failed.
 *
 * @example
 * ```ts
 * import { failed } from 'goalkeeper';
 *
 * export const on = [failed('orders-counted', { input: { day: 'input.day', why: 'failure.code' } })];
 * ```
 */
export const failed = heard('failed');

/**
 * A trigger for `on: [...]` of a goal: each run of the other goal that takes longer than its `expected` starts a run, as soon as
 * it has.
 *
 * @example
 * ```ts
 * import { late } from 'goalkeeper';
 *
 * export const on = [late('orders-counted', { input: { day: 'input.day' } })];
 * ```
 */
export const late = heard('late');

export const outcomesOf = ({ on }: Pick<Goal, 'on'>): OutcomeTrigger[] =>
  on.filter((trigger): trigger is OutcomeTrigger => trigger.kind === 'outcome');

export const outcomeKind: TriggerKind = {
  whyKind: 'outcome',
  issues: (goal) => outcomesOf(goal).flatMap(issuesOfOutcome),
  publish(goal) {
    const outcomes = outcomesOf(goal).map(({ goal: name, on, input }) => ({
      goal: name,
      on,
      input: { ...input },
    }));
    return outcomes.length === 0 ? {} : { outcomes };
  },
};

function issuesOfOutcome({ goal, input }: OutcomeTrigger): string[] {
  const found = GOAL_NAME.test(goal) ? [] : [`listens to a goal whose name is ${JSON.stringify(goal)}`];
  for (const [field, path] of Object.entries(input))
    if (typeof path !== 'string' || !FIRST_NAMES.includes(path.split('.')[0] as string))
      found.push(
        `takes its input's '${field}' from '${path}'; a path begins with one of ${FIRST_NAMES.join(', ')}`,
      );
  return found;
}

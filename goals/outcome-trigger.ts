import type { ForeignGoal } from './foreign-goal.ts';
import type { Goal } from './goal.ts';

/** What of another goal's run is heard of: that it was achieved, that it failed, or that it is late. */
export type HeardOutcome = 'achieved' | 'failed' | 'late';

/** How an outcome becomes input. */
export interface OutcomeOptions {
  /**
   * By name of the field of the input, a path into `{ input, output, failure, run, goal, key }` of the run that is heard
   * of: `{ day: 'input.day', rows: 'output.rows' }`. What is not there is left out. Default: `{}`.
   */
  input?: Readonly<Record<string, string>>;
}

/** Starts a run when a run of another goal ends, or is late. */
export interface OutcomeTrigger {
  readonly kind: 'outcome';
  readonly goal: string;
  readonly on: HeardOutcome;
  readonly input: Readonly<Record<string, string>>;
}

/** A goal, one of another module, or just the name of one. */
type Heard = Goal | ForeignGoal | string;

const heard =
  (on: HeardOutcome) =>
  (goal: Heard, { input = {} }: OutcomeOptions = {}): OutcomeTrigger => ({
    kind: 'outcome',
    goal: typeof goal === 'string' ? goal : goal.name,
    on,
    input,
  });

/** For `on: [...]`: each run of the goal that is achieved starts one. */
export const achieved = heard('achieved');

/** For `on: [...]`: each run of the goal that fails starts one, also one that was terminated. */
export const failed = heard('failed');

/** For `on: [...]`: each run of the goal that passes its `expected` starts one, once it has. */
export const late = heard('late');

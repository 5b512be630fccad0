// A run as a client has it: typed by its goal, and by its outcome.

import type { Failure } from '../goals/wire/failure.ts';
import type { Run } from '../goals/wire/run-view.ts';

/** What a goal takes and gives, and its name. */
export interface GoalShape {
  name: string;
  input: unknown;
  output: unknown;
}

type RunBase<Shape extends GoalShape> = Omit<Run, 'outcome' | 'failure' | 'goal' | 'input' | 'output'> & {
  goal: Shape['name'];
  input: Shape['input'];
};

/** A run: `output` is there where it is achieved, `failure` where it failed. An open run's `outcome` is null. */
export type RunOf<Shape extends GoalShape = GoalShape> =
  | (RunBase<Shape> & { outcome: 'achieved'; output: Shape['output'] })
  | (RunBase<Shape> & { outcome: 'failed'; failure: Failure })
  | (RunBase<Shape> & { outcome: 'cancelled' })
  | (RunBase<Shape> & { outcome: null });

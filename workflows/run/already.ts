// Whether the goal is achieved before anything is done: its `already` looks at the world.

import { type ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { Goal } from '../../goals/index.ts';
import { memoNames } from '../../goals/wire/names.ts';
import { whySchema } from '../../goals/wire/run-view.ts';
import type { Steps } from '../steps/steps.ts';
import { judgeByPast } from './judge-by-past.ts';

/** Null for a goal that does not look, and for a run that is to be pursued whatever there is. */
export function lookOf({ already }: Goal): Goal['already'] {
  const why = whySchema.safeParse(workflowInfo().memo?.[memoNames.why]).data;
  return why?.forced === true ? null : already;
}

/** The goal's output, when it is achieved; undefined when it is to be pursued. */
export async function found(
  look: NonNullable<Goal['already']>,
  goal: Goal,
  steps: Steps,
  input: unknown,
): Promise<unknown> {
  const output = await steps.run(look.job as never, (look.input?.(input) ?? input) as never);
  if (output === null) return undefined;
  try {
    const judging = judgeByPast(goal, output, input);
    if (judging instanceof Promise) await judging;
    return output;
  } catch (error) {
    // An output that does not fit, or a criterion that throws, is a bug: in the end it is judged so once more.
    return (error as ApplicationFailure).type === 'criteria' ? undefined : output;
  }
}

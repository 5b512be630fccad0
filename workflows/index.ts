// Entry of the workflow bundle. The default export takes every workflow type: a run's type is its goal's name.

import { workflowInfo } from '@temporalio/workflow';
import goals from '#goals';
import { KEEP_RECORDS, STANDING_GOAL } from '../goals/wire/names.ts';
import type { Publication } from '../goals/wire/publication.ts';
import type { SweepState } from '../goals/wire/record-sweep.ts';
import { keepRecords } from './keep-records.ts';
import { pursueGoal } from './pursue-goal.ts';
import { standingGoal } from './standing-goal.ts';

export default async function run(input: unknown): Promise<unknown> {
  const { workflowType } = workflowInfo();
  if (workflowType === STANDING_GOAL) return standingGoal(input as Publication);
  if (workflowType === KEEP_RECORDS) return keepRecords(input as SweepState);
  const goal = goals.find(({ name }) => name === workflowType);
  // Not a failure of the run: a worker that knows the goal may be on its way, so the task is tried again.
  if (goal === undefined)
    throw new Error(
      `this worker has no goal '${workflowType}'; its bundle holds: ${goals.map(({ name }) => name).join(', ')}`,
    );
  return pursueGoal(goal, input);
}

// Entry of the workflow bundle. The default export takes every workflow type: a run's type is its goal's name.

import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';
import { z } from 'zod';
import goals from '#goals';
import { goalNamed } from '../goals/goal-named.ts';
import { lightSeedSchema } from '../goals/wire/light.ts';
import { resumeSchema } from '../goals/wire/resume.ts';
import { ownWorkflow } from './own-workflows.ts';
import { failedByInput } from './run/outcome.ts';
import { pursueGoal } from './run/pursue-goal.ts';
import { versioningOf } from './versioning.ts';

/** For whoever looks at what the bundle makes of them: no workflow, as it is no function. */
export { goals };

// Not async: each promise more costs every run.
export default function run(input: unknown, resume?: unknown): Promise<unknown> {
  const { workflowType } = workflowInfo();
  const own = ownWorkflow(workflowType);
  if (own !== undefined) return own(goals, input, resume);
  const goal = goalNamed(goals, workflowType);
  // Not a failure of the run: a worker that knows the goal may be on its way, so the task is tried again.
  if (goal === undefined)
    throw new Error(
      `this worker has no goal '${workflowType}'; its bundle holds: ${goals.map(({ name }) => name).join(', ')}`,
    );
  if (resume === undefined) return pursueGoal(goal, input, null);
  const told = resumeSchema.safeParse(resume);
  if (told.success) return pursueGoal(goal, input, told.data);
  const seed = lightSeedSchema.safeParse(resume);
  if (seed.success) return pursueGoal(goal, input, null, seed.data);
  throw failedByInput(goal.name, `its second argument, a resume, is wrong: ${z.prettifyError(told.error)}`);
}

setWorkflowOptions(() => versioningOf(workflowInfo().workflowType, goals), run);

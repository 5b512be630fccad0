// Runs of a goal that is paused with `hold`: told by its standing goal, and asking themselves whether it still holds.

import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { memoNames, signalNames, standingGoalId } from '../../goals/wire/names.ts';
import { type HoldRequest, type HoldSignal, pauseSchema } from '../../goals/wire/pause.ts';
import { GOAL_NAME } from '../../goals/wire/run-id.ts';

/** Tells the goal's open runs. What has ended meanwhile needs to be told nothing. */
export async function holdRuns({ goal, since, ...told }: HoldRequest): Promise<void> {
  const { client, heartbeat } = Context.current();
  if (!GOAL_NAME.test(goal)) return;
  const begun = since === null ? '' : ` AND StartTime >= '${new Date(since).toISOString()}'`;
  const query = `WorkflowType = '${goal}' AND ExecutionStatus = 'Running'${begun}`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    await client.workflow
      .getHandle(workflowId, runId)
      .signal(signalNames.hold, told satisfies HoldSignal)
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
    heartbeat();
  }
}

/** Whether runs of the goal are held now. */
export async function isHeld(goal: string): Promise<boolean> {
  try {
    const { memo, status } = await Context.current()
      .client.workflow.getHandle(standingGoalId(goal))
      .describe();
    return status.name === 'RUNNING' && (pauseSchema.safeParse(memo?.[memoNames.paused]).data?.hold ?? false);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

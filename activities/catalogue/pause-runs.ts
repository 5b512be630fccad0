// Runs of a goal that is paused with `hold`: told by its catalogue entry, and asking themselves whether it still holds.

import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { namesOf } from '../../goals/wire/former-names.ts';
import { catalogueEntryId, memoNames, signalNames } from '../../goals/wire/names.ts';
import { type PauseRunsRequest, pauseSchema, type RunPauseSignal } from '../../goals/wire/pause.ts';
import { GOAL_NAME } from '../../goals/wire/run-id.ts';
import { publicationOf } from './publications.ts';

/** Tells the goal's open runs. What has ended meanwhile needs to be told nothing. */
export async function pauseRuns({ goal, since, ...told }: PauseRunsRequest): Promise<void> {
  const { client, heartbeat } = Context.current();
  if (!GOAL_NAME.test(goal)) return;
  const begun = since === null ? '' : ` AND StartTime >= '${new Date(since).toISOString()}'`;
  const names = namesOf((await publicationOf(client, goal)) ?? { goal });
  const types = names.map((name) => `'${name}'`).join(', ');
  const query = `WorkflowType IN (${types}) AND ExecutionStatus = 'Running'${begun}`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    await client.workflow
      .getHandle(workflowId, runId)
      .signal(signalNames.hold, told satisfies RunPauseSignal)
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      });
    heartbeat();
  }
}

/** Whether runs of the goal are paused now. */
export async function isPaused(goal: string): Promise<boolean> {
  try {
    const { memo, status } = await Context.current()
      .client.workflow.getHandle(catalogueEntryId(goal))
      .describe();
    return status.name === 'RUNNING' && (pauseSchema.safeParse(memo?.[memoNames.paused]).data?.hold ?? false);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

import { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import { heartbeatSchema, type Ledger } from '../goals/wire/ledger.ts';

/**
 * The ledgers of this run's steps that have not ended, by step path, as the server holds them. A local activity: its
 * result is in the history before the run tears those steps down.
 */
export async function pendingLedgers(): Promise<Record<string, Ledger>> {
  const { info, client } = Context.current();
  const { workflowId, runId } = info.workflowExecution as { workflowId: string; runId: string };
  const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
  const ledgers: Record<string, Ledger> = {};
  for (const { activityId, heartbeatDetails } of raw.pendingActivities ?? []) {
    const payload = heartbeatDetails?.payloads?.[0];
    if (!activityId || !payload) continue;
    const heartbeat = heartbeatSchema.safeParse(defaultPayloadConverter.fromPayload(payload));
    if (heartbeat.success && heartbeat.data.ledger.total > 0) ledgers[activityId] = heartbeat.data.ledger;
  }
  return ledgers;
}

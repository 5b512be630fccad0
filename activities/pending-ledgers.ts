import { Context } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import { emptyLedger, heartbeatSchema, type Ledger } from '../goals/wire/ledger.ts';
import { withLost } from '../goals/wire/lost.ts';

// temporal.api.enums.v1.PendingActivityState
const STARTED = 2;

/**
 * The ledgers of this run's steps that have not ended, by step path, as the server holds them. A local activity: its
 * result is in the history before the run tears those steps down.
 */
export async function pendingLedgers(): Promise<Record<string, Ledger>> {
  const { info, client } = Context.current();
  const { workflowId, runId } = info.workflowExecution as { workflowId: string; runId: string };
  const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
  const ledgers: Record<string, Ledger> = {};
  for (const { activityId, heartbeatDetails, attempt, lastFailure, state } of raw.pendingActivities ?? []) {
    if (!activityId) continue;
    const payload = heartbeatDetails?.payloads?.[0];
    const heartbeat = heartbeatSchema.safeParse(
      payload ? defaultPayloadConverter.fromPayload(payload) : undefined,
    );
    const told = heartbeat.data?.ledger ?? emptyLedger();
    // The worker that would have said so may never come.
    const ledger = lastFailure?.timeoutFailureInfo
      ? withLost(told, attempt ?? 1, new Date().toISOString())
      : told;
    const running = state === STARTED;
    if (ledger.total > 0 || running) ledgers[activityId] = { ...ledger, ...(running ? { running } : {}) };
  }
  return ledgers;
}

import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { batchHeartbeatSchema, isBatchId } from '../../goals/wire/batch.ts';

/** For a job that travels with others: until the server has the answers of all the others. At once for one that is alone. */
export async function batchReported(): Promise<void> {
  const { client, info } = Context.current();
  if (!isBatchId(info.activityId)) return;
  const [first = 0, last = 0] = [...info.activityId.matchAll(/#(\d+)(?=$|\.\.#)/g)].map(([, n]) => Number(n));
  const { workflowId, runId } = info.workflowExecution as { workflowId: string; runId: string };
  const told = async (): Promise<number> => {
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
    const pending = raw.pendingActivities?.find(({ activityId }) => activityId === info.activityId);
    const [payload] = pending?.heartbeatDetails?.payloads ?? [];
    const details: unknown = JSON.parse(Buffer.from(payload?.data ?? Buffer.from('null')).toString());
    return Object.keys(batchHeartbeatSchema.safeParse(details).data?.batch.answers ?? {}).length;
  };
  while ((await told()) < last - first) await pause(20);
}

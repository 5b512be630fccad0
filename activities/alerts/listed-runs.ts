// Closed runs as Temporal's visibility lists them, from what closed last.

import { Context } from '@temporalio/activity';
import type { temporal as proto } from '@temporalio/proto';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { isoOf } from '../../views/event-time.ts';

export type Row = proto.api.workflow.v1.IWorkflowExecutionInfo;

export const closedAt = ({ closeTime }: Row): string => isoOf(closeTime) ?? '';

/** Whether a row is of a run on one of these queues. */
export const oursOf = (taskQueues: readonly string[]): ((row: Row) => boolean) => {
  const queues = new Set(taskQueues);
  return (row) =>
    queues.has(row.taskQueue ?? '') && parseRunId(row.execution?.workflowId ?? '')?.goal === row.type?.name;
};

export async function listRuns(query: string, pageSize: number, pages: number): Promise<Row[]> {
  const { client } = Context.current();
  const rows: Row[] = [];
  let nextPageToken: Uint8Array | null = null;
  for (let page = 0; page < pages; page++) {
    const listed: proto.api.workflowservice.v1.IListWorkflowExecutionsResponse =
      await client.workflowService.listWorkflowExecutions({
        namespace: client.options.namespace,
        query,
        pageSize,
        nextPageToken,
      });
    rows.push(...(listed.executions ?? []));
    nextPageToken = listed.nextPageToken ?? null;
    if (!nextPageToken?.length) break;
  }
  return rows;
}

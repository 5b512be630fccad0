// The executions of one run, the latest first: by a page of what Temporal lists of its ID, and no history.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { hasLight, parseLightExecution } from '../../goals/wire/light.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import type { RunExecutions } from '../../goals/wire/run-row.ts';
import { lightRow } from '../../views/light-row.ts';
import { cursorOf, tokenOf } from '../http/cursor.ts';
import type { FoundRow } from './found-runs.ts';
import { type RowListDeps, readRows } from './list-rows.ts';

/** A page of them. `latest`: the run as it is described, which Temporal may not list yet. */
export async function executionsOf(
  deps: RowListDeps,
  latest: WorkflowExecutionDescription,
  limit: number,
  cursor: string | undefined,
): Promise<RunExecutions> {
  const query = `WorkflowId = '${latest.workflowId}' AND WorkflowType = '${latest.type}'`;
  const token = cursor === undefined ? null : tokenOf(cursor, query);
  const { executions, nextPageToken } = await deps.pages(query, limit, token);
  const listed: FoundRow[] = [...(executions ?? [])];
  const info = latest.raw.workflowExecutionInfo;
  const isListed = listed.some(({ execution }) => execution?.runId === latest.runId);
  const last = await lightOf(deps, latest);
  if (cursor === undefined && last !== null) listed.unshift(last);
  if (cursor === undefined && info?.execution?.runId === latest.runId && !isListed) listed.unshift(info);
  const rows = await readRows(deps, listed, {}, { isEach: true });
  return {
    items: rows.filter((row) => row !== null),
    next: nextPageToken?.length ? cursorOf(nextPageToken, query) : null,
  };
}

/** The last light execution of a run. */
async function lightOf(
  { catalogue, light }: RowListDeps,
  { workflowId, type, runId }: WorkflowExecutionDescription,
): Promise<FoundRow | null> {
  const goal = (await catalogue.all()).find((one) => one.goal === type && hasLight(one));
  if (goal === undefined) return null;
  const key = parseRunId(workflowId)?.key ?? '';
  const execution =
    parseLightExecution(runId) === null ? (await light.latest(goal, [key])).get(key)?.execution : runId;
  const facts = execution === undefined ? null : await light.facts(workflowId, execution);
  return facts && lightRow(facts);
}

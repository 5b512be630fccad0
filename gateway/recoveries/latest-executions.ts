// The latest executions of runs, as Temporal lists them.

import type { temporal as proto } from '@temporalio/proto';
import { value } from '../../views/payload.ts';
import type { Pages } from '../temporal/pages.ts';

export type ListedExecution = proto.api.workflow.v1.IWorkflowExecutionInfo;

/** The most that Temporal lists at once, and runs in one query. */
const [LOOK, RUNS_AT_ONCE] = [1_000, 200];

/** The latest execution of each run. Temporal lists what is open first, then from what closed last. */
export async function latestOf(pages: Pages, runs: readonly string[]): Promise<Map<string, ListedExecution>> {
  const latest = new Map<string, ListedExecution>();
  for (let i = 0; i < runs.length; i += RUNS_AT_ONCE) {
    let left = runs.slice(i, i + RUNS_AT_ONCE);
    while (left.length > 0) {
      const query = `WorkflowId IN (${left.map((run) => `'${run}'`).join(', ')})`;
      const { executions } = await pages(query, LOOK, null);
      for (const row of executions ?? []) {
        const id = row.execution?.workflowId ?? '';
        if (!latest.has(id)) latest.set(id, row);
      }
      if ((executions ?? []).length < LOOK) break;
      left = left.filter((run) => !latest.has(run));
    }
  }
  return latest;
}

export const attribute = (row: ListedExecution, name: string): string | null => {
  const given = value(row.searchAttributes?.indexedFields?.[name]);
  return typeof given === 'string' ? given : null;
};

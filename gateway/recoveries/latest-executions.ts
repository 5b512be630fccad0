// The latest executions of runs, as Temporal lists them, and as hosts know light ones.

import type { temporal as proto } from '@temporalio/proto';
import { hasLight } from '../../goals/wire/light.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import type { Outcome } from '../../goals/wire/run-view.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import { value } from '../../views/payload.ts';
import type { RouteDeps } from '../route-deps.ts';
import type { Pages } from '../temporal/pages.ts';
import { outcomeOf } from '../temporal/visibility-query.ts';

export type ListedExecution = proto.api.workflow.v1.IWorkflowExecutionInfo;

export interface LatestExecution {
  execution: string;
  /** Null while it is open. */
  outcome: Outcome | null;
}

/** The most that Temporal lists at once, and runs in one query. */
const [LOOK, RUNS_AT_ONCE] = [1_000, 200];

/** The latest execution of each run, be that light or not. */
export async function latestOf(
  { pages, light, catalogue }: Pick<RouteDeps, 'pages' | 'light' | 'catalogue'>,
  runs: readonly string[],
): Promise<Map<string, LatestExecution>> {
  const listed = await latestListed(pages, runs);
  const latest = new Map<string, LatestExecution>(
    [...listed].map(([run, { execution, status }]) => [
      run,
      { execution: execution?.runId ?? '', outcome: outcomeOf(status) },
    ]),
  );
  for (const goal of (await catalogue.all()).filter((one) => hasLight(one))) {
    const own = new Map(
      runs.flatMap((run) => {
        const parsed = parseRunId(run);
        return parsed?.goal === goal.goal ? [[parsed.key, run] as const] : [];
      }),
    );
    for (const [key, { execution, begun }] of await light.latest(goal, [...own.keys()])) {
      const run = own.get(key) as string;
      const before = millisecondsOf(listed.get(run)?.startTime) ?? Number.NEGATIVE_INFINITY;
      if (begun >= before) latest.set(run, { execution, outcome: 'achieved' });
    }
  }
  return latest;
}

/** Temporal lists what is open first, then from what closed last. */
async function latestListed(pages: Pages, runs: readonly string[]): Promise<Map<string, ListedExecution>> {
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

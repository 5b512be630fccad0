// What a goal's latest achieved runs measured, for a run that judges by them: a local activity, which reads Temporal.

import { Context } from '@temporalio/activity';
import type { PastRequest } from '../../goals/wire/past-criteria.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { closedCriteria, lastEventsOf } from '../../views/closed-criteria.ts';

/** Runs that are read at once. */
const AT_ONCE = 10;
/** So many times as many runs are looked at as are wanted: not every one has measured. */
const LOOKED_AT = 2;

/** Values of the goal's latest achieved runs, the latest first, by criterion. Lists lag, so the very last may not be there. */
export async function pastOfCriteria({
  goal,
  execution,
  wanted,
}: PastRequest): Promise<Record<string, number[]>> {
  const past = Object.fromEntries(Object.keys(wanted).map((name): [string, number[]] => [name, []]));
  const isDone = () => Object.entries(wanted).every(([name, last]) => (past[name]?.length ?? 0) >= last);
  const most = Math.max(...Object.values(wanted)) * LOOKED_AT;
  const { client } = Context.current();
  const query = `WorkflowType = '${goal}' AND ExecutionStatus = 'Completed'`;
  let page: { id: string; run: string }[] = [];
  let seen = 0;
  const readPage = async (): Promise<void> => {
    for (const measures of await Promise.all(page.map(({ id, run }) => measuresOf(id, run))))
      for (const [name, last] of Object.entries(wanted)) {
        const value = measures[name];
        if (value !== undefined && (past[name]?.length ?? 0) < last) past[name]?.push(value);
      }
    page = [];
  };
  for await (const { workflowId: id, runId: run } of client.workflow.list({
    query,
    pageSize: Math.min(most, 100),
  })) {
    if (parseRunId(id)?.goal !== goal || run === execution) continue;
    page.push({ id, run });
    if (page.length === AT_ONCE) await readPage();
    if (++seen >= most || isDone()) break;
  }
  await readPage();
  return past;
}

async function measuresOf(id: string, execution: string): Promise<Record<string, number>> {
  const { client } = Context.current();
  try {
    const answer = await client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      ...lastEventsOf(id, execution),
    });
    const { criteria = [] } = closedCriteria(answer) ?? {};
    return Object.fromEntries(
      criteria.flatMap(({ name, measured }) => (measured === undefined ? [] : [[name, measured.value]])),
    );
  } catch (error) {
    // Its retention has ended since it was listed.
    if (isNotFound(error)) return {};
    throw error;
  }
}

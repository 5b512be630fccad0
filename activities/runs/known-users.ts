// Who may have used an outcome, by what does not lag: its own history, and the books of the partitions that it made.

import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { partitionBookId } from '../../goals/wire/names.ts';
import type { ExecutionOfRun } from '../../goals/wire/recovery.ts';
import { DOUBTS_LIMIT, type UsedOutcome } from '../../goals/wire/retraction.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { runView } from '../../views/run-view.ts';
import { whoAsked } from '../../views/who-asked.ts';
import { readBook } from '../catalogue/dataset-books.ts';
import { inLanes } from './in-lanes.ts';

type Listed = temporal.api.workflow.v1.IWorkflowExecutionInfo;
type ReadHistory = (
  run: string,
  execution: string,
) => Promise<readonly temporal.api.history.v1.IHistoryEvent[] | null>;

/** As Temporal would list them, and those that said themselves that they took it; whether they used it, their histories say. */
export async function knownUsers(
  client: Client,
  used: readonly UsedOutcome[],
  historyOf: ReadHistory,
  named: readonly ExecutionOfRun[] = [],
): Promise<Listed[]> {
  const users = [...named, ...(await inLanes(used, (one) => usersOf(client, one, historyOf))).flat()];
  const each = new Map(users.map((user) => [user.execution, user]));
  const found = await inLanes([...each.values()].slice(0, DOUBTS_LIMIT), (one) => described(client, one));
  return found.flatMap((one) => one ?? []);
}

async function usersOf(
  client: Client,
  { run: id, execution }: UsedOutcome,
  historyOf: ReadHistory,
): Promise<ExecutionOfRun[]> {
  const events = await historyOf(id, execution);
  if (events === null) return [];
  const users = whoAsked(events);
  const { produced = [] } = runView({ id, execution, events, pendingActivities: [], now: 0 }).run;
  for (const { dataset, key } of produced) {
    const { versions } = await readBook(client, partitionBookId(dataset, key));
    for (const { by, uses } of versions)
      if (by.execution === execution) users.push(...uses.map(({ run, execution }) => ({ run, execution })));
  }
  return users;
}

/** Null of one that Temporal keeps no longer. */
async function described(client: Client, { run, execution }: ExecutionOfRun): Promise<Listed | null> {
  // A light one is found in its host.
  if (parseLightExecution(execution) !== null) return null;
  try {
    const { raw } = await client.workflow.getHandle(run, execution).describe();
    return raw.workflowExecutionInfo ?? null;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

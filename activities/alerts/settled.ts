// Which troubles are settled by now: a key that failed by a later execution of it that was achieved, or by whatever else
// its goal says; an open run, a lease or an outcome that is stale by how that very one stands.

import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Look, Settled, Watched } from '../../goals/wire/alerts.ts';
import { isStandingId, memoNames, standingId } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { GOAL_NAME, parseRunId } from '../../goals/wire/run-id.ts';
import { whySchema } from '../../goals/wire/run-view.ts';
import { standingMemoSchema } from '../../goals/wire/standing.ts';
import { publicationOf } from '../catalogue/publications.ts';
import { closedAt, listRuns, oursOf, type Row } from './listed-runs.ts';

type Key = Watched & { execution: NonNullable<Watched['execution']> };

export async function settledAmong({ watched, taskQueues }: Look): Promise<Settled[]> {
  const isOurs = oursOf(taskQueues);
  const goals = new Map<string, Promise<Publication | null>>();
  const goalOf = (goal: string): Promise<Publication | null> => {
    const known = goals.get(goal) ?? publicationOf(Context.current().client, goal);
    goals.set(goal, known);
    return known;
  };
  const settled: Settled[] = [];
  for (const one of watched) {
    const found = await settledBy(one, goalOf, isOurs);
    if (found !== null) settled.push(one.item === undefined ? found : { ...found, item: one.item });
  }
  return settled;
}

async function settledBy(
  watched: Watched,
  goalOf: (goal: string) => Promise<Publication | null>,
  isOurs: (row: Row) => boolean,
): Promise<Settled | null> {
  const { execution, by } = watched;
  // An alerts workflow that looks for goals, and so could take one key's success for another's: it hears of none.
  if (execution === null) return null;
  const one = { ...watched, execution };
  if (by === 'key') return (await settledKey(one)) ?? (await settledByOthers(one, goalOf, isOurs));
  if (isStandingId(execution.run)) return settledStanding(one, execution.run);
  return settledExecution(one);
}

/** By an execution of the same key that was achieved since. */
async function settledKey(key: Key): Promise<Settled | null> {
  const { run, execution } = key.execution;
  const latest = await described(run);
  if (latest === null) return over(key);
  // Nothing has happened since.
  if (latest.runId === execution) return null;
  if (latest.status.name === 'COMPLETED') return reached(key, run, latest.closeTime);
  const achieved = `WorkflowId = '${run}' AND ExecutionStatus = 'Completed' AND CloseTime > '${timeOf(key)}'`;
  const [row] = parseRunId(run) === null ? [] : await listRuns(achieved, 1, 1);
  return row === undefined ? null : reached(key, run, new Date(closedAt(row)));
}

/** By what the goal says: any later run, or its standing outcome, of what that had asked for. */
async function settledByOthers(
  key: Key,
  goalOf: (goal: string) => Promise<Publication | null>,
  isOurs: (row: Row) => boolean,
): Promise<Settled | null> {
  if (!GOAL_NAME.test(key.goal)) return null;
  const published = await goalOf(key.goal);
  if (published?.heals === 'any') {
    const achieved = `WorkflowType = '${key.goal}' AND ExecutionStatus = 'Completed' AND StartTime > '${timeOf(key)}'`;
    // From what closed last: the last of the page is the first that is known of.
    const row = (await listRuns(achieved, 50, 1)).filter(isOurs).at(-1);
    if (row !== undefined) return reached(key, row.execution?.workflowId ?? '', new Date(closedAt(row)));
  }
  if (published?.standing === undefined) return null;
  const failed = await described(key.execution.run, key.execution.execution);
  const why = whySchema.safeParse(failed?.memo?.[memoNames.why]).data;
  if (why?.kind !== 'standing') return null;
  const found = await settledStanding(key, standingId(key.goal));
  return found?.how === 'reached' ? found : null;
}

/** An outcome stands again once its watcher knows of a run that was achieved since. */
async function settledStanding(watched: Watched, watcher: string): Promise<Settled | null> {
  const found = await described(watcher);
  if (found?.status.name !== 'RUNNING') return over(watched);
  const known = standingMemoSchema.safeParse(found.memo?.[memoNames.standing]).data;
  const { achievedAt = null, run = null } = known ?? {};
  if (achievedAt === null || run === null || achievedAt <= Date.parse(watched.after)) return null;
  return reached(watched, run, new Date(achievedAt));
}

async function settledExecution(key: Key): Promise<Settled | null> {
  const { run, execution } = key.execution;
  const found = await described(run, execution);
  if (found === null) return over(key);
  const { status, closeTime } = found;
  if (status.name === 'RUNNING') return null;
  return status.name === 'COMPLETED' ? reached(key, run, closeTime) : over(key, closeTime);
}

async function described(run: string, execution?: string) {
  try {
    return await Context.current().client.workflow.getHandle(run, execution).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

const timeOf = ({ after }: Watched): string => new Date(after).toISOString();

const reached = ({ alert, goal }: Watched, run: string, at: Date = new Date()): Settled => ({
  ...{ alert, goal, how: 'reached', run },
  at: at.toISOString(),
});

const over = ({ alert, goal, execution }: Watched, at: Date = new Date()): Settled => ({
  ...{ alert, goal, how: 'over', run: execution?.run ?? '' },
  at: at.toISOString(),
});

// Which troubles are settled by now: a key that failed by a later execution of it that was achieved, or by whatever else
// its goal says; an open run, a lease or an outcome that is stale by how that very one stands.

import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Look, SettledAlert, WatchedAlert } from '../../goals/wire/alerts.ts';
import { namesOf } from '../../goals/wire/former-names.ts';
import { hasLight, parseLightExecution } from '../../goals/wire/light.ts';
import { isStandingId, memoNames, standingId } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { GOAL_NAME, parseRunId, runId } from '../../goals/wire/run-id.ts';
import { whySchema } from '../../goals/wire/run-view.ts';
import { standingMemoSchema } from '../../goals/wire/standing.ts';
import { lightSource } from '../../process/light-source.ts';
import { closedCriteria, lastEventsOf } from '../../views/closed-criteria.ts';
import { lightRunAfter } from '../../views/light-feed.ts';
import { currentGoalOf } from '../catalogue/publications.ts';
import { lastLight } from '../runs/find-light.ts';
import { closedAt, listRuns, oursOf, type Row } from './listed-runs.ts';

type Key = WatchedAlert & { execution: NonNullable<WatchedAlert['execution']> };

export async function settledAmong({ watched, taskQueues }: Look): Promise<SettledAlert[]> {
  const isOurs = oursOf(taskQueues);
  const goals = new Map<string, Promise<Publication | null>>();
  const goalOf = (goal: string): Promise<Publication | null> => {
    const known = goals.get(goal) ?? currentGoalOf(Context.current().client, goal);
    goals.set(goal, known);
    return known;
  };
  const settled: SettledAlert[] = [];
  for (const one of watched) {
    const found = await settledBy(one, goalOf, isOurs);
    if (found !== null) settled.push(one.item === undefined ? found : { ...found, item: one.item });
  }
  return settled;
}

async function settledBy(
  watched: WatchedAlert,
  goalOf: (goal: string) => Promise<Publication | null>,
  isOurs: (row: Row) => boolean,
): Promise<SettledAlert | null> {
  const { execution, by } = watched;
  // An alerts workflow that looks for goals, and so could take one key's success for another's: it hears of none.
  if (execution === null) return null;
  const one = { ...watched, execution };
  if (by === 'key')
    return (
      (await settledLightKey(one, await goalOf(one.goal))) ??
      (await settledKey(one)) ??
      (await settledAfterRename(one, await goalOf(one.goal))) ??
      (await settledByOthers(one, goalOf, isOurs))
    );
  if (by === 'criteria') return settledCriteria(one, await goalOf(one.goal));
  if (isStandingId(execution.run)) return settledStanding(one, execution.run);
  return settledExecution(one);
}

/** By an execution of the same key that was achieved since. */
async function settledKey(key: Key): Promise<SettledAlert | null> {
  const { run, execution } = key.execution;
  const latest = await described(run);
  const isLight = parseLightExecution(execution) !== null;
  if (latest === null) return isLight && (await lastLight(run)) !== null ? null : over(key);
  // Nothing has happened since.
  if (latest.runId === execution) return null;
  // Ordinary ones may have been before a light one.
  const isLater = !isLight || (latest.closeTime?.getTime() ?? 0) > Date.parse(key.after);
  if (latest.status.name === 'COMPLETED' && isLater) return reached(key, run, latest.closeTime);
  const achieved = `WorkflowId = '${run}' AND ExecutionStatus = 'Completed' AND CloseTime > '${timeOf(key)}'`;
  const [row] = parseRunId(run) === null ? [] : await listRuns(achieved, 1, 1);
  return row === undefined ? null : reached(key, run, new Date(closedAt(row)));
}

/** By a run of the same key that was achieved since under the name that the goal has by now. */
async function settledAfterRename(key: Key, published: Publication | null): Promise<SettledAlert | null> {
  const known = parseRunId(key.execution.run);
  if (known === null || published === null || published.goal === known.goal) return null;
  const { run, execution } = { run: runId(published.goal, known.key), execution: key.execution.execution };
  if ((await described(run)) === null) return null;
  return settledKey({ ...key, execution: { run, execution } });
}

/** By a light run of the same key, which is in no list of Temporal's. */
async function settledLightKey(key: Key, published: Publication | null): Promise<SettledAlert | null> {
  const known = parseRunId(key.execution.run);
  if (known === null || published === null || !hasLight(published)) return null;
  const run = runId(published.goal, known.key);
  const last = await lastLight(run);
  // It may be this one that is in doubt.
  if (last === null || last.execution === key.execution.execution) return null;
  // A host remembers whole seconds; it would not have pursued a key again that was open as an ordinary run.
  return last.at + 1000 <= Date.parse(key.after) ? null : reached(key, run, new Date(last.at));
}

/** By what the goal says: any later run, or its standing outcome, of what that had asked for. */
async function settledByOthers(
  key: Key,
  goalOf: (goal: string) => Promise<Publication | null>,
  isOurs: (row: Row) => boolean,
): Promise<SettledAlert | null> {
  if (!GOAL_NAME.test(key.goal)) return null;
  const published = await goalOf(key.goal);
  if (published?.heals === 'any') {
    const types = namesOf(published)
      .map((name) => `'${name}'`)
      .join(', ');
    const achieved = `WorkflowType IN (${types}) AND ExecutionStatus = 'Completed' AND StartTime > '${timeOf(key)}'`;
    // From what closed last: the last of the page is the first that is known of.
    const row = (await listRuns(achieved, 50, 1)).filter(isOurs).at(-1);
    if (row !== undefined) return reached(key, row.execution?.workflowId ?? '', new Date(closedAt(row)));
    const light = await settledByLight(key, published);
    if (light !== null) return light;
  }
  if (published?.standing === undefined) return null;
  const failed = await described(key.execution.run, key.execution.execution);
  const why = whySchema.safeParse(failed?.memo?.[memoNames.why]).data;
  if (why?.kind !== 'standing') return null;
  const found = await settledStanding(key, standingId(published.goal));
  return found?.how === 'reached' ? found : null;
}

/** By a light run, which warns of nothing: with a criterion that is not met a run is an ordinary one. */
async function settledByLight(
  key: Key,
  published: Pick<Publication, 'goal' | 'light' | 'lightBefore'> | null,
): Promise<SettledAlert | null> {
  if (published === null || !hasLight(published)) return null;
  const { client } = Context.current();
  const source = lightSource({ client, call: (make) => make(client.workflowService) });
  const run = await lightRunAfter(source, published.goal, Date.parse(key.after));
  return run === null ? null : reached(key, run.id, new Date(run.closedAt));
}

/** By the goal's latest achieved run, where that came later and warns no more. */
async function settledCriteria(key: Key, published: Publication | null): Promise<SettledAlert | null> {
  if (!GOAL_NAME.test(key.goal)) return null;
  const light = await settledByLight(key, published);
  if (light !== null) return light;
  const achieved = `WorkflowType = '${key.goal}' AND ExecutionStatus = 'Completed' AND CloseTime > '${timeOf(key)}'`;
  const [row] = await listRuns(achieved, 1, 1);
  const { workflowId: run, runId: execution } = row?.execution ?? {};
  if (row === undefined || !run || !execution || execution === key.execution.execution) return null;
  const { client } = Context.current();
  const { namespace } = client.options;
  const answer = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace,
    ...lastEventsOf(run, execution),
  });
  const { criteria = [] } = closedCriteria(answer) ?? {};
  return criteria.every(({ met }) => met) ? reached(key, run, new Date(closedAt(row))) : null;
}

/** An outcome stands again once its watcher knows of a run that was achieved since. */
async function settledStanding(watched: WatchedAlert, watcher: string): Promise<SettledAlert | null> {
  const found = await described(watcher);
  if (found?.status.name !== 'RUNNING') return over(watched);
  const known = standingMemoSchema.safeParse(found.memo?.[memoNames.standing]).data;
  const { achievedAt = null, run = null } = known ?? {};
  if (achievedAt === null || run === null || achievedAt <= Date.parse(watched.after)) return null;
  return reached(watched, run, new Date(achievedAt));
}

async function settledExecution(key: Key): Promise<SettledAlert | null> {
  const { run, execution } = key.execution;
  const found = await described(run, execution);
  if (found === null) return over(key);
  const { status, closeTime } = found;
  if (status.name === 'RUNNING') return null;
  return status.name === 'COMPLETED' ? reached(key, run, closeTime) : over(key, closeTime);
}

/** Null of what is no execution of Temporal's, as a light one, or no longer. */
async function described(run: string, execution?: string) {
  if (execution !== undefined && parseLightExecution(execution) !== null) return null;
  try {
    return await Context.current().client.workflow.getHandle(run, execution).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

const timeOf = ({ after }: WatchedAlert): string => new Date(after).toISOString();

const reached = ({ alert, goal }: WatchedAlert, run: string, at: Date = new Date()): SettledAlert => ({
  ...{ alert, goal, how: 'reached', run },
  at: at.toISOString(),
});

const over = ({ alert, goal, execution }: WatchedAlert, at: Date = new Date()): SettledAlert => ({
  ...{ alert, goal, how: 'over', run: execution?.run ?? '' },
  at: at.toISOString(),
});

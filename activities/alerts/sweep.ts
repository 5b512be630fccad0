// What no signal told: runs that were terminated or timed out, or failed without a word (DESIGN 4.11), and goals
// that are reached again. Bounded in what it reads and in what it returns.

import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import { isGone } from '../../client/gone.ts';
import {
  type Notice,
  noticeOf,
  type SweepRequest,
  type SweepResult,
  type Watched,
} from '../../goals/wire/alerts.ts';
import { isStandingId, memoNames, searchAttributes } from '../../goals/wire/names.ts';
import { GOAL_NAME, parseRunId } from '../../goals/wire/run-id.ts';
import { standingMemoSchema } from '../../goals/wire/standing.ts';
import { isoOf } from '../../views/event-time.ts';
import { value } from '../../views/payload.ts';
import { HistoryReader } from '../../views/read-history.ts';
import { endingOf } from '../../views/run-view.ts';

type Row = proto.api.workflow.v1.IWorkflowExecutionInfo;
type Settled = SweepResult['settled'][number];

const PAGE = 1_000;
const PAGES = 10;
/** Notices returned at once; the next sweep, which follows at once, goes on from there. */
const NOTICES = 100;
/** A closed run is listed a moment after it closed; so much is looked at again. */
const LAG_MS = 10_000;

// temporal.api.enums.v1.HistoryEventFilterType
const CLOSE_EVENT = 2;

export async function sweepRuns(request: SweepRequest): Promise<SweepResult> {
  const { info } = Context.current();
  const queues = new Set(request.taskQueues);
  const known = new Set(request.known);
  const isOurs = (row: Row): boolean =>
    queues.has(row.taskQueue ?? '') && parseRunId(row.execution?.workflowId ?? '')?.goal === row.type?.name;

  const rows = (await list(unsuccessfulSince(request.since), PAGE, PAGES))
    .filter((row) => isOurs(row) && !known.has(row.execution?.runId ?? ''))
    .sort((a, b) => closedAt(a).localeCompare(closedAt(b)));
  const told = rows.slice(0, NOTICES);
  const more = rows.length > told.length;
  const missed: Notice[] = [];
  for (const row of told) missed.push(...(await noticeFrom(row)));

  const settled: Settled[] = [];
  for (const watched of request.watched) settled.push(...(await settledBy(watched, isOurs)));
  // By the server's clock, as the times of closing are.
  const now = new Date(info.currentAttemptScheduledTimestampMs - LAG_MS).toISOString();
  return { missed, settled, more, until: more ? closedAt(told.at(-1) as Row) : now };
}

const closedAt = ({ closeTime }: Row): string => isoOf(closeTime) ?? '';

function unsuccessfulSince(since: string): string {
  const time = new Date(since).toISOString();
  return `${searchAttributes.owner} IS NOT NULL AND ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut') AND CloseTime >= '${time}'`;
}

async function list(query: string, pageSize: number, pages: number): Promise<Row[]> {
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

/** What a closed run says of its end; nothing when Temporal keeps it no longer. */
async function noticeFrom({ execution, searchAttributes: found }: Row): Promise<Notice[]> {
  const { client } = Context.current();
  const { workflowId: run, runId } = execution as { workflowId: string; runId: string };
  try {
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId: run, runId },
      historyEventFilterType: CLOSE_EVENT,
    });
    const { end } = new HistoryReader(history?.events ?? []);
    const failure = end === null ? null : endingOf(end).failure;
    if (end === null || failure === null) return [];
    const text = (name: string): string => String(value(found?.indexedFields?.[name]) ?? '');
    const { owner, team } = searchAttributes;
    const goal = parseRunId(run)?.goal ?? '';
    const told = { goal, run, execution: runId, at: end.at, owner: text(owner), team: text(team) };
    return [noticeOf('failed', told, failure)];
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function settledBy(
  { alert, goal, after, execution }: Watched,
  isOurs: (row: Row) => boolean,
): Promise<Settled[]> {
  if (execution !== null && isStandingId(execution.run))
    return settledStanding(alert, goal, execution.run, after);
  if (execution !== null) return settledExecution(alert, goal, execution);
  if (!GOAL_NAME.test(goal)) return [];
  const achieved = `WorkflowType = '${goal}' AND ExecutionStatus = 'Completed' AND StartTime > '${new Date(after).toISOString()}'`;
  // From what closed last: the last of the page is the first that is known of.
  const row = (await list(achieved, 50, 1)).filter(isOurs).at(-1);
  if (row === undefined) return [];
  return [{ alert, goal, how: 'reached', run: row.execution?.workflowId ?? '', at: closedAt(row) }];
}

/** An outcome that was stale is reached again once its watcher knows of a run that was achieved since. */
async function settledStanding(
  alert: string,
  goal: string,
  watcher: string,
  after: string,
): Promise<Settled[]> {
  try {
    const { status, memo } = await Context.current().client.workflow.getHandle(watcher).describe();
    if (status.name !== 'RUNNING') return [over(alert, goal, watcher)];
    const known = standingMemoSchema.safeParse(memo?.[memoNames.standing]).data;
    const { achievedAt = null, run = null } = known ?? {};
    if (achievedAt === null || run === null || achievedAt <= Date.parse(after)) return [];
    return [{ alert, goal, how: 'reached', run, at: new Date(achievedAt).toISOString() }];
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return [over(alert, goal, watcher)];
  }
}

const over = (alert: string, goal: string, run: string): Settled => ({
  ...{ alert, goal, how: 'over', run },
  at: new Date().toISOString(),
});

async function settledExecution(
  alert: string,
  goal: string,
  { run, execution }: { run: string; execution: string },
): Promise<Settled[]> {
  try {
    const handle = Context.current().client.workflow.getHandle(run, execution);
    const { status, closeTime } = await handle.describe();
    if (status.name === 'RUNNING') return [];
    const at = (closeTime ?? new Date()).toISOString();
    return [{ alert, goal, how: status.name === 'COMPLETED' ? 'reached' : 'over', run, at }];
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return [over(alert, goal, run)];
  }
}

// What no signal told: runs that were terminated or timed out, or failed without a word, and goals
// that are reached again. Bounded in what it reads and in what it returns.

import { Context } from '@temporalio/activity';
import { type Notice, noticeOf, type SweepRequest, type SweepResult } from '../../goals/wire/alerts.ts';
import { searchAttributes } from '../../goals/wire/names.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { closedAs, closeOf } from '../../views/closed-as.ts';
import { value } from '../../views/payload.ts';
import { closedAt, listRuns, oursOf, type Row } from './listed-runs.ts';
import { lookAtOpenRuns, type OpenFound, type OpenRun, type OpenRunsRequest } from './open-runs.ts';
import { openRunsAt } from './open-runs-at.ts';
import { settledAmong } from './settled.ts';

const PAGE = 1_000;
const PAGES = 10;
/** Notices returned at once; the next sweep, which follows at once, goes on from there. */
const NOTICES = 100;
/** A closed run is listed a moment after it closed; so much is looked at again. */
const LAG_MS = 10_000;

export async function sweepRuns(request: SweepRequest): Promise<SweepResult> {
  const { info } = Context.current();
  const known = new Set(request.known);
  const isOurs = oursOf(request.taskQueues);
  if (request.isLook) {
    const settled = await settledAmong(request);
    return { missed: [], settled, more: false, until: request.since };
  }
  const rows = (await listRuns(unsuccessfulSince(request.since), PAGE, PAGES))
    .filter((row) => isOurs(row) && !known.has(row.execution?.runId ?? ''))
    .sort((a, b) => closedAt(a).localeCompare(closedAt(b)));
  const told = rows.slice(0, NOTICES);
  const more = rows.length > told.length;
  const missed: Notice[] = [];
  for (const row of told) missed.push(...(await noticeFrom(row)));
  const looked = request.open === undefined ? null : await openRuns(request.open, request.taskQueues);
  if (looked !== null) missed.push(...looked.notices);

  const settled = await settledAmong(request);
  // By the server's clock, as the times of closing are.
  const now = new Date(info.currentAttemptScheduledTimestampMs - LAG_MS).toISOString();
  const open = looked === null ? {} : { open: looked.open };
  return { missed, settled, more, ...open, until: more ? closedAt(told.at(-1) as Row) : now };
}

const openRuns = (asked: OpenRunsRequest, queues: readonly string[]): Promise<OpenFound> => {
  const { client, info } = Context.current();
  const isOurs = ({ taskQueue, run }: OpenRun): boolean =>
    queues.includes(taskQueue) && parseRunId(run) !== null;
  return lookAtOpenRuns(openRunsAt(client), asked, isOurs, info.currentAttemptScheduledTimestampMs);
};

function unsuccessfulSince(since: string): string {
  const time = new Date(since).toISOString();
  return `${searchAttributes.owner} IS NOT NULL AND ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut') AND CloseTime >= '${time}'`;
}

/** What a closed run says of its end; nothing when Temporal keeps it no longer. */
async function noticeFrom({ execution, memo, searchAttributes: found }: Row): Promise<Notice[]> {
  const { client } = Context.current();
  const { workflowId: run, runId } = execution as { workflowId: string; runId: string };
  try {
    const { namespace } = client.options;
    const answer = await client.workflowService.getWorkflowExecutionHistory({
      namespace,
      ...closeOf(run, runId),
    });
    const end = closedAs(answer, memo);
    // One that could not end itself, and was cancelled, is terminated without a failure.
    if (end === null || end.failure === null) return [];
    const text = (name: string): string => String(value(found?.indexedFields?.[name]) ?? '');
    const { owner, team } = searchAttributes;
    const goal = parseRunId(run)?.goal ?? '';
    const told = { goal, run, execution: runId, at: end.at, owner: text(owner), team: text(team) };
    return [noticeOf('failed', told, end.failure)];
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

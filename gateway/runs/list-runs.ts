// Runs, a page at a time: one row for each ID, its latest execution.

import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';
import { parseRunId } from '../../goals/wire/run-id.ts';
import type { RunSummary } from '../../goals/wire/run-view.ts';
import type { Alerts } from '../alerts.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { concurrently } from '../http/concurrently.ts';
import { badCursor, cursorOf, tokenOf } from '../http/cursor.ts';
import { grpcCodeOf } from '../temporal/grpc-code.ts';
import type { Page, Pages } from '../temporal/pages.ts';
import { isInvalidArgument } from '../temporal/temporal.ts';
import { type RunFilter, runQuery } from '../temporal/visibility-query.ts';
import type { Runs } from './runs.ts';

export interface RunPage {
  items: RunSummary[];
  /** What to give as `cursor` for the next page; null when this is the last. */
  next: string | null;
}

/** Histories read at once; more would not be quicker, and slow the engine. */
const READS_AT_ONCE = 8;
/** How often a page is filled up when rows of it turned out to be older executions. */
const ROUNDS = 4;

type Row = NonNullable<Page['executions']>[number];

export interface ListRuns {
  /** Lists the executions that a query finds. */
  pages: Pages;
  catalogue: Catalogue;
  runs: Runs;
  /** It keeps which runs are stuck, as no run can say so of itself. */
  alerts: Alerts;
  log: Logger;
}

/** The runs that a filter means: those under way first, then from the one that closed last. */
export async function listRuns(
  { pages, catalogue, runs, alerts, log }: ListRuns,
  filter: RunFilter,
  limit: number,
  cursor: string | undefined,
): Promise<RunPage> {
  const goals = await catalogue.all();
  const isUnknown = (field: 'owner' | 'team'): boolean =>
    filter[field] !== undefined && goals.every((publication) => publication[field] !== filter[field]);
  // Without goals there are no runs; nor, perhaps, the search attributes that the query speaks of.
  if (goals.length === 0 || isUnknown('owner') || isUnknown('team')) return { items: [], next: null };
  const executions =
    filter.state === 'stuck' ? (await alerts.kept()).stuck.map(({ execution }) => execution) : undefined;
  if (executions?.length === 0) return { items: [], next: null };
  const query = runQuery({ ...filter, executions }, goals);
  // `since=24h` is a later time on each page, and the same list.
  const { since, ...rest } = filter;
  const asked = `${runQuery(rest, goals)} ${since?.text ?? ''}`;
  let token = cursor === undefined ? null : tokenOf(cursor, asked);
  const items: RunSummary[] = [];
  for (let round = 0; round < ROUNDS && items.length < limit; round++) {
    const page = await pageOf(pages, filter, query, limit - items.length, token);
    const rows = await concurrently(READS_AT_ONCE, page.executions ?? [], (row) => summaryOf(runs, log, row));
    items.push(...rows.filter((row): row is RunSummary => row !== null && matches(row, filter)));
    token = page.nextPageToken ?? null;
    if (!token?.length) return { items, next: null };
  }
  return { items, next: cursorOf(token as Uint8Array, asked) };
}

async function pageOf(
  pages: Pages,
  filter: RunFilter,
  query: string,
  size: number,
  token: Uint8Array | null,
): Promise<Page> {
  try {
    return await pages(query, size, token);
  } catch (error) {
    // The query is of our making; what may be wrong is the token that came from outside.
    if (token !== null && isInvalidArgument(error)) throw badCursor();
    // No worker has registered the search attributes of errors yet, so no run can have any.
    const asksForTold = filter.state === 'struggling' || filter.state === 'waiting' || filter.fingerprint;
    if (isInvalidArgument(error) && asksForTold) return {};
    throw error;
  }
}

async function summaryOf(runs: Runs, log: Logger, { execution, type }: Row): Promise<RunSummary | null> {
  const id = execution?.workflowId ?? '';
  if (parseRunId(id)?.goal !== type?.name) return null;
  try {
    const described = await latestOf(runs, id);
    if (described === null || described.runId !== execution?.runId) return null;
    const { steps: _, input: __, output: ___, ...summary } = (await runs.story(described)).run;
    return summary;
  } catch (error) {
    if (grpcCodeOf(error) !== null) throw error;
    // One history that cannot be told must not hide all the others.
    log.error({ err: error, run: id }, 'the story of this run cannot be told: it is left out of a list');
    return null;
  }
}

async function latestOf(runs: Runs, id: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await runs.describe(id);
  } catch (error) {
    // Its retention may have ended since it was listed.
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

// Lists lag behind by some milliseconds: a run may have closed since, and then it is not what was asked for.
const matches = ({ owner, team, outcome, state, waiting }: RunSummary, filter: RunFilter): boolean =>
  (filter.owner === undefined || filter.owner === owner) &&
  (filter.team === undefined || filter.team === team) &&
  (filter.outcome === undefined || filter.outcome === outcome) &&
  (filter.state === undefined || (filter.state === 'waiting' ? waiting.length > 0 : filter.state === state));

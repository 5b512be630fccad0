// Runs as rows, a page at a time, from what Temporal lists alone: three looks at visibility for a page, however many runs
// there are, and no history but the last event of a run that the server ended.

import { hasLight } from '../../goals/wire/light.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import type { RunRow, RunRowPage } from '../../goals/wire/run-row.ts';
import { grpcCodes } from '../../process/grpc-codes.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import { runRow } from '../../views/run-row.ts';
import type { Alerts } from '../alerts.ts';
import type { Served } from '../catalogue/served.ts';
import type { Clock } from '../temporal/clock.ts';
import { grpcCodeOf } from '../temporal/grpc-code.ts';
import type { Pages } from '../temporal/pages.ts';
import { isInvalidArgument, type Temporal } from '../temporal/temporal.ts';
import type { TrueEnds } from '../temporal/true-outcomes.ts';
import type { RunFilter } from '../temporal/visibility-query.ts';
import { type FoundRow, type FoundRunsDeps, foundRuns, isSieved, queryOf } from './found-runs.ts';
import { marksOfRows } from './tag-index.ts';

export interface RowListDeps extends FoundRunsDeps {
  temporal: Temporal;
  clock: Clock;
  ends: TrueEnds;
  served: Served;
  /** Whether the caller may see values of a team's runs; its key, as its input had it, is one. */
  reveals(team: string | null): boolean;
}

/** What is asked of rows beside what finds them: whether failed ones were accepted, and how many there are. */
export interface RowsAsked extends RunFilter {
  accepted?: boolean | undefined;
}

/** The most that Temporal lists at once. */
const LOOK = 1_000;
/** Accepted executions that one query names. */
const NAMED = 500;
/** A count of many may take long; then nobody waits for it. */
const COUNT_MS = 1_500;

/** The rows that a filter means: those under way first, then from the one that closed last. */
export async function pageOfRows(
  deps: RowListDeps,
  asked: RowsAsked,
  limit: number,
  cursor: string | undefined,
  counted: boolean,
): Promise<RunRowPage> {
  const filter = await acceptedIn(deps.alerts, { ...asked, teams: deps.scope.teams });
  const [page, count] = await Promise.all([
    foundRuns(deps, filter, limit, cursor, (rows) => readRows(deps, rows, filter)),
    counted && isCountable(filter) ? countOf(deps, filter) : null,
  ]);
  return { ...page, items: await withMarks(deps.pages, page.items), count };
}

/** Only what was reached can turn out to be wrong, or to stand on what was. */
async function withMarks(pages: Pages, rows: readonly RunRow[]): Promise<RunRow[]> {
  const achieved = rows.filter(({ outcome }) => outcome === 'achieved');
  const marked = await marksOfRows(pages, achieved);
  return rows.map((row) => {
    const marks = marked.get(row.execution);
    return marks === undefined ? row : { ...row, marks };
  });
}

/** Who accepted a failure is known to the alerts alone, by execution. */
export async function acceptedIn(alerts: Alerts, { accepted, ...filter }: RowsAsked): Promise<RunFilter> {
  if (accepted === undefined) return filter;
  const executions = Object.keys((await alerts.kept()).accepted).slice(0, NAMED);
  const failed: RunFilter = { ...filter, outcome: filter.outcome ?? 'failed' };
  return accepted ? { ...failed, executions } : { ...failed, notExecutions: executions };
}

/**
 * What is shown of these rows: null of one that is not what the filter means, and of an older execution of a run, unless
 * each is wanted.
 */
export async function readRows(
  deps: Pick<RowListDeps, 'scope' | 'pages' | 'alerts' | 'clock' | 'ends' | 'served' | 'reveals' | OfOlder>,
  rows: readonly FoundRow[],
  filter: RunFilter = {},
  { isEach = false }: { isEach?: boolean } = {},
): Promise<(RunRow | null)[]> {
  const { scope, alerts, clock, ends, served, reveals } = deps;
  const [older, known, { stuck, accepted }] = await Promise.all([
    isEach ? new Set<string>() : olderOf(deps, rows),
    ends(rows),
    alerts.kept(),
  ]);
  return Promise.all(
    rows.map(async (info, i): Promise<RunRow | null> => {
      const row = runRow(info, known[i] ?? null, clock.now());
      if (row === null || older.has(row.execution) || !scope.holds(row.team)) return null;
      if (!reveals(row.team)) row.key = parseRunId(row.id)?.key ?? row.key;
      if (row.outcome === 'failed') row.accepted = accepted[row.execution] ?? null;
      if (row.closedAt === null && stuck.some(({ execution }) => execution === row.execution))
        row.state = 'stuck';
      if (!matches(row, filter)) return null;
      if (row.closedAt !== null || !info.taskQueue) return row;
      const noWorker = await served.noWorker(info.taskQueue);
      return noWorker === null ? row : { ...row, noWorker: { queue: info.taskQueue, since: noWorker.since } };
    }),
  );
}

// What is not put into a query, or may have changed since it was listed.
const matches = (row: RunRow, filter: RunFilter): boolean =>
  (filter.owner === undefined || filter.owner === row.owner) &&
  (filter.team === undefined || filter.team === row.team) &&
  (filter.outcome === undefined || filter.outcome === row.outcome) &&
  (filter.state === undefined ||
    filter.state === row.state ||
    // It may wait for a person beside that it struggles.
    ((filter.state === 'waiting' || filter.state === 'asking') && row.waiting.length > 0));

type OfOlder = 'pages' | 'catalogue' | 'light';

/** Those of these executions after which there was another of the same run, be that light or not. */
export async function olderOf(
  { pages, catalogue, light }: Pick<FoundRunsDeps, OfOlder>,
  rows: readonly FoundRow[],
): Promise<Set<string>> {
  const goals = (await catalogue.all()).filter((one) => hasLight(one));
  const [listed, own] = await Promise.all([
    olderThanListed(pages, rows),
    goals.length === 0 ? new Set<string>() : light.superseded(rows, goals),
  ]);
  return new Set([...listed, ...own]);
}

async function olderThanListed(pages: Pages, rows: readonly FoundRow[]): Promise<Set<string>> {
  // Of a run that is open there is none.
  const closed = rows.filter(
    ({ closeTime, execution }) => closeTime && parseRunId(execution?.workflowId ?? '') !== null,
  );
  if (closed.length === 0) return new Set();
  const ids = [...new Set(closed.map(({ execution }) => execution?.workflowId ?? ''))];
  const oldest = Math.min(...closed.map(({ startTime }) => millisecondsOf(startTime) ?? 0));
  const latest = new Map<string, number>();
  for (let left = ids; left.length > 0; ) {
    const query = `WorkflowId IN (${left.map((id) => `'${id}'`).join(', ')}) AND StartTime >= '${new Date(oldest).toISOString()}'`;
    const { executions = [] } = await pages(query, LOOK, null);
    for (const { execution, startTime } of executions ?? []) {
      const id = execution?.workflowId ?? '';
      latest.set(id, Math.max(latest.get(id) ?? 0, millisecondsOf(startTime) ?? 0));
    }
    if ((executions ?? []).length < LOOK) break;
    // A page that is full has the latest of one of them at least.
    left = left.filter((id) => !latest.has(id));
  }
  return new Set(
    closed
      .filter(
        ({ execution, startTime }) =>
          (latest.get(execution?.workflowId ?? '') ?? 0) > (millisecondsOf(startTime) ?? 0),
      )
      .map(({ execution }) => execution?.runId ?? ''),
  );
}

/** Whether a query finds no others than those that are meant. */
const isCountable = (filter: RunFilter): boolean =>
  filter.tag === undefined && filter.mark === undefined && !isSieved(filter);

/** How many executions it finds; null where that takes too long, or nobody can say. */
async function countOf(
  deps: Pick<RowListDeps, 'temporal' | 'catalogue' | 'alerts' | 'light'>,
  filter: RunFilter,
): Promise<number | null> {
  const found = await queryOf(deps, filter);
  if (found === null) return 0;
  const light = await deps.light.count(filter, await deps.catalogue.all());
  if (light === null) return null;
  const { namespace } = deps.temporal;
  try {
    const { count } = await deps.temporal.call(
      (service) => service.countWorkflowExecutions({ namespace, query: found.query }),
      COUNT_MS,
    );
    return Number(count) + light;
  } catch (error) {
    if (isInvalidArgument(error) || grpcCodeOf(error) === grpcCodes.DEADLINE_EXCEEDED) return null;
    throw error;
  }
}

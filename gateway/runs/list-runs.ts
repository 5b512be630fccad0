// Runs, a page at a time, each as its history tells it: one for each ID, its latest execution.

import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { markOfTag } from '../../goals/wire/retraction.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { type RunSummary, runSummarySchema } from '../../goals/wire/run-view.ts';
import { concurrently } from '../http/concurrently.ts';
import { grpcCodeOf } from '../temporal/grpc-code.ts';
import type { RunFilter } from '../temporal/visibility-query.ts';
import { type FoundRow, type FoundRunsDeps, foundRuns } from './found-runs.ts';
import { olderOf } from './list-rows.ts';
import type { Runs } from './runs.ts';
import { tagsOf } from './tag-index.ts';

export interface RunPage {
  items: RunSummary[];
  /** What to give as `cursor` for the next page; null when this is the last. */
  next: string | null;
}

/** Histories read at once; more would not be quicker, and slow the engine. */
const READS_AT_ONCE = 8;

export interface RunListDeps extends FoundRunsDeps {
  runs: Runs;
  log: Logger;
}

/** The runs that a filter means: those under way first, then from the one that closed last. */
export async function pageOfRuns(
  deps: RunListDeps,
  asked: RunFilter,
  limit: number,
  cursor: string | undefined,
): Promise<RunPage> {
  const { scope, runs, log, pages } = deps;
  const filter: RunFilter = { ...asked, teams: scope.teams };
  return foundRuns(deps, filter, limit, cursor, async (rows) => {
    const light = rows.filter((row) => isLight(row));
    const [later, older] = await Promise.all([
      tagsOf(pages, rows),
      light.length === 0 ? new Set<string>() : olderOf(deps, rows),
    ]);
    return concurrently(READS_AT_ONCE, rows, async (row) => {
      if (older.has(row.execution?.runId ?? '')) return null;
      const found = await summaryOf(runs, log, row);
      const summary = found && withTags(found, later.get(found.execution));
      return summary !== null && matches(summary, filter) && scope.holds(summary.team) ? summary : null;
    });
  });
}

/** A run whose tags have changed since its start, or that is marked, has them beside it. */
const withTags = (summary: RunSummary, later: string[] | undefined): RunSummary => {
  if (later === undefined) return summary;
  const { tags: _, ...rest } = summary;
  const marks = later.flatMap((word) => markOfTag(word) ?? []);
  const tags = later.filter((word) => markOfTag(word) === null);
  return {
    ...rest,
    ...(tags.length === 0 ? {} : { tags }),
    ...(marks.length === 0 ? {} : { marks }),
  };
};

const isLight = ({ execution }: FoundRow): boolean => parseLightExecution(execution?.runId ?? '') !== null;

async function summaryOf(runs: Runs, log: Logger, row: FoundRow): Promise<RunSummary | null> {
  const { execution, type } = row;
  const id = execution?.workflowId ?? '';
  if (parseRunId(id)?.goal !== type?.name) return null;
  try {
    const described = await latestOf(runs, row);
    if (described === null || described.runId !== execution?.runId) return null;
    const { run } = await runs.story(described);
    return Object.fromEntries(
      Object.entries(run).filter(([part]) => part in runSummarySchema.shape),
    ) as RunSummary;
  } catch (error) {
    if (grpcCodeOf(error) !== null) throw error;
    // One history that cannot be told must not hide all the others.
    log.error({ err: error, run: id }, 'the story of this run cannot be told: it is left out of a list');
    return null;
  }
}

async function latestOf(runs: Runs, row: FoundRow): Promise<WorkflowExecutionDescription | null> {
  const { workflowId = '', runId = '' } = row.execution as { workflowId?: string; runId?: string };
  try {
    return await (isLight(row) ? runs.describe(workflowId, runId) : runs.describe(workflowId));
  } catch (error) {
    // Its retention may have ended since it was listed.
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

// Lists lag behind by some milliseconds: a run may have closed since, and then it is not what was asked for.
const matches = (
  { owner, team, outcome, state, waiting, waitsFor = [], tags = [], marks = [] }: RunSummary,
  filter: RunFilter,
): boolean =>
  (filter.owner === undefined || filter.owner === owner) &&
  (filter.team === undefined || filter.team === team) &&
  (filter.tag?.every((tag) => tags.includes(tag)) ?? true) &&
  (filter.mark === undefined || marks.includes(filter.mark)) &&
  (filter.outcome === undefined || filter.outcome === outcome) &&
  (filter.state === undefined ||
    (filter.state === 'waiting' ? waiting.length + waitsFor.length > 0 : filter.state === state) ||
    (filter.state === 'asking' && waiting.length > 0));

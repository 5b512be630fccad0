// Retractions: planned, begun and watched. Their workflows mark, on any worker.

import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import type { RetractionPlan, RetractionView } from '../../goals/wire/answers.ts';
import {
  activityNames,
  KEEP_RECORDS,
  LOOK_AGAIN,
  memoNames,
  RETRACTION,
  recordsKeeperId,
  retractionId,
  searchAttributes,
} from '../../goals/wire/names.ts';
import {
  type Doubt,
  doubtSchema,
  NOTHING_DOUBTED,
  type RetractionStart,
  type RetractionTerms,
  retractionMemoSchema,
  retractionTermsSchema,
  type UsedOutcome,
} from '../../goals/wire/retraction.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { retractionStart } from '../../process/retraction-start.ts';
import { usersOf } from '../../views/doubts.ts';
import { isoOf } from '../../views/event-time.ts';
import { firstValue, value } from '../../views/payload.ts';
import { badCursor, cursorOf, tokenOf } from '../http/cursor.ts';
import { Problem } from '../http/problems.ts';
import type { RouteDeps } from '../route-deps.ts';
import { historyOf } from '../runs/stories.ts';
import { useSource } from '../runs/use-source.ts';
import { isInvalidArgument } from '../temporal/temporal.ts';
import { outcomeOf } from '../temporal/visibility-query.ts';
import type { ListedExecution } from './latest-executions.ts';

/** Histories that one plan reads. It says where there are more. */
const READS = 1_000;

export type RetractionDeps = Pick<
  RouteDeps,
  'temporal' | 'catalogue' | 'pages' | 'scope' | 'alertsId' | 'clock'
>;

/** Everything that used it, as far as one answer reads; open ones are not followed on from their end. */
export async function doubtsOf(
  deps: Pick<RetractionDeps, 'temporal' | 'catalogue'>,
  { run, execution }: Pick<UsedOutcome, 'run' | 'execution'>,
): Promise<{ doubts: Doubt[]; truncated: boolean }> {
  const goals = await deps.catalogue.all();
  const source = useSource(deps.temporal);
  const seen = new Set([execution]);
  const doubts: Doubt[] = [];
  let left: UsedOutcome[] = [{ run, execution, path: [run] }];
  let reads = 0;
  while (left.length > 0) {
    const used = left;
    left = [];
    let next: string | null = null;
    do {
      const found = await usersOf(source, goals, used, next);
      reads += found.read;
      const fresh = found.users.filter((user) => !seen.has(user.execution));
      for (const one of fresh) seen.add(one.execution);
      doubts.push(...fresh);
      left.push(...fresh.filter(({ state }) => state === 'achieved'));
      next = found.next;
      if (reads > READS) return { doubts, truncated: true };
    } while (next !== null);
  }
  return { doubts, truncated: false };
}

/** What it would put in doubt; nothing is marked. */
export async function planRetraction(
  deps: RetractionDeps,
  run: Pick<Run, 'id' | 'execution'>,
): Promise<RetractionPlan> {
  const { doubts, truncated } = await doubtsOf(deps, { run: run.id, execution: run.execution });
  return {
    ...{ run: run.id, execution: run.execution, total: doubts.length, truncated },
    ...{ items: doubts.filter(({ team }) => deps.scope.holds(team)), sinks: await sinksOf(deps) },
  };
}

/** Where the marks are kept beyond Temporal's retention: the sinks that keep records, and take what is marked later. */
async function sinksOf({ pages }: Pick<RetractionDeps, 'pages'>): Promise<string[]> {
  const query = `WorkflowType = '${KEEP_RECORDS}' AND ExecutionStatus = 'Running'`;
  const { executions } = await pages(query, 20, null);
  const prefix = recordsKeeperId('', null);
  const sinks = (executions ?? []).map(({ execution }) => (execution?.workflowId ?? '').slice(prefix.length));
  return sinks.filter((sink) => /^(directory|webhook)(:|$)/.test(sink)).sort();
}

/** Of a run that Temporal keeps no longer: nothing could find what used it, and no mark would stay on it. */
export async function forgottenRun(
  deps: Pick<RetractionDeps, 'pages'>,
  { code, message }: Problem,
): Promise<Problem> {
  const sinks = await sinksOf(deps);
  const record =
    sinks.length === 0
      ? 'No sink keeps records of runs that Temporal has forgotten.'
      : `Its record may still be kept by ${sinks.join(', ')}: say there that it is wrong.`;
  return new Problem(code, `${message} Only what Temporal keeps can be retracted. ${record}`);
}

/** Begins it, or looks once more for what used the run since. */
export async function beginRetraction(deps: RetractionDeps, terms: RetractionTerms): Promise<RetractionView> {
  const { call, client } = deps.temporal;
  const workflowId = retractionId(sha256(`${terms.run}\n${terms.execution}`).slice(0, 24));
  const before = await describeIfAny(deps, workflowId);
  // Whoever retracted it first did.
  const first = retractionTermsSchema.safeParse(before?.memo?.[memoNames.retractionTerms]).data;
  const start: RetractionStart = {
    ...{ terms: first ?? terms, alerts: deps.alertsId },
    ...(before !== null && { isAgain: true }),
  };
  await call(() =>
    client.workflow.start(RETRACTION, {
      ...retractionStart(workflowId, start),
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
  );
  if (before?.status.name === 'RUNNING') await lookAgain(deps, workflowId);
  return findRetraction(deps, workflowId);
}

/** One that has just closed has looked. */
async function lookAgain({ temporal }: Pick<RetractionDeps, 'temporal'>, id: string): Promise<void> {
  try {
    await temporal.call(() => temporal.client.workflow.getHandle(id).signal(LOOK_AGAIN));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** One retraction; a `Problem` when there is none, or it is of another team. */
export async function findRetraction(deps: RetractionDeps, id: string): Promise<RetractionView> {
  if (!/^gk-retraction:[0-9a-f]{24}$/.test(id)) throw unknownRetraction(id);
  const [described, sinks] = await Promise.all([describeIfAny(deps, id), sinksOf(deps)]);
  const view = described && viewOf(described.raw.workflowExecutionInfo ?? {}, sinks);
  if (view === null || (deps.scope.teams !== null && !deps.scope.admits(view.team)))
    throw unknownRetraction(id);
  return view;
}

/** The executions that it has marked so far, as its history tells. */
export async function markedBy(deps: RetractionDeps, id: string): Promise<Doubt[]> {
  const events = await historyOf(deps.temporal, id, '');
  const [first] = events;
  const before = value(first?.workflowExecutionStartedEventAttributes?.input?.payloads?.[1]);
  const carried = doubtSchema.array().safeParse((before as { doubts?: unknown } | undefined)?.doubts).data;
  const marked = events.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    if (scheduled?.activityType?.name !== activityNames.markRuns) return [];
    const { doubts } = (firstValue(scheduled.input) ?? {}) as { doubts?: unknown };
    return doubtSchema.array().safeParse(doubts).data ?? [];
  });
  return [...(carried ?? []), ...marked].filter(({ team }) => deps.scope.holds(team));
}

export async function pageOfRetractions(deps: RetractionDeps, limit: number, cursor: string | undefined) {
  const { scope, pages } = deps;
  const whose = scope.teams?.map((team) => `'${team}'`).join(', ');
  if (whose === '') return { items: [], next: null };
  const query = [
    `WorkflowType = '${RETRACTION}'`,
    "ExecutionStatus != 'ContinuedAsNew'",
    ...(whose === undefined ? [] : [`${searchAttributes.team} IN (${whose})`]),
  ].join(' AND ');
  const token = cursor === undefined ? null : tokenOf(cursor, query);
  const page = await pages(query, limit, token).catch((error: unknown) => {
    throw token !== null && isInvalidArgument(error) ? badCursor() : error;
  });
  const sinks = await sinksOf(deps);
  const items = (page.executions ?? []).flatMap((row) => viewOf(row, sinks) ?? []);
  return { items, next: page.nextPageToken?.length ? cursorOf(page.nextPageToken, query) : null };
}

async function describeIfAny(
  { temporal }: Pick<RetractionDeps, 'temporal'>,
  id: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    const found = await temporal.call(() => temporal.client.workflow.getHandle(id).describe());
    return found.type === RETRACTION ? found : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

const unknownRetraction = (id: string): Problem =>
  new Problem(
    'retraction_unknown',
    `There is no retraction ${id.slice(0, 200)}, or Temporal keeps it no longer.`,
  );

/** Null for what this gateway cannot read. */
function viewOf(
  { execution, memo, closeTime, status }: ListedExecution,
  sinks: string[],
): RetractionView | null {
  const terms = retractionTermsSchema.safeParse(value(memo?.fields?.[memoNames.retractionTerms])).data;
  if (terms === undefined) return null;
  const told = retractionMemoSchema.safeParse(value(memo?.fields?.[memoNames.retraction])).data;
  const outcome = outcomeOf(status);
  const progress = told ?? NOTHING_DOUBTED;
  const isWatching = progress.watched > 0;
  return {
    ...{ id: execution?.workflowId ?? '', ...terms, ...progress },
    state: outcome !== null ? 'closed' : isWatching ? 'watching' : 'marking',
    ...{ outcome, closedAt: isoOf(closeTime), sinks },
  };
}

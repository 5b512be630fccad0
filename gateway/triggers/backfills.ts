// Backfills: begun, watched and steered. The work is done by their workflows, on the goal's own queue.

import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import type { BackfillPlan, BackfillView } from '../../goals/wire/answers.ts';
import {
  BACKFILL_PRIORITY,
  BACKFILL_TIMES,
  type BackfillTerms,
  backfillMemoSchema,
  backfillTermsSchema,
  NOTHING_BACKFILLED,
  plannedRunSchema,
  type Steering,
} from '../../goals/wire/backfill.ts';
import { mayUse } from '../../goals/wire/between-goals.ts';
import { BACKFILL, backfillIdPrefix, backfillSignals, memoNames } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { canonicalJson } from '../../goals/wire/text/canonical-json.ts';
import { sha256 } from '../../goals/wire/text/sha256.ts';
import { isoOf } from '../../views/event-time.ts';
import { value } from '../../views/payload.ts';
import type { TeamScope } from '../access/scope.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { goalOf, goalsLookedFor } from '../catalogue/goals.ts';
import { badCursor, cursorOf, tokenOf } from '../http/cursor.ts';
import { Problem } from '../http/problems.ts';
import type { Pages } from '../temporal/pages.ts';
import { isInvalidArgument, type Temporal } from '../temporal/temporal.ts';
import type { UntilClosed } from '../temporal/until-closed.ts';
import { outcomeOf, prefixedBy } from '../temporal/visibility-query.ts';

export interface BackfillFilter {
  /** Must match the pattern of goals' names. */
  goal?: string | undefined;
  state?: 'open' | 'closed' | undefined;
}

/** So long a worker may take to plan. */
const PLAN_MS = 30_000;
/** Of a goal's backfills so many are told that its pause is over; the others ask within a minute. */
const WOKEN = 100;

export interface BackfillDeps {
  scope: TeamScope;
  temporal: Temporal;
  catalogue: Catalogue;
  pages: Pages;
  untilClosed: UntilClosed;
}

/** One backfill; a `Problem` when there is none. */
export async function findBackfill(deps: BackfillDeps, id: string): Promise<BackfillView> {
  const [, goal] = BACKFILL_ID.exec(id) ?? [];
  if (goal === undefined) throw unknownBackfill(id);
  const published = await deps.catalogue.find(goal);
  // Of a goal that is published no more, whoever may see everything sees them.
  if (published === null && deps.scope.teams !== null) throw unknownBackfill(id);
  const view = viewOf((await describe(deps, id)).raw.workflowExecutionInfo ?? {}, published?.team ?? null);
  if (view === null) throw unknownBackfill(id);
  return view;
}

/** Begins it. The same that is under way, or was asked for under this key before, is returned as it is. */
export const beginBackfill = async (
  deps: BackfillDeps,
  terms: BackfillTerms,
  idempotencyKey: string | null,
): Promise<BackfillView> => findBackfill(deps, (await begin(deps, terms, idempotencyKey)).workflowId);

/** The same once it is closed or `ms` have passed; null, at once, where it cannot be waited for. */
export async function closedBackfill(
  deps: BackfillDeps,
  { id, execution }: BackfillView,
  ms: number,
  ends: readonly AbortSignal[],
): Promise<BackfillView | null> {
  const isAwaited = await deps.untilClosed({ workflowId: id, runId: execution }, ms, ends);
  return isAwaited ? findBackfill(deps, id) : null;
}

/** What would run. */
export async function planBackfill(
  deps: BackfillDeps,
  terms: BackfillTerms,
  ends: readonly AbortSignal[],
): Promise<BackfillPlan> {
  const { call, client } = deps.temporal;
  const { workflowId, runId } = await begin(deps, terms, null);
  await deps.untilClosed({ workflowId, runId }, PLAN_MS, ends);
  const handle = client.workflow.getHandle(workflowId, runId);
  const { status } = await call(() => handle.describe());
  if (status.name === 'RUNNING')
    throw new Problem('worker_unavailable', 'No worker of the goal has planned it in time.', {
      headers: { 'retry-after': '5' },
    });
  const result = await call(() => handle.result()).catch((error: unknown) => {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw new Problem('backfill_impossible', `It cannot be planned: ${error.cause?.message}`);
  });
  const items = plannedRunSchema.array().parse((result as { items: unknown }).items);
  const runs = items.filter(({ does }) => does === 'run' || does === 'again').length;
  const isHeard = terms.downstream !== 'hold' && runs > 0;
  const listening = isHeard ? await listenersOf(deps.catalogue, terms.goal) : [];
  const downstream = listening.map((goal) => ({ goal, runs }));
  return { goal: terms.goal, total: items.length, items, downstream };
}

export async function pageOfBackfills(
  deps: BackfillDeps,
  filter: BackfillFilter,
  limit: number,
  cursor: string | undefined,
): Promise<{ items: BackfillView[]; next: string | null }> {
  const goals = await goalsLookedFor(deps, filter.goal);
  const prefixes = goals && prefixedBy(backfillIdPrefix, goals);
  // Nobody's goals have no backfills.
  if (goals !== null && prefixes === null) return { items: [], next: null };
  const query = backfillQuery(filter, prefixes);
  const token = cursor === undefined ? null : tokenOf(cursor, query);
  const page = await deps.pages(query, limit, token).catch((error: unknown) => {
    throw token !== null && isInvalidArgument(error) ? badCursor() : error;
  });
  const teams = new Map((await deps.catalogue.all()).map(({ goal, team }) => [goal, team]));
  const items = (page.executions ?? []).flatMap((found) => {
    const [, goal = ''] = BACKFILL_ID.exec(found.execution?.workflowId ?? '') ?? [];
    return viewOf(found, teams.get(goal) ?? null) ?? [];
  });
  const { nextPageToken } = page;
  return { items, next: nextPageToken?.length ? cursorOf(nextPageToken, query) : null };
}

/** Tells those that the goal's pause holds that it is over. */
export async function wakeBackfills(
  { temporal, pages }: Pick<BackfillDeps, 'temporal' | 'pages'>,
  goal: string,
): Promise<void> {
  const query = `WorkflowType = '${BACKFILL}' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${backfillIdPrefix(goal)}'`;
  const { executions } = await pages(query, WOKEN, null);
  const wake = async (id: string): Promise<void> => {
    const handle = temporal.client.workflow.getHandle(id);
    // It has ended, or asks by itself in a minute.
    await temporal.call(() => handle.signal(backfillSignals.goalUnpaused)).catch(() => undefined);
  };
  await Promise.all((executions ?? []).map(({ execution }) => wake(execution?.workflowId ?? '')));
}

export async function steerBackfill(
  deps: BackfillDeps,
  verb: 'pause' | 'unpause' | 'cancel',
  id: string,
  asked: Omit<Steering, 'at'>,
): Promise<BackfillView> {
  const isClosed = new Problem('backfill_closed', `The backfill ${id.slice(0, 200)} is closed.`);
  if ((await findBackfill(deps, id)).state === 'closed') throw isClosed;
  const { call, client } = deps.temporal;
  const handle = client.workflow.getHandle(id);
  const steering: Steering = { at: new Date().toISOString(), ...asked };
  try {
    await call(() => handle.signal(backfillSignals[verb], steering));
    if (verb === 'cancel') await call(() => handle.cancel());
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? isClosed : error;
  }
  return findBackfill(deps, id);
}

/** Its workflow: one that is under way, or had this key, or a new one. */
async function begin(
  deps: BackfillDeps,
  terms: BackfillTerms,
  key: string | null,
): Promise<WorkflowExecutionDescription> {
  const { call, client } = deps.temporal;
  const publication = await goalOf(deps.catalogue, terms.goal);
  requirePossible(publication, terms);
  const { by: _, verified: __, reason: ___, ...meant } = terms;
  const { inputs, ...shown } = terms;
  const request = sha256(canonicalJson(meant)).slice(0, 24);
  const which = key === null ? request : sha256(`key\n${key}`).slice(0, 24);
  const workflowId = `${backfillIdPrefix(terms.goal)}${which}`;
  try {
    await call(() =>
      client.workflow.start(BACKFILL, {
        workflowId,
        taskQueue: publication.taskQueue,
        args: [terms],
        // A list of all backfills would read the inputs of each.
        memo: { [memoNames.backfillTerms]: shown, [memoNames.asked]: request },
        staticSummary: boundedText(
          `backfill of ${terms.goal}${inputs === undefined ? ` from ${terms.from} to ${terms.to}` : `, ${inputs.length} keys`}`,
          120,
        ),
        priority: { priorityKey: BACKFILL_PRIORITY },
        workflowIdReusePolicy: key === null ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const found = await describe(deps, workflowId);
  if (found.memo?.[memoNames.asked] === request) return found;
  throw new Problem(
    'idempotency_key_reused',
    'This Idempotency-Key came with another body before. Send what was sent then, or choose another key.',
  );
}

async function describe({ temporal }: BackfillDeps, id: string): Promise<WorkflowExecutionDescription> {
  try {
    const found = await temporal.call(() => temporal.client.workflow.getHandle(id).describe());
    if (found.type === BACKFILL) return found;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  throw unknownBackfill(id);
}

/** Goals that are started by each run of this one that is achieved. */
async function listenersOf(catalogue: Catalogue, goal: string): Promise<string[]> {
  const published = await goalOf(catalogue, goal);
  return (await catalogue.all())
    .filter(({ retired, team, outcomes = [] }) => {
      const listens = outcomes.some((heard) => heard.goal === goal && heard.on === 'achieved');
      return !retired && listens && mayUse(published, team);
    })
    .map((listener) => listener.goal);
}

const BACKFILL_ID = /^gk-backfill:([a-z][a-z0-9-]{0,59}):[0-9a-f]{24}$/;

const unknownBackfill = (id: string): Problem =>
  new Problem(
    'backfill_unknown',
    `There is no backfill ${id.slice(0, 200)}, or Temporal keeps it no longer.`,
  );

function requirePossible({ retired, schedules = [] }: Publication, terms: BackfillTerms): void {
  const { goal, schedule, stepMs, from, to } = terms;
  if (retired)
    throw new Problem('goal_retired', `${goal} is no longer declared; no more runs of it are started.`);
  if (schedule !== null && schedules.every(({ name }) => name !== schedule))
    throw new Problem('schedule_unknown', `${goal} has no schedule '${schedule}'.`);
  if (stepMs !== null && (Date.parse(to ?? '') - Date.parse(from ?? '')) / stepMs > BACKFILL_TIMES)
    throw new Problem('backfill_impossible', `It has more than ${BACKFILL_TIMES} times; split the range.`);
}

function backfillQuery({ state }: BackfillFilter, prefixes: string | null): string {
  const clauses = [`WorkflowType = '${BACKFILL}'`, "ExecutionStatus != 'ContinuedAsNew'"];
  if (prefixes !== null) clauses.push(prefixes);
  if (state !== undefined) clauses.push(`ExecutionStatus ${state === 'open' ? '=' : '!='} 'Running'`);
  return clauses.join(' AND ');
}

/** Null for a dry run, and for what this gateway cannot read. */
function viewOf(
  found: proto.api.workflow.v1.IWorkflowExecutionInfo,
  team: string | null,
): BackfillView | null {
  const { execution, memo, startTime, closeTime, status } = found;
  const terms = backfillTermsSchema.safeParse(value(memo?.fields?.[memoNames.backfillTerms])).data;
  if (terms === undefined || terms.dryRun) return null;
  const { dryRun: _, inputs: __, ...asked } = terms;
  const told = backfillMemoSchema.safeParse(value(memo?.fields?.[memoNames.backfill])).data;
  const progress = told ?? NOTHING_BACKFILLED;
  const outcome = outcomeOf(status);
  const { paused, held = null } = progress;
  const open = paused !== null ? 'paused' : held !== null ? 'held' : 'pursuing';
  return {
    ...{ id: execution?.workflowId ?? '', team, execution: execution?.runId ?? '' },
    ...asked,
    ...{ state: outcome === null ? open : 'closed', outcome },
    ...progress,
    held: outcome === null ? held : null,
    // In a fresh history, that of its first.
    startedAt: progress.startedAt ?? isoOf(startTime) ?? '',
    closedAt: isoOf(closeTime),
  };
}
